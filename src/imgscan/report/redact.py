"""A report without given texts: each is replaced wherever it stands, in every field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from imgscan.report.document import Report

MARK = "[secret]"
_LEAST = 3
_BOUNDED = 8
_TOLD = 12


def redact_report(report: Report, values: tuple[str, ...]) -> Report:
    """Return ``report`` with every one of ``values`` replaced by a mark, the longest first.

    A value of fewer than 8 characters is replaced only where it stands alone, not inside a longer word: otherwise a
    password ``root`` would tell itself by the holes it leaves. Source and format stay: the caller gave them.
    """
    kept = sorted({value for value in values if len(value) >= _LEAST}, key=lambda value: (-len(value), value))
    if not kept:
        return report
    parts = []
    for value in kept:
        text = re.escape(value)
        parts.append(rf"(?<![0-9A-Za-z]){text}(?![0-9A-Za-z])" if len(value) < _BOUNDED else text)
    expression = re.compile("|".join(parts))
    changed = {
        name: _without(getattr(report, name), expression)
        for name in ("image", "layers", "findings", "inventory", "problems", "coverage", "controls")
    }
    return msgspec.structs.replace(report, **changed)


def texts_of(report: Report) -> Iterator[str]:
    """Yield the texts that findings, inventory and problems quote of the image, each once."""
    seen: set[str] = set()
    todo: list[Any] = [report.findings, report.inventory, report.problems]
    while todo:
        value = todo.pop()
        if type(value) is str:
            if len(value) >= _TOLD and value not in seen:
                seen.add(value)
                yield value
        elif isinstance(value, msgspec.Struct):
            todo += (getattr(value, name) for name in value.__struct_fields__)
        elif isinstance(value, Mapping):
            todo += (*value.keys(), *value.values())
        elif isinstance(value, list | tuple):
            todo += value


def _without(value: Any, expression: re.Pattern[str]) -> Any:
    # A str subclass (an enum) is a constant of ours, not a text of the image.
    if type(value) is str:
        return expression.sub(MARK, value)
    if isinstance(value, msgspec.Struct):
        old = {name: getattr(value, name) for name in value.__struct_fields__}
        new = {name: _without(item, expression) for name, item in old.items()}
        changed = {name: item for name, item in new.items() if item is not old[name]}
        return msgspec.structs.replace(value, **changed) if changed else value
    if isinstance(value, Mapping):
        return {_without(key, expression): _without(item, expression) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_without(item, expression) for item in value)
    return value
