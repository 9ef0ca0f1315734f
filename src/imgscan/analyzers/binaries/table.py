"""The table of programs that say their version, and reading that version out of a program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import TypeAlias

import msgspec

from imgscan.formats.json import member
from imgscan.formats.path import base_name, parent_of
from imgscan.formats.toml import parse_toml

Buffer: TypeAlias = bytes | memoryview

_RANGE = re.compile(r"\{(\d+)-(\d+)\}")
_HASH = re.compile(r"(?<=-)[0-9a-f]{16}(?=\.so$)")
"""What rustc gives the names of its libraries."""
_SERIES = re.compile(r"\d+\.\d+")
_VERSION = r"(\d{1,4}(?:\.\d{1,5}){1,3}(?:[-.]?(?:rc|alpha|beta|dev|pre|RC)[.-]?\d{0,5})?)"


class KnownProgram(msgspec.Struct, frozen=True):
    """One row of the table: what a file of one of these ``names`` is, and the expressions that find its version.

    ``below`` are names of the directory that holds it, empty for any; ``cpe`` is vendor and product.
    """

    name: str
    names: tuple[str, ...]
    find: tuple[str, ...]
    below: tuple[str, ...] = ()
    cpe: str = ""
    type: str = "generic"

    def cpe_of(self, version: str) -> str:
        """Return the CPE 2.3 name of a version, empty where the product has none."""
        return f"cpe:2.3:a:{self.cpe}:{version}:*:*:*:*:*:*:*" if self.cpe else ""

    def version_in(self, path: str, content: Buffer) -> str:
        """Return the version that the content of the file at ``path`` states; empty for none."""
        if self.below and base_name(parent_of(path)) not in self.below:
            return ""
        series = _SERIES.search(base_name(path))
        for text in self.find:
            match = _compiled(text, series[0] if series else "").search(content)
            if match:
                return ".".join(group.decode("ascii") for group in match.groups() if group)
        return ""


@cache
def _compiled(text: str, series: str) -> re.Pattern[bytes]:
    return re.compile(text.replace("{series}", re.escape(series)).replace("{v}", _VERSION).encode())


@cache
def known_programs() -> dict[str, tuple[KnownProgram, ...]]:
    """Return the rows of the table by each base name that they are about."""
    text = files("imgscan.analyzers.binaries").joinpath("programs.toml").read_text("utf-8")
    result: dict[str, tuple[KnownProgram, ...]] = {}
    for program in msgspec.convert(member(parse_toml(text), "program"), list[KnownProgram]):
        for pattern in program.names:
            for name in _expanded(pattern):
                result[name] = (*result.get(name, ()), program)
    return result


def rows_of(path: str) -> tuple[KnownProgram, ...]:
    """Return the rows about the file at ``path``; a library is named by its soname, its file by all of its version."""
    table, name = known_programs(), _HASH.sub("{hash}", base_name(path))
    rows = table.get(name, ())
    while not rows and ".so." in name and name.rpartition(".")[2].isdigit():
        name = name.rpartition(".")[0]
        rows = table.get(name, ())
    return rows


def _expanded(pattern: str) -> Iterator[str]:
    """Yield the names that ``lib{1-3}.so`` stands for."""
    match = _RANGE.search(pattern)
    if match is None:
        yield pattern
        return
    for number in range(int(match[1]), int(match[2]) + 1):
        yield from _expanded(f"{pattern[: match.start()]}{number}{pattern[match.end() :]}")
