"""ELF files of an image: how they are hardened, what they need, and whether the image has it."""
