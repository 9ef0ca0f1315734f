"""The evidence of a finding as names with values, whatever an analyzer put into it, bounded."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from imgscan.report.html.markup import Markup
from imgscan.report.html.words import code, pairs
from imgscan.wording import human_bytes

_MAX_KEYS = 24
_MAX_ITEMS = 12
_MAX_TEXT = 300
_DEEPEST = 4


def evidence(values: dict[str, object]) -> Markup | None:
    """Return evidence as a list; None where there is none."""
    described = [(_label(key), value) for key, value in values.items() if value not in (None, "", [], {})]
    if not described:
        return None
    rows = ((label, code(in_words(value, label), _MAX_TEXT * 3)) for label, value in islice(described, _MAX_KEYS))
    return pairs(rows, "evidence")


def _label(key: str) -> str:
    return key[:60].replace("_", " ")


def in_words(value: object, label: str = "", depth: int = 0) -> str:
    """Return a plain value as people write it; lists and depth are bounded."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return human_bytes(value) if "bytes" in label and value >= 0 else str(value)
    if isinstance(value, dict | list):
        if depth >= _DEEPEST:
            return "\u2026"
        parts = list(islice(_parts(value, label, depth), _MAX_ITEMS))
        left = len(value) - _MAX_ITEMS
        return ("; " if _is_nested(value) else ", ").join(parts) + (f" and {left:,} more" if left > 0 else "")
    return str(value)[:_MAX_TEXT]


def _parts(value: dict[str, object] | list[object], label: str, depth: int) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{_label(key)} {in_words(item, key, depth + 1)}"
    else:
        for item in value:
            yield in_words(item, label, depth + 1)


def _is_nested(value: dict[str, object] | list[object]) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict | list) for item in value)
