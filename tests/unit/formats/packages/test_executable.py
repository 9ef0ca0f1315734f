"""Parts of programs."""

from __future__ import annotations

from struct import pack

import pytest

from imgscan.errors import PackageDataError
from imgscan.formats.packages.executable import executable_in, parse_executable


def program(segments_at: int) -> bytes:
    """Return the header of a program of 64 bits with one segment, which is loaded from byte 8 on."""
    head = b"\x7fELF\2\1" + bytes(26) + pack("<QQ", segments_at, 0) + bytes(4) + pack("<6H", 64, 56, 1, 64, 0, 0)
    return head + pack("<IIQQQQ", 1, 6, 8, 0x1000, 0, 16) + bytes(16)


def test_the_segments_of_a_program_are_its_parts() -> None:
    parts = executable_in(program(64))

    assert parts is not None
    assert [(area.offset, area.size, area.address, area.data) for area in parts.segments] == [(8, 16, 0x1000, True)]


@pytest.mark.parametrize("segments_at", [10_000, 1 << 63, (1 << 64) - 1])
def test_a_program_whose_table_is_not_there_has_no_parts(segments_at: int) -> None:
    assert executable_in(program(segments_at)) is None
    with pytest.raises(PackageDataError):
        parse_executable(program(segments_at))


def test_a_text_is_no_program() -> None:
    assert executable_in(b"#!/bin/sh\n") is None
