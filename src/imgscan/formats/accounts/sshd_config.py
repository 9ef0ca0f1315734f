"""The configuration of OpenSSH's server: one value a line.

Source: sshd_config(5): keywords in any case, blanks or one ``=`` before the arguments, double quotes, ``#`` lines.
"""

from __future__ import annotations

import re

import msgspec

MAX_LINES = 5000
"""How many lines of a file are read."""
_MAX_TEXT = 400
_WORD = re.compile(r'"([^"]*)"|([^\s"]+)')
_KEYWORD = re.compile(r"([A-Za-z0-9]+)[ \t]*[= \t][ \t]*")


class Directive(msgspec.Struct, frozen=True):
    """A line of sshd_config: keyword in lower case, arguments, and the ``Match`` it stands below (empty: none).

    ``fault`` says what is wrong with a line that is no directive.
    """

    number: int
    keyword: str
    arguments: tuple[str, ...]
    match: str = ""
    fault: str = ""


def parse_sshd_config(data: bytes) -> tuple[Directive, ...]:
    """Return the directives of a configuration, in order; total."""
    result: list[Directive] = []
    match = ""
    for number, line in enumerate(data.split(b"\n", MAX_LINES)[:MAX_LINES], 1):
        text = line.decode("utf-8", "surrogateescape").strip()[:_MAX_TEXT]
        if not text or text.startswith("#"):
            continue
        head = _KEYWORD.match(text)
        if head is None:
            result.append(Directive(number, "", (), match, "no keyword with an argument"))
            continue
        arguments = tuple(_arguments(text[head.end() :]))
        keyword = head[1].lower()
        if keyword == "match":
            match = " ".join(arguments)
        result.append(Directive(number, keyword, arguments, match))
    return tuple(result)


def _arguments(text: str) -> list[str]:
    words = []
    for result in _WORD.finditer(text):
        if result[0].startswith("#"):
            break
        words.append(result[1] if result[1] is not None else result[2])
    return words
