"""ELF files: bytes to one value, without running or loading anything.

Sources: System V gABI 4.2 (chapters 4 and 5), the psABI supplements of the machines, and elf.h of glibc and Linux.
"""
