"""The configuration of OpenSSH's server: one value a line.

Source: sshd_config(5); what it leaves open is as OpenSSH 9.2 reads it (servconf.c, process_server_config_line_depth;
misc.c, strdelim and argv_split): keywords in any case and in double quotes, blanks or one ``=`` behind them;
arguments in quotes of either kind, in whole or in part, with backslashes; a ``#`` that begins a word begins a comment.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

MAX_LINES = 5000
"""How many lines of a file are read."""
_MAX_TEXT = 400
"""Characters of all arguments of a line that are kept, and of a ``Match``; the first argument is always there."""
_MAX_LINE = 1 << 16
_BLANKS = " \t\r\n"


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
        text = line[:_MAX_LINE].decode("utf-8", "surrogateescape").rstrip(_BLANKS + "\f")
        keyword, rest = _keyword(text)
        if not keyword and rest:  # blanks, or an =, before it
            keyword, rest = _keyword(rest)
        if not keyword or keyword.startswith("#"):
            continue
        arguments = tuple(_kept(_arguments(rest)))
        if not rest or not keyword.isascii() or not keyword.isalnum():
            result.append(Directive(number, "", (), match, "no keyword with an argument"))
            continue
        if keyword.lower() == "match":
            match = " ".join(arguments)
        result.append(Directive(number, keyword.lower(), arguments, match))
    return tuple(result)


def _keyword(text: str) -> tuple[str, str]:
    """Return what stands before the first blank, ``=`` or quoted end, and what follows the blanks and one ``=``."""
    at = next((index for index, character in enumerate(text) if character in _BLANKS + '"='), len(text))
    if text[at : at + 1] == '"':
        inner, _, rest = text[at + 1 :].partition('"')
        return text[:at] + inner, rest.lstrip(_BLANKS)
    rest = text[at + 1 :].lstrip(_BLANKS)
    if text[at : at + 1] != "=" and rest.startswith("="):
        rest = rest[1:].lstrip(_BLANKS)
    return text[:at], rest


def _kept(arguments: Iterator[str]) -> Iterator[str]:
    left = _MAX_TEXT
    for argument in arguments:
        yield argument[:_MAX_TEXT]
        left -= len(argument)
        if left <= 0:
            return


def _arguments(text: str) -> Iterator[str]:
    """Yield the words of a line; a quote without an end goes to the end."""
    word: list[str] | None = None
    quote, at = "", 0
    while at < len(text):
        character, following = text[at], text[at + 1 : at + 2]
        at += 1
        if word is None:
            if character in " \t":
                continue
            if character == "#":
                return
            word = []
        if character == "\\" and following and (following in "'\"\\" or (following == " " and not quote)):
            word.append(following)
            at += 1
        elif not quote and character in " \t":
            yield "".join(word)
            word = None
        elif character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        else:
            word.append(character)
    if word is not None:
        yield "".join(word)
