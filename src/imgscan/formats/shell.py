"""A shell script taken apart into simple commands: enough to see what a RUN calls, not a shell.

Source: POSIX.1-2017, Shell Command Language, 2.2 quoting, 2.3 token recognition, 2.9 commands. Substitutions stay
inside their word as written.
"""

from __future__ import annotations

import re

import msgspec

MAX_COMMANDS = 2000
"""How many commands of a script are read."""
_MAX_TEXT = 1 << 16
# One token at a time, each alternative starting with another character: no backtracking.
_TOKEN = re.compile(
    r"(?P<space>[ \t]+|\\\r?\n)|(?P<operator>&&|\|\||\|&|;;|[;&|\n(){}])|(?P<comment>#[^\n]*)|(?P<word>(?:\\.|\\$|"
    r"'[^']*(?:'|$)|\"(?:[^\"\\]|\\.)*(?:\"|\\?$)|\$\((?:[^()\"']|\"(?:[^\"\\]|\\.)*\"|'[^']*')*\)|\$\{[^}]*\}?|"
    r"`[^`]*(?:`|$)|[<>]\([^()]*\)|[^\s\\'\"`;&|(){}])+)|(?P<other>.)",
    re.DOTALL,
)
_KEYWORDS = frozenset("if then elif else fi do done while until for case esac ! time exec command builtin".split())
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")


class Command(msgspec.Struct, frozen=True):
    """A simple command: its words without quotes; ``piped`` when it reads what the command before it writes."""

    words: tuple[str, ...]
    piped: bool = False

    @property
    def program(self) -> str:
        """The name of the program, without its directory."""
        return self.words[0].rpartition("/")[2]


def parse_script(text: str) -> tuple[Command, ...]:
    """Return the simple commands of a script, assignments and keywords before the program left out; total."""
    found: list[Command] = []
    words: list[str] = []
    piped = False
    for token in _TOKEN.finditer(text[:_MAX_TEXT]):
        kind = token.lastgroup
        if kind == "word":
            words.append(_unquoted(token[0]))
        elif kind == "operator":
            _end(found, words, piped)
            words, piped = [], token[0] in ("|", "|&")
        if len(found) >= MAX_COMMANDS:
            return tuple(found)
    _end(found, words, piped)
    return tuple(found)


def _end(found: list[Command], words: list[str], piped: bool) -> None:
    start = 0
    while start < len(words) and (words[start] in _KEYWORDS or _ASSIGNMENT.match(words[start])):
        start += 1
    if start < len(words):
        found.append(Command(tuple(words[start:]), piped))


def _unquoted(word: str) -> str:
    if "$(" in word or "`" in word:
        return word.strip("\"'")
    return re.sub(r"\\(.)|['\"]", r"\1", word, flags=re.DOTALL)
