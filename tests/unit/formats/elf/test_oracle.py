"""The parser held against pyelftools: on files made for it, and on the ELF files of the machine that runs the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.parse import parse_elf
from imgscan.formats.elf.ranges import PREFIX_BYTES, elf_ranges
from imgscan.testing import elf

from .oracle import disagreements

_ROOT = Path("/usr")
_SAMPLE = 300
_SMALL = 256 << 10
"""pyelftools takes seconds for the largest files; the slow test reads them all."""

_NAMES = ["__memcpy_chk", "memcpy", "read", "__stack_chk_fail", "tcsetpgrp", "execve", "x"]


@given(
    st.fixed_dictionaries(
        {
            "wide": st.booleans(),
            "little": st.booleans(),
            "type": st.sampled_from([1, 2, 3]),  # of a core file the oracle reads notes by another table
            "machine": st.sampled_from([3, 40, 62, 183, 243]),
            "interpreter": st.sampled_from([None, "/lib/ld.so"]),
            "needed": st.sampled_from([(), ("libc.so.6",), ("libfoo.so", "libc.so.6")]),
            "soname": st.sampled_from([None, "libx.so.1"]),
            "rpath": st.sampled_from([None, "/a"]),
            "runpath": st.sampled_from([None, "$ORIGIN"]),
            "tags": st.dictionaries(st.sampled_from([21, 22, 24]), st.just(0))
            | st.dictionaries(st.sampled_from([30, 0x6FFFFFFB]), st.sampled_from([0, 1, 4, 8, 0x08000000])),
            "imports": st.lists(st.sampled_from(_NAMES), unique=True),
            "exports": st.sampled_from([(), ("main",), ("__read_chk",)]),
            "stack": st.sampled_from([None, 6, 7]),
            "relro": st.booleans(),
            "load_flags": st.sampled_from([5, 7]),
            "build_id": st.sampled_from([None, b"\x01\x02\x03\x04"]),
            "symbols": st.sampled_from([(), ("main",), ("__stack_chk_fail",)]),
        }
    )
)
def test_the_oracle_agrees_on_made_files(what: dict[str, object]) -> None:
    data = elf(**what)

    assert disagreements(data, parse_elf(ElfContent(data))) == []


@pytest.mark.parametrize(("wide", "machine"), [(True, 62), (False, 3), (True, 183)])
def test_the_oracle_agrees_on_control_flow_marks(wide: bool, machine: int) -> None:
    for bits in (None, 0, 1, 2, 3):
        data = elf(wide=wide, machine=machine, features=bits)

        assert disagreements(data, parse_elf(ElfContent(data))) == []


def elf_files(largest: int) -> Iterator[Path]:
    """Yield the ELF files below the root in an order that is none, the same each time."""
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(_ROOT) for name in names]
    for path in sorted(paths, key=lambda path: crc32(os.fsencode(path))):
        try:
            if 64 < os.lstat(path).st_size <= largest and not os.path.islink(path):
                with Path(path).open("rb") as file:
                    if file.read(4) == b"\x7fELF":
                        yield Path(path)
        except OSError:
            continue


def checked(path: Path) -> list[tuple[str, object, object]]:
    data = path.read_bytes()
    prefix = data[:PREFIX_BYTES]
    ranges = elf_ranges(prefix, len(data)) if len(data) > len(prefix) else ()
    more = [(first, data[first:last]) for first, last in ranges]
    return disagreements(data, parse_elf(ElfContent(prefix, len(data), more)))


@pytest.mark.skipif(not _ROOT.is_dir(), reason="no system of ELF files to compare on")
def test_the_oracle_agrees_on_a_sample_of_this_systems_files() -> None:
    sample = [path for path, _ in zip(elf_files(_SMALL), range(_SAMPLE), strict=False)]

    wrong = {str(path): found for path in sample if (found := checked(path))}

    assert wrong == {}


@pytest.mark.slow
@pytest.mark.skipif("IMGSCAN_TEST_ALL_ELF" not in os.environ, reason="minutes; asked for by IMGSCAN_TEST_ALL_ELF=1")
def test_the_oracle_agrees_on_all_of_this_systems_files() -> None:
    wrong = {str(path): found for path in elf_files(1 << 40) if (found := checked(path))}

    assert wrong == {}
