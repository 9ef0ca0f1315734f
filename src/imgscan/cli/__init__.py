"""The command line: arguments to options, exit code from the report, nothing else."""
