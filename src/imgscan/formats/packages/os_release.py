"""What distribution an image is. Source: os-release(5)."""

from __future__ import annotations

import re

import msgspec

_ESCAPED = re.compile(r"\\(.)")
_MOST_LINES = 1000


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
    found: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").split("\n")[:_MOST_LINES]:
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith("#"):
            found[key] = _unquoted(value.strip())
    return OsRelease(
        id=found.get("ID", "").lower() or "linux",
        like=tuple(found.get("ID_LIKE", "").lower().split()),
        version_id=found.get("VERSION_ID", ""),
        codename=found.get("VERSION_CODENAME", ""),
        pretty_name=found.get("PRETTY_NAME", ""),
        variant_id=found.get("VARIANT_ID", ""),
    )


def _unquoted(value: str) -> str:
    """Return a value without the shell's quotes; backslashes count outside single quotes."""
    if len(value) >= 2 and value[0] == value[-1] == "'":
        return value[1:-1]
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1]
    return _ESCAPED.sub(r"\1", value)
