"""ELF files of an image: how they are hardened, what they need, and whether the image has it."""

from __future__ import annotations

from imgscan.analyzers.elf.analyzer import Elf

__all__ = ["Elf"]
