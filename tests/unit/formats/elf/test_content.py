"""Reading from what was kept of a file, and which ranges of a long one are asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.parse import parse_elf
from imgscan.formats.elf.ranges import elf_ranges
from imgscan.testing import elf, program


def test_a_range_behind_the_end_is_the_files_fault() -> None:
    content = ElfContent(b"abcd")

    assert content.read(2, 3, "table") is None
    assert content.damaged == ["table"]
    assert not content.unkept


def test_a_range_that_was_not_kept_is_not_the_files_fault() -> None:
    content = ElfContent(b"abcd", size=100)

    assert content.read(50, 3, "table") is None
    assert content.damaged == []
    assert content.unkept


def test_a_range_is_put_together_from_pieces_that_adjoin() -> None:
    content = ElfContent(b"abcd", size=100, pieces=[(4, b"ef"), (6, b"gh"), (20, b"xyz")])

    assert content.read(2, 6, "table") == b"cdefgh"
    assert content.read(21, 2, "table") == b"yz"
    assert content.read(6, 4, "table") is None
    assert content.unkept


def test_a_hint_that_was_not_kept_leaves_no_mark() -> None:
    content = ElfContent(b"abcd", size=100)

    assert content.kept(50, 3) == b""
    assert not content.unkept


def test_a_view_is_read_like_bytes() -> None:
    content = ElfContent(memoryview(bytearray(b"abcd")))

    assert content.read(1, 2, "table") == b"bc"
    assert content.tail(3) == b"bcd"


@given(st.integers(64, 4000), st.booleans())
def test_prefix_and_ranges_say_what_the_whole_file_says(cut: int, sections: bool) -> None:
    data = program(sections=sections, features=3, contents={".rodata": bytes(3000)}, symbols=["main"], runpath="/x")
    cut = min(cut, len(data))
    more = [(first, data[first:last]) for first, last in elf_ranges(data[:cut], len(data))]

    in_part = parse_elf(ElfContent(data[:cut], len(data), more))

    # The program headers stand in front; with them in the prefix nothing that counts is left out.
    if cut >= 64 + 56 * data[56]:
        assert in_part == parse_elf(ElfContent(data))


@given(st.binary(max_size=400), st.integers(0, 1 << 64))
def test_ranges_are_in_order_disjoint_and_behind_the_prefix(prefix: bytes, size: int) -> None:
    mutated = bytearray(elf(dynamic=True))
    mutated[24 : 24 + len(prefix)] = prefix

    for data in (bytes(mutated), prefix):
        at = len(data)
        total = 0
        for first, last in elf_ranges(data, size):
            assert at <= first < last <= size
            total += last - first
            at = last
        assert total <= 32 << 20


def test_there_are_no_ranges_in_what_is_no_elf_file() -> None:
    assert elf_ranges(b"#!/bin/sh\n", 1000) == ()
