"""Numbers and lists as people write them."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

EXAMPLES = 10
"""How many of many things a sentence names."""


def counted(count: int, noun: str) -> str:
    """Return a number and its noun: ``1 file``, ``2 files``, ``2 directories``."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith(("ty", "ry")) else f"{count} {noun}s"


def quoted(value: str) -> str:
    """Return a value of a setting, in quotes where blanks in it would not be seen, and may be what is wrong with it."""
    return f'"{value}"' if not value or value.split() != [value] else value


def listed(names: Collection[str], limit: int = EXAMPLES) -> str:
    """Return names as people list them, the first ``limit`` and how many more there are."""
    shown = ", ".join(islice(names, limit))
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown


def human_bytes(count: int) -> str:
    """Return a number of bytes as people write it, powers of 1000."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def shortened(text: str, limit: int) -> str:
    """Return ``text``, its end replaced by three dots where it has more than ``limit`` characters."""
    return text if len(text) <= limit else text[: limit - 3] + "..."
