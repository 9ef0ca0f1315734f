"""How sure a finding is, from where it stands: samples, comments and documentation weigh less than settings."""

from __future__ import annotations

import re

from imgscan.analyzers.secrets.context import FileKind, file_kind, sample_reason
from imgscan.analyzers.secrets.placeholder import is_published
from imgscan.analyzers.secrets.strength import is_made_up, kinds_of_characters, surprise

_STEPS = ("low", "medium", "high")
# What stands in a place where anything can: a header, an address, a command, a hash.
_LOOSE = ("url.", "header.", "hash.", "command.", "jwt.", "npm.auth", "docker.registry-auth")
_COMMENT = re.compile(rb"^\s*(?:#|//|\*|;|<!--|--\s|>>>|\.\.\s|REM\b|%|\"\"\"|''')")
_DOCUMENTATION = re.compile(
    rb"\"(?:documentation|description|help|example|summary|docs?)\"\s?:|</?(?:p|code|li|pre|td)>|\be\.g\.|for example|\bExample:|``|=> \"|:param|\(default|"
    rb"^\s{0,20}(?:example|description|help|doc|summary)s?:\s"
)

_EXAMPLE = re.compile(rb"(?i)example")
_NEAR = 150


def settle_confidence(base: str, rule: str, path: str, excerpt: bytes, start: int, value: bytes, proved: bool) -> str:
    """Return the confidence of a value at ``start`` of ``excerpt``, at most ``base``."""
    step = _STEPS.index(base)
    if is_published(value):
        return "low"
    if sample_reason(path):
        return _STEPS[min(step, 1 if proved else 0)]
    kind = file_kind(path.rpartition("!/")[2] or path)
    if rule.startswith(_LOOSE):
        step = min(step, _loose(kind, value))
    if rule.startswith("url.") and excerpt.endswith(value + b":", 0, start):
        return "low"  # the user's name again: what a service comes with
    if kind is FileKind.SOURCE and _EXAMPLE.search(excerpt, max(start - _NEAR, 0), start + len(value) + _NEAR):
        step = min(step, 0 if rule.startswith("generic.") else 1)
    line = _line(excerpt, start)
    if _DOCUMENTATION.search(line):
        step = min(step, 1 if proved else 0)
    elif _COMMENT.match(line):
        step -= 2 if kind is FileKind.SOURCE and not proved else 1
    return _STEPS[max(step, 0)]


def _loose(kind: FileKind, value: bytes) -> int:
    text = value.decode("latin-1")
    strong = len(text) >= 10 and kinds_of_characters(text) >= 3 and surprise(text) > 4.3 and not is_made_up(text, 4)
    if kind is FileKind.SOURCE or kind is FileKind.MARKUP:
        return 1 if strong and kind is FileKind.SOURCE and len(text) >= 16 and text[:1] != "$" else 0
    return 2 if strong else 1


def _line(excerpt: bytes, start: int) -> bytes:
    begin = max(excerpt.rfind(b"\n", 0, start) + 1, start - 300)
    stop = excerpt.find(b"\n", start, start + 300)
    return excerpt[begin : stop if stop >= 0 else start + 300]
