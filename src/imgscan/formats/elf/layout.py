"""The tables' record layouts, for both classes and both byte orders.

Source: gABI 4.2, "ELF Header", "Section Header", "Symbol Table", "Program Header" and "Dynamic Section". Fields that
nothing here reads are skipped with pad bytes.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple


class Layout(NamedTuple):
    """How one class and byte order writes the tables; ``wide`` is ELFCLASS64.

    Records: ``header`` from e_type on; ``segment`` type, flags, offset, vaddr, filesz, align (ELFCLASS32 keeps flags
    behind filesz); ``section`` name, type, flags, offset, size; ``first`` size, link and info of a section header;
    ``symbol`` name and section index; ``dynamic`` tag and value; ``word`` and ``words`` one and two 32-bit numbers.
    """

    wide: bool
    little: bool
    header: Struct
    segment: Struct
    section: Struct
    first: Struct
    symbol: Struct
    dynamic: Struct
    word: Struct
    words: Struct


def _layout(wide: bool, little: bool) -> Layout:
    order = "<" if little else ">"
    formats = (
        ("HHIQQQI6H", "IIQQ8xQ8xQ", "IIQ8xQQ24x", "32xQII16x", "I2xH16x", "QQ", "I", "II")
        if wide
        else ("HHIIIII6H", "III4xI4xII", "III4xII16x", "20xIII8x", "I10xH", "II", "I", "II")
    )
    return Layout(wide, little, *(Struct(order + text) for text in formats))


LAYOUTS = {(wide + 1, order): _layout(bool(wide), order == 1) for wide in (0, 1) for order in (1, 2)}
"""By the bytes EI_CLASS and EI_DATA."""

IDENT = 16
"""EI_NIDENT: the bytes in front of e_type."""
