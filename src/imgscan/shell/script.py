"""A shell script taken apart into simple commands: enough to see what a RUN calls, not a shell.

Source: POSIX.1-2017, Shell Command Language, 2.2 quoting, 2.3 token recognition, 2.9 commands. Substitutions stay
inside their word as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

MAX_COMMANDS = 2000
"""How many commands of a script are read."""
_MAX_TEXT = 1 << 16
# One token at a time, each alternative starting with another character: no backtracking.
_TOKEN = re.compile(
    r"(?P<space>[ \t]+|\\\r?\n)|(?P<operator>&&|\|\||\|&|;;|&(?!>)|[;|\n(){}])|(?P<comment>#[^\n]*)|(?P<word>(?:"
    r"\\.|\\$|'[^']*(?:'|$)|\"(?:[^\"\\]|\\.)*(?:\"|\\?$)|\$\((?:[^()\"']|\"(?:[^\"\\]|\\.)*\"|'[^']*')*\)|\$\{[^}]*\}?|"
    r"`[^`]*(?:`|$)|[<>]\([^()]*\)|[<>]&|&>|>\||[^\s\\'\"`;&|(){}])+)|(?P<other>.)",
    re.DOTALL,
)
_KEYWORDS = frozenset("if then elif else fi do done while until for case esac ! time exec command builtin".split())
ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
"""How a word begins that sets a variable, in front of a command."""
PIPES = frozenset({"|", "|&"})
"""The operators in front of a command that reads what the one before writes."""


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
    result: list[Command] = []
    for operator, words in parse_pieces(text):
        start = 0
        while start < len(words) and (words[start] in _KEYWORDS or ASSIGNMENT.match(words[start])):
            start += 1
        if start < len(words):
            result.append(Command(tuple(words[start:]), operator in PIPES))
        if len(result) >= MAX_COMMANDS:
            break
    return tuple(result)


def parse_pieces(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield what stands between a script's operators: the operator in front, and all words without quotes; total."""
    operator = ""
    words: list[str] = []
    for token in _TOKEN.finditer(text[:_MAX_TEXT]):
        kind = token.lastgroup
        if kind == "word":
            words.append(_unquoted(token[0]))
        elif kind == "operator":
            yield operator, words
            operator, words = token[0], []
    yield operator, words


def _unquoted(word: str) -> str:
    if "$(" in word or "`" in word:
        return word.strip("\"'")
    return re.sub(r"\\(.)|['\"]", r"\1", word, flags=re.DOTALL)
