"""A report without given texts: each is replaced wherever it stands, in every field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from imgscan.model.finding import Finding
from imgscan.report.document import Report
from imgscan.report.hiding import Hiding, hiding

MARK = "[secret]"
_SHOWN = tuple("image layers findings inventory problems coverage controls usage package_files".split())
_TOLD = 12


def redact_report(report: Report, values: tuple[str, ...]) -> Report:
    """Return ``report`` with every one of ``values`` replaced by a mark, the longest first.

    A value of fewer than 8 characters is replaced only where it stands alone, not inside a longer word: otherwise a
    password ``root`` would tell itself by the holes it leaves. Source and format stay: the caller gave them.
    """
    hides = hiding(values)
    if hides is None:
        return report
    changed = {name: _without(getattr(report, name), hides) for name in _SHOWN}
    return msgspec.structs.replace(report, **changed)


def redact_findings(findings: tuple[Finding, ...], values: tuple[str, ...]) -> tuple[Finding, ...]:
    """Return findings as ``redact_report`` leaves them, so that their fingerprints are those of the report.

    A fingerprint made of a secret would tell whoever has a guess that it is right.
    """
    hides = hiding(values)
    return findings if hides is None else tuple(_without(item, hides) for item in findings)


def texts_of(*values: Any) -> Iterator[str]:
    """Yield the texts in ``values``, each once, but those too short for a secret that tells itself."""
    seen: set[str] = set()
    todo: list[Any] = list(values)
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


def _without(value: Any, hides: Hiding) -> Any:
    # A str subclass (an enum) is a constant of ours, not a text of the image.
    if type(value) is str:
        return hides.sub(MARK, value)
    if isinstance(value, msgspec.Struct):
        old = {name: getattr(value, name) for name in value.__struct_fields__}
        new = {name: _without(item, hides) for name, item in old.items()}
        changed = {name: item for name, item in new.items() if item is not old[name]}
        return msgspec.structs.replace(value, **changed) if changed else value
    if isinstance(value, Mapping):
        return {_without(key, hides): _without(item, hides) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_without(item, hides) for item in value)
    return value
