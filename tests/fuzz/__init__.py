"""Fuzzing: harnesses for parsers and whole scans, run in short by the tests and at length by hand."""
