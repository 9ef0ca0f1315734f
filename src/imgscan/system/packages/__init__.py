"""What package managers installed, which files are theirs, and whether those are still the same."""
