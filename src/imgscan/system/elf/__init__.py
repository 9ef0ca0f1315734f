"""ELF files, what they need, and where their loaders look for it."""
