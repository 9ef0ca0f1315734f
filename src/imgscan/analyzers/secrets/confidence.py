"""How sure a finding is, from where it stands: samples, comments and documentation weigh less than settings."""

from __future__ import annotations

import re

from imgscan.analyzers.secrets.context import SOURCE_ENDINGS, FileKind, file_kind, name_inside, sample_reason
from imgscan.analyzers.secrets.placeholder import is_published
from imgscan.analyzers.secrets.rating import Confidence, Doubt, Rating
from imgscan.analyzers.secrets.strength import UNLIKE_NAMES, character_classes, is_made_up, surprise
from imgscan.formats.path import ending_of

# What a program's own text holds as a test's or a page's: its settings lie elsewhere.
_NOT_CODE = ("setting.", "hash.")
# What stands in a place where anything can: a header, an address, a command, a hash.
_LOOSE = ("url.", "header.", "hash.", "command.", "jwt.", "npm.auth", "docker.registry-auth")
_COMMENT = re.compile(rb"^\s*(?:#|//|\*|;|<!--|--\s|>>>|\.\.\s|REM\b|%|\"\"\"|''')")
_DOCUMENTATION = re.compile(
    rb"\"(?:documentation|description|help|example|summary|docs?)\"\s?:|</?(?:p|code|li|pre|td)>|\be\.g\.|for example|\bExample:|``|=> \"|:param|\(default|"
    rb"^\s{0,20}(?:example|description|help|doc|summary)s?:\s"
)
# A host of documentation stands beside real passwords, too.
_EXAMPLE = re.compile(rb"(?i)example(?!\.(?:com|org|net|edu|test|local))")
_NEAR = 150
_SHORT = 12
_SAMPLE_BLOCK = re.compile(rb"([ \t]{0,40})(?:-[ \t])?(?:examples?|samples?):[ \t]*[|>]?-?")
# In Python a line begins with a bare name and a colon where a type follows, or in the texts of its modules.
_ANNOTATED = re.compile(rb"\s*\w+\s?:\s{0,2}[\w.\[\], |\"']{1,80}=[^=]")
_YAML = re.compile(rb"\s*(?:-\s+)?[\w.-]+:\s+[\"'|]?[^\s=]")
_PYTHON = (".py", ".pyi", ".pyw")
# With what services and their images come.
_DEFAULTS = frozenset(
    b"root admin guest test postgres mysql mariadb redis rabbitmq airflow minio minioadmin elastic changeme".split()
)


def adjusted(base: Rating, rule: str, path: str, excerpt: bytes, start: int, value: bytes, proved: bool) -> Rating:
    """Return the rating of a value at ``start`` of ``excerpt``, at most ``base``."""
    if is_published(value):
        return Rating(Confidence.LOW, Doubt.PUBLISHED)
    sample = sample_reason(path)
    if sample:
        return base.at_most(Confidence.MEDIUM if proved else Confidence.LOW, sample)
    inner_name = name_inside(path)
    kind = file_kind(path)
    code = kind is FileKind.SOURCE
    rating = base
    if rule.startswith(_LOOSE):
        rating = _loose(rating, kind, value)
    if rule.startswith("url.") and _is_default(excerpt, start, value):
        return rating.at_most(Confidence.LOW, Doubt.DEFAULT)
    if code and rule.startswith(_NOT_CODE):
        return rating.at_most(Confidence.LOW, Doubt.SOURCE)
    if (code or ending_of(inner_name) in SOURCE_ENDINGS) and _EXAMPLE.search(
        excerpt, max(start - _NEAR, 0), start + len(value) + _NEAR
    ):
        rating = rating.at_most(Confidence.LOW if rule.startswith("generic.") else Confidence.MEDIUM, Doubt.EXAMPLE)
    line = _line(excerpt, start)
    if (
        _DOCUMENTATION.search(line)
        or _is_sample(excerpt[max(start - _NEAR, 0) : start])
        or (inner_name.endswith(_PYTHON) and _YAML.match(line) and not _ANNOTATED.match(line))
    ):
        rating = rating.at_most(Confidence.MEDIUM if proved else Confidence.LOW, Doubt.DOCUMENTATION)
    elif _COMMENT.match(line):
        # A token that has a form of its own is that token, whether its line is switched off or not.
        own_form = base.confidence == Confidence.HIGH and not rule.startswith(
            (*_LOOSE, "generic.", "setting.", "code.")
        )
        low = rating.confidence == Confidence.MEDIUM or (code and not proved and not own_form)
        rating = rating.at_most(Confidence.LOW if low else Confidence.MEDIUM, Doubt.COMMENT)
    return rating


def _is_sample(ahead: bytes) -> bool:
    """Whether what stands ahead of a value of YAML says that it is a sample: a key, and all since is indented deeper."""
    *lines, inner_name = ahead.split(b"\n")
    indent = len(inner_name) - len(inner_name.lstrip())
    for line in reversed(lines[-3:]):
        result = _SAMPLE_BLOCK.fullmatch(line)
        if result is not None:
            return len(result[1]) < indent
    return False


def _is_default(excerpt: bytes, start: int, value: bytes) -> bool:
    """Whether a password is the user's name again, at a host without a domain: what a service comes with."""
    if len(value) > _SHORT or not excerpt.endswith(value + b":", 0, start):
        return False
    host = excerpt[start + len(value) : start + len(value) + 64].partition(b"/")[0]
    return b"." not in host


def _loose(rating: Rating, kind: FileKind, value: bytes) -> Rating:
    """Return the rating of what stands where anything can."""
    if value.lower() in _DEFAULTS:
        return rating.at_most(Confidence.LOW, Doubt.DEFAULT)
    text = value.decode("latin-1")
    strong = (
        len(text) >= 10 and character_classes(text) >= 3 and surprise(text) > UNLIKE_NAMES and not is_made_up(text, 4)
    )
    if kind is FileKind.MARKUP:
        return rating.at_most(Confidence.LOW, Doubt.MARKUP)
    if kind is FileKind.SOURCE:
        sure = strong and len(text) >= 16 and text[:1] != "$"
        return rating.at_most(Confidence.MEDIUM if sure else Confidence.LOW, Doubt.SOURCE)
    return rating if strong else rating.at_most(Confidence.MEDIUM, Doubt.GUESSABLE)


def _line(excerpt: bytes, start: int) -> bytes:
    """Return the line that holds ``start``; of a text in a literal, where line ends are spelled out, its own line."""
    begin = max(excerpt.rfind(b"\n", 0, start) + 1, start - 300)
    spelled = excerpt.rfind(b"\\n", begin, start)
    stop = excerpt.find(b"\n", start, start + 300)
    return excerpt[spelled + 2 if spelled >= 0 else begin : stop if stop >= 0 else start + 300]
