"""Modules of Go binaries."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from imgscan.formats.packages.go_buildinfo import MAGIC
from imgscan.testing.packages import ELF
from imgscan.testing.programs import elf_with_sections, go_elf, go_pe, old_go_elf, rust_elf

from ..packaged import told

INFO = (
    MAGIC
    + bytes([8, 2])
    + bytes(16)
    + b"\x08go1.22.1"
    + b"\x3d"
    + b"0" * 16
    + b"dep\tgithub.com/a/b\tv1.2.3\th1\n"
    + b"1" * 16
)
NOTE = b"\4\0\0\0\4\0\0\0\4\0\0\0Go\0\0"


def found(content: bytes) -> list[tuple[str, str]]:
    return [(item["name"], item["version"]) for item in told({"app": (0o755, content)}).section("packages")]


@pytest.mark.parametrize("gap", [0, 5000, 3 << 20])
def test_the_toolchain_and_the_modules_are_packages_wherever_in_the_file_they_stand(gap: int) -> None:
    assert found(ELF + NOTE + bytes(gap) + INFO) == [("stdlib", "1.22.1"), ("github.com/a/b", "v1.2.3")]


def test_a_constant_of_the_same_bytes_is_not_taken_for_it() -> None:
    assert found(ELF + NOTE + MAGIC + b" in a message" + bytes(100) + INFO)[0] == ("stdlib", "1.22.1")


MODULES = "path\tx\nmod\ta/b\tv1.2.3\t\n"


@pytest.mark.parametrize("make", [go_elf, old_go_elf, go_pe])
def test_a_program_without_gos_note_is_read_by_its_sections(make: Callable[[str, str], bytes]) -> None:
    assert found(make("go1.22.1", MODULES))[1] == ("a/b", "v1.2.3")


def test_crates_are_packages_of_the_program() -> None:
    assert found(rust_elf([{"name": "adler", "version": "1.0.2"}])) == [("adler", "1.0.2")]


def test_the_bytes_outside_of_sections_and_data_are_none() -> None:
    assert found(ELF + INFO) == []


def test_a_script_that_holds_the_bytes_is_none() -> None:
    assert found(b"#!/bin/sh\n" + NOTE + INFO) == []


@pytest.mark.parametrize(
    "content",
    [
        ELF + NOTE + MAGIC + bytes([8, 0]) + bytes(64),
        elf_with_sections({".dep-v0": b"no zlib"}),
        go_elf("go1.22.1", MODULES)
        .replace(b"go1.22.1", b"go1.22.1"[:0] + b"\xff" * 8)
        .replace(b"\x08\xff", b"\xff\xff"),
    ],
    ids=["pointers that lead nowhere", "crates", "modules"],
)
def test_a_damaged_list_is_told_as_not_read(content: bytes) -> None:
    result = told({"app": (0o755, content)})

    assert "modules of Go and Rust programs" in [gap.what for gap in result.skips]
    assert result.section("packages") == []
