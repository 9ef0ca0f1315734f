"""How sure a finding is, from where it stands: samples, comments and documentation weigh less than settings."""

from __future__ import annotations

import re

from imgscan.analyzers.secrets.context import SOURCE_ENDINGS, FileKind, file_kind, sample_reason
from imgscan.analyzers.secrets.placeholder import is_published
from imgscan.analyzers.secrets.strength import is_made_up, kinds_of_characters, surprise
from imgscan.formats.path import ending_of

_STEPS = ("low", "medium", "high")
# What stands in a place where anything can: a header, an address, a command, a hash.
# What a program's own text holds as a test's or a page's: its settings lie elsewhere.
_NOT_CODE = ("setting.", "hash.")
_LOOSE = ("url.", "header.", "hash.", "command.", "jwt.", "npm.auth", "docker.registry-auth")
_COMMENT = re.compile(rb"^\s*(?:#|//|\*|;|<!--|--\s|>>>|\.\.\s|REM\b|%|\"\"\"|''')")
_DOCUMENTATION = re.compile(
    rb"\"(?:documentation|description|help|example|summary|docs?)\"\s?:|</?(?:p|code|li|pre|td)>|\be\.g\.|for example|\bExample:|``|=> \"|:param|\(default|"
    rb"^\s{0,20}(?:example|description|help|doc|summary)s?:\s"
)

_EXAMPLE = re.compile(rb"(?i)example")
_NEAR = 150
# Of YAML, a line or two ahead: the value is what the key's documentation shows.
_SAMPLE_BLOCK = re.compile(rb"\n\s{0,40}(?:-\s)?(?:examples?|samples?):[ \t]*[|>]?-?\n(?:[^\n]*\n){0,2}[^\n]*\Z")
# Nowhere in Python does a line begin with a bare name and a colon, but in the texts of its modules.
_YAML = re.compile(rb"\s*(?:-\s+)?[\w.-]+:\s+[\"'|]?[^\s=]")
_PYTHON = (".py", ".pyi", ".pyw")
# With what services and their images come.
_DEFAULTS = frozenset(
    b"root admin guest test postgres mysql mariadb redis rabbitmq airflow minio minioadmin elastic changeme".split()
)


def settle_confidence(base: str, rule: str, path: str, excerpt: bytes, start: int, value: bytes, proved: bool) -> str:
    """Return the confidence of a value at ``start`` of ``excerpt``, at most ``base``."""
    step = _STEPS.index(base)
    if is_published(value):
        return "low"
    if sample_reason(path):
        return _STEPS[min(step, 1 if proved else 0)]
    own = path.rpartition("!/")[2].partition("!")[0] or path
    kind = file_kind(own)
    code = kind is FileKind.SOURCE
    if rule.startswith(_LOOSE):
        step = min(step, _loose(kind, value))
    if rule.startswith("url.") and excerpt.endswith(value + b":", 0, start):
        return "low"  # the user's name again: what a service comes with
    if code and rule.startswith(_NOT_CODE):
        return "low"
    generic = rule.startswith("generic.")
    if (code or ending_of(own) in SOURCE_ENDINGS) and _EXAMPLE.search(
        excerpt, max(start - _NEAR, 0), start + len(value) + _NEAR
    ):
        step = min(step, 0 if generic else 1)
    line = _line(excerpt, start)
    if own.endswith(_PYTHON) and _YAML.match(line):
        step = 0 if not proved else min(step, 1)
    elif _DOCUMENTATION.search(line) or _SAMPLE_BLOCK.search(excerpt, max(start - _NEAR, 0), start):
        step = min(step, 1 if proved else 0)
    elif _COMMENT.match(line):
        step -= 2 if code and not proved else 1
    return _STEPS[max(step, 0)]


def _loose(kind: FileKind, value: bytes) -> int:
    if value.lower() in _DEFAULTS:
        return 0
    text = value.decode("latin-1")
    strong = len(text) >= 10 and kinds_of_characters(text) >= 3 and surprise(text) > 4.3 and not is_made_up(text, 4)
    if kind is FileKind.SOURCE or kind is FileKind.MARKUP:
        return 1 if strong and kind is FileKind.SOURCE and len(text) >= 16 and text[:1] != "$" else 0
    return 2 if strong else 1


def _line(excerpt: bytes, start: int) -> bytes:
    """Return the line that holds ``start``; of a text in a literal, where line ends are spelled out, its own line."""
    begin = max(excerpt.rfind(b"\n", 0, start) + 1, start - 300)
    spelled = excerpt.rfind(b"\\n", begin, start)
    stop = excerpt.find(b"\n", start, start + 300)
    return excerpt[spelled + 2 if spelled >= 0 else begin : stop if stop >= 0 else start + 300]
