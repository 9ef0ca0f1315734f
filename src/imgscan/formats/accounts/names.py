"""Ids and their names out of passwd and group files. Sources: passwd(5), group(5)."""

from __future__ import annotations

from itertools import islice

from imgscan.formats.text_lines import split_lines

_MAX_LINES = 100_000


def parse_account_names(data: bytes) -> dict[int, tuple[str, ...]]:
    """Return the names of each id, that being the third field of both files; malformed lines are passed over."""
    result: dict[int, list[str]] = {}  # lists: a tuple made anew for each name of one id takes time without bound
    for line in islice(split_lines(data.decode("utf-8", "surrogateescape")), _MAX_LINES):
        parts = line.split(":", 3)
        if len(parts) >= 3 and parts[0] and parts[2].isascii() and parts[2].isdigit() and len(parts[2]) <= 10:
            number = int(parts[2])
            result.setdefault(number, []).append(parts[0])
    return {number: tuple(names) for number, names in result.items()}
