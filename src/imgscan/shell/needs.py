"""What a shell needs to find for the text that it is given with ``-c``: rather too little than too much.

One command, or one pipeline, behind settings: any more and it is a script, whose course is not ours to guess.
Sources: POSIX.1-2017, Shell Command Language; the manuals of bash (4, "Shell Builtin Commands"), dash, zsh, ksh.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from imgscan.formats.path import base_name
from imgscan.shell.known import BOURNE_SHELLS
from imgscan.shell.script import ASSIGNMENT, PIPES, parse_pieces
from imgscan.shell.wrappers import wrapped

_WITH_VALUE = frozenset({"--rcfile", "--init-file"})
BUILTINS = frozenset(
    # POSIX, 2.14 and the intrinsics
    ". : break continue eval exec exit export readonly return set shift times trap unset alias bg cd command fc fg "
    "getopts hash jobs kill read type ulimit umask unalias wait true false test [ echo printf pwd "
    # bash, 4.1 to 4.3, 6.8 and 7.2
    "bind builtin caller compgen complete compopt declare dirs disown enable help history let local logout mapfile "
    "popd pushd readarray shopt source suspend typeset "
    # its words that begin a compound command
    "[[ coproc select function "
    # ksh and zsh
    "print whence autoload emulate setopt unsetopt zmodload integer float nocorrect noglob".split()
)
_LEADING = frozenset("if then elif else fi do done while until ! time {".split())
_BRANCHES = frozenset("then elif else do".split())
_OPAQUE = frozenset("for case esac select function".split())
_ASKING = frozenset("test [ [[ command type hash false let read getopts compgen whence".split())
_MOVING = frozenset("cd pushd popd . source eval".split())
_RENAMING = frozenset(". source eval alias enable hash".split())
_REDIRECTION = re.compile(r"\d*(?:&>>?|[<>]{1,3}[&|]?)")
_EXPANDED = frozenset("$`*?~")


class Needed(msgspec.Struct, frozen=True):
    """A command that a shell looks for: its words.

    ``moved``: it is in another directory by then, so that relative names say nothing; ``searched``: PATH is another.
    """

    words: tuple[str, ...]
    moved: bool = False
    searched: bool = False


class Call(msgspec.Struct, frozen=True):
    """How a shell is called: the text behind ``-c``; ``login`` when it reads the profiles, which set PATH."""

    text: str
    login: bool = False


def parse_call(words: Sequence[str], shells: frozenset[str] = BOURNE_SHELLS) -> Call | None:
    """Return the text that a shell (of POSIX's kind) is given; None for another program, or for none."""
    if not words or base_name(words[0]) not in shells:
        return None
    description = login = False
    at = 1
    while at < len(words) and words[at][:1] in ("-", "+") and words[at] not in ("-", "--"):
        word = words[at]
        at += 1
        if word.startswith("--"):
            login = login or word == "--login"
            at += word in _WITH_VALUE
            continue
        letters = word[1:]
        at += letters.count("o") + letters.count("O")  # each takes the next word: -eo pipefail
        if word[0] == "-":
            description, login = description or "c" in letters, login or "l" in letters
    at += at < len(words) and words[at] in ("-", "--")
    return Call(words[at], login) if description and at < len(words) else None


def parse_needs(text: str) -> tuple[Needed, ...]:
    """Return the commands that a text certainly runs and that no shell has built in; empty where it is a script."""
    result: list[Needed] = []
    several = moved = searched = asked = False
    last: Needed | None = None  # the command right before, where it is one that is needed
    opened = False
    for operator, words in parse_pieces(text):
        plain, branch, assigned = _plain(words)
        bracket = operator in ("(", ")")
        if plain is None or (bracket and opened):
            return ()  # the brackets of a function, or of arithmetic
        opened = operator == "(" and not words
        if not plain:
            searched = searched or assigned
            continue
        name = plain[0]
        if name in BUILTINS:
            moved = moved or name in _MOVING
            searched = searched or name in _RENAMING or any("PATH" in word for word in plain)
            asked = asked or name in _ASKING
            last = None
            continue
        several = several or operator == "||" or (asked and (branch or operator == "&&"))
        if not _EXPANDED.isdisjoint(name):
            asked = True
            last = None
            continue
        several = several or (bool(result) and (operator not in PIPES or last is None))
        last = Needed(tuple(plain), moved, searched or assigned)
        result.append(last)
    return () if several else tuple(result)


def _plain(words: list[str]) -> tuple[list[str] | None, bool, bool]:
    """Return a command without what stands in front and redirections; whether it is a branch; whether it sets PATH.

    None for what is a script: a loop over words, a case, a text that goes on in a here-document.
    """
    rest: list[str] = []
    skip = False
    for word in words:
        redirection = _REDIRECTION.match(word)
        if redirection and word[redirection.end() :].startswith("("):
            redirection = None  # <(...) is a word
        if redirection and redirection[0].lstrip("0123456789") == "<<":
            return None, False, False
        if skip or redirection:
            skip = redirection is not None and redirection[0] == word and not skip
            continue
        rest.append(word)
    branch = assigned = False
    while rest and (rest[0] in _LEADING or ASSIGNMENT.match(rest[0])):
        branch = branch or rest[0] in _BRANCHES
        assigned = assigned or rest[0].startswith(("PATH=", "PATH+="))
        rest = rest[1:]
    if rest and rest[0] in _OPAQUE:
        return None, branch, assigned
    if rest and (rest[0] == "exec" or (rest[0] == "command" and rest[1:2] not in (["-v"], ["-V"]))):
        return (wrapped(rest) if len(rest) > 1 else []), branch, assigned
    return rest, branch, assigned
