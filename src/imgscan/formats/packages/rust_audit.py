"""The crates that cargo-auditable names in a program: compressed JSON in the section ``.dep-v0``.

Source: rust-secure-code/cargo-auditable, PARSING.md and cargo-auditable.schema.json.
"""

from __future__ import annotations

import zlib
from typing import TypeAlias

from imgscan.errors import ManifestError, PackageDataError, Position
from imgscan.formats.json import parse_json
from imgscan.formats.packages.executable import Executable, executable_in
from imgscan.model.package import PackageRecord, PackageType

Buffer: TypeAlias = bytes | memoryview

SECTION = ".dep-v0"
MAX_JSON_BYTES = 8 * 1024 * 1024
_MAX_CRATES = 20_000
_MAX_TEXT = 200


def find_crates(data: Buffer, program: Executable | None = None) -> tuple[PackageRecord, ...]:
    """Return the crates that a whole program is made of, its own among them; empty where it does not say.

    Crates that only built it are left out. ``program`` are its parts, where they are known already.

    Raises:
        PackageDataError: the section is there, and damaged.
    """
    program = program or executable_in(data)
    area = program.section(SECTION) if program is not None else None
    if area is None:
        return ()
    return parse_crates(bytes(data[area.offset : area.offset + area.size]))


def parse_crates(data: bytes) -> tuple[PackageRecord, ...]:
    """Return the crates of the section's content.

    Raises:
        PackageDataError: not zlib, over 8 MiB of text, or not the JSON of cargo-auditable.
    """
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data, MAX_JSON_BYTES)
    except zlib.error as error:
        raise PackageDataError(f"a list of crates that is not zlib ({error})", Position(offset=0)) from None
    if not inflater.eof:
        raise PackageDataError("a list of crates cut short or over 8 MiB", Position(offset=0))
    try:
        document = parse_json(text, SECTION)
    except ManifestError as error:
        raise PackageDataError(error.message, Position(offset=0)) from None
    rows = document.get("packages") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise PackageDataError("a list of crates without packages", Position(offset=0))
    return tuple(_crate(row) for row in rows[:_MAX_CRATES] if _is_crate(row))


def _is_crate(row: object) -> bool:
    if not isinstance(row, dict) or row.get("kind") == "build":
        return False
    texts = (row.get("name"), row.get("version"))
    return all(isinstance(text, str) and 0 < len(text) <= _MAX_TEXT for text in texts)


def _crate(row: dict[str, object]) -> PackageRecord:
    return PackageRecord(type=PackageType.CARGO, name=str(row["name"]), version=str(row["version"]))
