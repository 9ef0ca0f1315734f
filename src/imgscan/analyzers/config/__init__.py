"""The image's run settings, held against the files that they need."""
