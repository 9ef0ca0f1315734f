"""The rules of doas: who may run what as whom, one value a rule. Source: doas.conf(5) of OpenBSD, parse.y."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

MAX_RULES = 1000
_TOKEN = re.compile(
    r"""
    (?P<skip>[ \t]+ | \\\n)
  | (?P<comment>\#[^\n]*)
  | (?P<end>\n)
  | (?P<brace>[{}])
  | "(?P<quoted>(?:[^"\\\n]|\\.)*)"
  | (?P<word>(?:[^\s"\\{}\#]|\\.)+)
  | (?P<other>.)
    """,
    re.VERBOSE,
)
_OPTIONS = frozenset({"nopass", "nolog", "persist", "keepenv", "setenv"})


class DoasRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule: ``identity`` is a user, or with a colon ahead a group; ``target`` whom the command runs as.

    ``command`` is empty for any, ``arguments`` None for any. ``fault`` says why it is no rule: then doas runs nothing.
    """

    number: int
    permit: bool = False
    options: tuple[str, ...] = ()
    identity: str = ""
    target: str = "root"
    command: str = ""
    arguments: tuple[str, ...] | None = None
    fault: str = ""

    def covers(self, other: DoasRule) -> bool:
        """Whether this one, further down, decides in place of the other in all that the other is about."""
        if (self.identity, self.target) != (other.identity, other.target):
            return False
        same = self.command == other.command and self.arguments in (None, other.arguments)
        return not self.command or same


def parse_doas(data: bytes) -> tuple[DoasRule, ...]:
    """Return the rules of a file in their order, the first ``MAX_RULES``. Total."""
    result = []
    for number, words in _statements(data.decode("utf-8", "replace")):
        result.append(_rule(number, words))
        if len(result) == MAX_RULES:
            break
    return tuple(result)


def _statements(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the words of each line that has some, and its number; what no word can be is one of its own."""
    number, words, at = 1, list[str](), 1
    for match in _TOKEN.finditer(text + "\n"):
        if match.lastgroup == "end":
            if words:
                yield at, words
            words = []
        elif match.lastgroup not in ("skip", "comment"):
            at = at if words else number
            words.append(match[match.lastgroup or 0])
        number += match[0].count("\n")


def _rule(number: int, words: list[str]) -> DoasRule:
    action, *rest = words
    if action not in ("permit", "deny"):
        return DoasRule(number=number, fault="begins neither with permit nor with deny")
    options: list[str] = []
    while rest and rest[0] in _OPTIONS:
        options.append(rest.pop(0))
        if options[-1] == "setenv" and rest[:1] == ["{"]:
            if "}" not in rest:
                return DoasRule(number=number, fault="a brace is not closed")
            del rest[: rest.index("}") + 1]
    if not rest or {"{", "}", '"'} & set(rest):
        return DoasRule(number=number, fault="names nobody" if not rest else "a character that stands for nothing")
    identity, target, command, arguments = rest.pop(0), "root", "", None
    if rest[:1] == ["as"] and len(rest) > 1:
        target = rest[1]
        del rest[:2]
    if rest[:1] == ["cmd"] and len(rest) > 1:
        command = rest[1]
        del rest[:2]
        if rest[:1] == ["args"]:
            arguments, rest = tuple(rest[1:]), []
    if rest:
        return DoasRule(number=number, fault=f"ends with what is no part of a rule: {rest[0][:40]}")
    return DoasRule(
        number=number,
        permit=action == "permit",
        options=tuple(options),
        identity=identity,
        target=target,
        command=command,
        arguments=arguments,
    )
