"""What distribution an image is. Source: os-release(5)."""

from __future__ import annotations

import re
from itertools import islice

import msgspec

from imgscan.formats.text_lines import split_lines

_ESCAPED = re.compile(r"\\(.)")
_MAX_LINES = 1000


class OsRelease(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that name a release; empty strings for what is not said. ``like`` are the relatives' ids."""

    id: str = "linux"
    like: tuple[str, ...] = ()
    version_id: str = ""
    codename: str = ""
    pretty_name: str = ""
    variant_id: str = ""


def parse_os_release(data: bytes) -> OsRelease:
    """Return the release that ``etc/os-release`` states; lines that are no assignment are passed over."""
    result: dict[str, str] = {}
    for line in islice(split_lines(data.decode("utf-8", "replace")), _MAX_LINES):
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith("#"):
            result[key] = _unquoted(value.strip())
    return OsRelease(
        id=result.get("ID", "").lower() or "linux",
        like=tuple(result.get("ID_LIKE", "").lower().split()),
        version_id=result.get("VERSION_ID", ""),
        codename=result.get("VERSION_CODENAME", ""),
        pretty_name=result.get("PRETTY_NAME", ""),
        variant_id=result.get("VARIANT_ID", ""),
    )


def _unquoted(value: str) -> str:
    """Return a value without the shell's quotes; backslashes count outside single quotes."""
    if len(value) >= 2 and value[0] == value[-1] == "'":
        return value[1:-1]
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1]
    return _ESCAPED.sub(r"\1", value)
