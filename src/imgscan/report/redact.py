"""A report without given texts: each is replaced wherever it stands, but in paths and in commands of ours.

A password that is also the name of a directory must not take that directory out of ``chmod u-s /opt/name/su``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from imgscan.model.finding import Finding, Severity, State
from imgscan.model.hidden import Hidden
from imgscan.report.document import Report
from imgscan.report.hiding import Hiding, hiding

MARK = "[secret]"
_SHOWN = tuple("image layers findings inventory problems coverage controls usage package_files".split())
_TOLD = 12


class Hides(NamedTuple):
    """What replaces texts: in what people write and read; in commands of ours, where a name must stand ahead, unless a
    text is a plain one, a token that has a form of its own; and in paths, where only these are hidden.
    """

    texts: Hiding | None
    commands: Hiding | None
    paths: Hiding | None

    def of_commands(self) -> Hides:
        """Return what replaces texts in commands."""
        return Hides(self.commands, self.commands, self.paths)

    def of_paths(self) -> Hides:
        """Return what replaces texts in paths."""
        return Hides(self.paths, self.paths, self.paths)


def hides_of(values: Sequence[str | Hidden]) -> Hides | None:
    """Return what replaces ``values``, None for none."""
    texts = hiding(values)
    plain = [value for value in values if isinstance(value, str)]
    named = [value for value in values if isinstance(value, str) or value.before]
    return None if texts is None else Hides(texts, hiding(named), hiding(plain))


def redact_report(report: Report, hides: Hides | None) -> Report:
    """Return ``report`` with every text that is to be hidden replaced by a mark, the longest first.

    A value of fewer than 8 characters is replaced only where it stands alone, not inside a longer word: otherwise a
    password ``root`` would tell itself by the holes it leaves. Source and format stay: the caller gave them.
    """
    if hides is None:
        return report
    changed = {name: _without(getattr(report, name), hides) for name in _SHOWN}
    return msgspec.structs.replace(report, **changed)


def redact_findings(findings: tuple[Finding, ...], hides: Hides | None) -> tuple[Finding, ...]:
    """Return findings as ``redact_report`` leaves them, so that their fingerprints are those of the report.

    A fingerprint made of a secret would tell whoever has a guess that it is right.
    """
    return findings if hides is None else tuple(_without(item, hides) for item in findings)


_NO_TEXTS = frozenset({type(None), int, bool, float, Severity, State})
"""What most values are that are no texts: a million of them are passed over."""


def texts_of(*values: Any) -> Iterator[str]:
    """Yield the texts in ``values``, each once, but those too short for a secret that tells itself."""
    seen: set[str] = set()
    todo: list[Any] = list(values)
    while todo:
        value = todo.pop()
        kind = type(value)
        if kind is str:
            if len(value) >= _TOLD and value not in seen:
                seen.add(value)
                yield value
        elif kind in _NO_TEXTS:
            continue
        elif kind is dict:
            todo += value
            todo += value.values()
        elif kind is tuple or kind is list:
            todo += value
        elif isinstance(value, msgspec.Struct):
            todo += (getattr(value, name) for name in value.__struct_fields__)
        elif isinstance(value, Mapping):
            todo += (*value.keys(), *value.values())
        elif isinstance(value, list | tuple):
            todo += value


# Fields of what is compared and never read: nothing is replaced in them.
_KEPT = frozenset("digest diff_id rule analyzer code".split())
_PATHS = frozenset("path names paths stored".split())
# Fields of commands that imgscan writes, and of settings that it writes commands from.
_COMMANDS = frozenset({"remediation", "remedies", "show", "volumes", "working_dir", "exposed_ports", "user"})


def _without(value: Any, hides: Hides, ahead: str = "") -> Any:
    """Return a value with texts replaced; ``ahead`` is what a text stands behind: the word before it, its key."""
    # A str subclass (an enum) is a constant of ours, not a text of the image.
    if type(value) is str:
        return _hidden(value, hides, ahead)
    if isinstance(value, msgspec.Struct):
        old = {name: getattr(value, name) for name in value.__struct_fields__ if name not in _KEPT}
        new = {name: _field(name, item, hides) for name, item in old.items()}
        changed = {name: item for name, item in new.items() if item is not old[name]}
        return msgspec.structs.replace(value, **changed) if changed else value
    if isinstance(value, Mapping):  # its keys are names, of accounts among others
        return {
            _hidden(key, hides.of_commands(), "") if type(key) is str else key: _item(key, item, hides)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        words = [item if type(item) is str else "" for item in value]
        return type(value)(
            _without(item, hides, f"{before} " if before else "")
            for item, before in zip(value, ["", *words], strict=False)
        )
    return value


def _field(name: str, value: Any, hides: Hides) -> Any:
    if name in _PATHS:
        return _without(value, hides.of_paths())
    return _without(value, hides.of_commands() if name in _COMMANDS else hides)


def _item(key: Any, value: Any, hides: Hides) -> Any:
    """Return the value of a key, where ``key=value`` may be what is hidden."""
    if key in _KEPT:
        return value
    if type(value) is str and type(key) is str and key not in _COMMANDS | _PATHS:
        return _hidden(value, hides, f"{key}=")
    return _field(str(key), value, hides)


def _hidden(text: str, hides: Hides, ahead: str) -> str:
    """Return a text without what is hidden in it, where ``ahead`` stands in front."""
    if hides.texts is None:
        return text
    if not ahead:
        return hides.texts.sub(MARK, text)
    start = hides.texts.sub(MARK, ahead)
    whole = hides.texts.sub(MARK, ahead + text)
    result = whole[len(start) :] if whole.startswith(start) else hides.texts.sub(MARK, text)
    return text if result == text else result
