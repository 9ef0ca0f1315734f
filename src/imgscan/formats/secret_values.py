"""Values that a text gives to a name which says that they are secret, certain without any rule; how to hide them.

A value that chance made stands nowhere else, and is hidden wherever it does stand. ``postgres`` is a password here, an
account, a directory and a program there: it is hidden behind what names it, ``POSTGRES_PASSWORD=``, and nowhere else:
paths and commands would be spoiled, and the holes would tell it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from imgscan.model.hidden import Hidden

_TEXT_CHARS = 1 << 16
_SHORTEST = 6
_SHORTEST_UNIQUE = 8
_NAMED = re.compile(
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|api_?key|access_?key|private_?key|credential)s?[\w.-]{0,40}"
    r"[\"']?\s{0,3}[=:]\s{0,3}(?:\"([^\"\n]{1,400})\"|'([^'\n]{1,400})'|([^\s\"';&|]{1,400}))",
    re.IGNORECASE,
)
_IN_URL = re.compile(r"://[^\s/:@]{1,100}:([^\s/@]{1,200})@")
_PATH = re.compile(r"(?:~|\.{0,2})/[\w./-]*$")
_LETTERS_AND_DIGITS = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9])", re.DOTALL)
_CAPITALS_AND_MARKS = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[^A-Za-z0-9])", re.DOTALL)
# The word in front, with what joins it to the value.
_AHEAD = re.compile(r"[^\s\"']{0,40}[\"']?[ \t]{0,4}[\"']?\Z")
# How other texts spell what stands between a name and its value: words of a list, settings, quoted or not.
_BLANKS = (" ", "=", '="', "='", '", "', '","', "', '", "','", ' "', " '")
_EQUALS = ("=", '="', "='", ": ", ': "', '": "', '":"', " ")


def named_values(text: str) -> tuple[tuple[int, int], ...]:
    """Return where the values start and stop of ``PASSWORD=...``, ``token: ...`` and of credentials in URLs, from 6
    characters on.

    References to variables and paths are no values. Of a longer text the first 64 Ki characters are looked at.
    """
    head = text[:_TEXT_CHARS]
    spans = [match.span(match.lastindex or 0) for match in _NAMED.finditer(head)]
    spans += [match.span(1) for match in _IN_URL.finditer(head)]
    return tuple((start, stop) for start, stop in spans if stop - start >= _SHORTEST and head[start] not in "$/{<%")


def is_unique(text: str) -> bool:
    """Whether a value is none that other things are called by: long enough, no word and no path."""
    if len(text) < _SHORTEST_UNIQUE or _PATH.match(text):
        return False
    return bool(_LETTERS_AND_DIGITS.match(text) or _CAPITALS_AND_MARKS.match(text))


def hidden_at(text: str, start: int, stop: int) -> Iterator[Hidden]:
    """Yield how to hide ``text[start:stop]``: by itself where it is unique, and behind what stands ahead of it."""
    value = text[start:stop]
    if is_unique(value):
        yield Hidden(value)
    match = _AHEAD.search(text, max(start - 48, 0), start)
    ahead = match[0] if match is not None else ""
    stem = ahead.rstrip(" \t\"'")
    joint = ahead[len(stem) :]
    if stem.endswith(("=", ":")):
        for between in dict.fromkeys((stem[-1] + joint, *_EQUALS)):
            yield Hidden(value, stem[:-1] + between)
    elif stem:
        for between in dict.fromkeys((joint, *(_BLANKS if joint else ()))):
            yield Hidden(value, stem + between)
