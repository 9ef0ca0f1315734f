"""What package managers and languages write about what is installed."""
