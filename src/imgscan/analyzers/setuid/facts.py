"""What is observed of files that run with their owner's or group's rights, and of the names of these."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Form(StrEnum):
    """What an entry is by its first bytes; NONE where the fact is about names alone."""

    NONE = ""
    DIRECTORY = "directory"
    ELF = "elf"
    SCRIPT = "script"
    OTHER = "other"
    EMPTY = "empty"


class SetuidFact(msgspec.Struct, frozen=True, kw_only=True):
    """One SUID or SGID entry of one layer, or the names of ids in passwd or group."""

    form: Form = Form.NONE
    sha256: str | None = None
    """None for a directory, and where the layer ended inside the file."""
    program: str | None = None
    """The shell or interpreter that the content is."""
    type: str = ""
    """What file(1) would call it."""
    names: dict[int, tuple[str, ...]] | None = None
    """The names of each id in passwd or group; None for another file."""
