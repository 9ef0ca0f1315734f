"""The policy of sudo: one value a statement, malformed ones too.

Source: sudoers(5), "SUDOERS FILE FORMAT". Quoting, escapes, continued lines, tags and run-as lists that hold for the
rest of their list are followed; aliases are values of their own, not expanded. Of every statement ``number`` is the
line, from 1, on which it starts, ``last`` the one on which a continued one ends (0: the same).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from imgscan.formats.text_lines import split_lines

MAX_STATEMENTS = 5000
"""How many statements of a file are read."""
_MAX_TEXT = 400
_MAX_WORDS = 500
_MAX_STATEMENT = 8192
_TAGS = frozenset(
    "EXEC NOEXEC FOLLOW NOFOLLOW INTERCEPT NOINTERCEPT LOG_INPUT NOLOG_INPUT LOG_OUTPUT NOLOG_OUTPUT MAIL NOMAIL "
    "PASSWD NOPASSWD SETENV NOSETENV".split()
)
_OPTION = re.compile(r"(?:ROLE|TYPE|APPARMOR_PROFILE|PRIVS|LIMITPRIVS|NOTBEFORE|NOTAFTER|TIMEOUT|CWD|CHROOT)\s*=\s*\S+")
_ALIASES = ("User_Alias", "Runas_Alias", "Host_Alias", "Cmnd_Alias", "Cmd_Alias")
_COMMANDS = ("Cmnd_Alias", "Cmd_Alias")
_INCLUDE = re.compile(r'[@#](include|includedir)\s+("[^"]*"|(?:\\.|[^\s\\])+|\\)', re.DOTALL)
_SCOPE = re.compile(r'Defaults([:@>!])\s*((?:\\.|[^\s,"\\]|"[^"]*")++(?:\s*+,\s*+(?:\\.|[^\s,"\\]|"[^"]*")++)*+)\s')
_DIGEST = re.compile(r"sha(?:224|256|384|512)\s*:\s*[A-Za-z0-9+/=]+(?:\s+|$)")
_DIGEST_NAMES = frozenset({"sha224", "sha256", "sha384", "sha512"})


class SudoCommand(msgspec.Struct, frozen=True):
    """A command of a rule, without its digests, with what holds for it: run-as list as written (empty: root), tags.

    ``passwd`` is true where a tag asks for the password in so many words.
    """

    command: str
    runas: str = ""
    nopasswd: bool = False
    setenv: bool = False
    passwd: bool = False


class SudoRule(msgspec.Struct, frozen=True, tag=True):
    """Who may run what where."""

    number: int
    users: tuple[str, ...]
    hosts: tuple[str, ...]
    commands: tuple[SudoCommand, ...]
    last: int = 0


class SudoDefaults(msgspec.Struct, frozen=True, tag=True):
    """A ``Defaults`` statement: its scope as written (``:user``, ``@host``, ...) and its settings."""

    number: int
    scope: str
    settings: tuple[str, ...]
    last: int = 0


class SudoAlias(msgspec.Struct, frozen=True, tag=True):
    """An alias: its kind (``User_Alias``), name and members."""

    number: int
    kind: str
    name: str
    members: tuple[str, ...]
    last: int = 0


class SudoInclude(msgspec.Struct, frozen=True, tag=True):
    """Another file, or a directory of files, to read here."""

    number: int
    path: str
    directory: bool
    last: int = 0


class SudoFault(msgspec.Struct, frozen=True, tag=True):
    """A statement that is none."""

    number: int
    fault: str
    last: int = 0


Statement: TypeAlias = SudoRule | SudoDefaults | SudoAlias | SudoInclude | SudoFault


def parse_sudoers(data: bytes) -> tuple[Statement, ...]:
    """Return the statements of a sudoers file, in order; total."""
    result: list[Statement] = []
    for number, last, text in _statements(data.decode("utf-8", "surrogateescape")):
        if len(text) > _MAX_STATEMENT:
            items: Iterable[Statement] = (SudoFault(number, f"a statement of {len(text)} characters"),)
        else:
            items = _statement(number, text)
        result += items if last == number else (replace(item, last=last) for item in items)
        if len(result) >= MAX_STATEMENTS:
            break
    return tuple(result)


def _statements(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield logical lines, continued ones joined, without comments, each with its first and its last number."""
    parts: list[str] = []
    first = number = 0
    for number, line in enumerate(split_lines(text), 1):
        first = first or number
        bare = line.removesuffix("\r")
        if (len(bare) - len(bare.rstrip("\\"))) % 2 and not bare.lstrip().startswith("#"):
            parts.append(bare[:-1])
            continue
        statement = _without_comment("".join((*parts, bare)).strip())
        if statement:
            yield first, number, statement
        parts, first = [], 0
    rest = _without_comment("".join(parts).strip())
    if rest:
        yield first, number, rest


def _without_comment(text: str) -> str:
    if "#" not in text or _INCLUDE.match(text):
        return text
    quoted = False
    for index, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char == "#" and not quoted and text[index - 1 : index] != "\\":
            after = text[index + 1 : index + 2]
            # "#1000" is a uid, "%#1000" a gid, where such a word may start.
            if after.isdecimal() and (not index or text[index - 1] in " \t,%!(=:"):
                continue
            return text[:index].rstrip()
    return text


def _statement(number: int, text: str) -> Iterator[Statement]:
    include = _INCLUDE.match(text)
    if include:
        yield SudoInclude(number, _unquoted(include[2])[:_MAX_TEXT], include[1] == "includedir")
    elif text.startswith("Defaults"):
        yield _defaults(number, text)
    elif text.split(None, 1)[0] in _ALIASES:
        yield from _aliases(number, text)
    else:
        yield _rule(number, text)


def _defaults(number: int, text: str) -> Statement:
    scope = _SCOPE.match(text)
    if scope:
        return SudoDefaults(number, scope[1] + _listed(scope[2])[:_MAX_STATEMENT], tuple(_words(text[scope.end() :])))
    head, _, rest = text.replace("\t", " ").partition(" ")
    return SudoDefaults(number, head[len("Defaults") :], tuple(_words(rest)))


def _aliases(number: int, text: str) -> Iterator[Statement]:
    kind, _, rest = text.replace("\t", " ").partition(" ")
    for part in _host_parts(rest):
        name, equals, members = part.partition("=")
        if not equals or not name.strip():
            yield SudoFault(number, f"a {kind} without a name or members")
        elif kind in _COMMANDS:
            words = (_unquoted(_without_digests(word))[:_MAX_TEXT] for word in _split(members, ",")[:_MAX_WORDS])
            yield SudoAlias(number, kind, name.strip()[:_MAX_TEXT], tuple(word for word in words if word))
        else:
            yield SudoAlias(number, kind, name.strip()[:_MAX_TEXT], tuple(_words(members)))


def _rule(number: int, text: str) -> Statement:
    left, equals, right = _cut(text, "=")
    who = [word for word in _split(_listed(left).replace("\t", " "), " ") if word]
    if not equals or len(who) < 2:
        return SudoFault(number, "neither a rule nor a setting")
    hosts = [who[-1]]
    commands: list[SudoCommand] = []
    for index, part in enumerate(_host_parts(right)):
        if index:
            host, _, part = _cut(part, "=")
            hosts.append(host.strip())
        commands += _commands(part)
    users = tuple(word for name in who[:-1] for word in _words(name))
    return SudoRule(number, users, tuple(_words(",".join(hosts))), tuple(commands[:_MAX_WORDS]))


def _host_parts(text: str) -> list[str]:
    """Return the parts between the colons that are no tag's, no digest's and no run-as list's."""
    parts, start = [], 0
    for index in _positions(text, ":"):
        words = text[max(start, index - 20) : index].split()
        word = words[-1] if words else ""
        before = re.split(r"[,:)=]", word)[-1]
        if before not in _TAGS and before not in _DIGEST_NAMES:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


def _commands(text: str) -> Iterator[SudoCommand]:
    runas, asked, setenv = "", "", False
    for part in _split(text, ","):
        rest = part
        while rest:
            option = _OPTION.match(rest)
            tag = rest.partition(":")[0].rstrip()
            if rest.startswith("(") and ")" in rest:
                runas, _, rest = rest[1:].partition(")")
            elif option:
                rest = rest[option.end() :]
            elif ":" in rest and tag in _TAGS:
                asked = tag if tag in ("PASSWD", "NOPASSWD") else asked
                setenv = tag == "SETENV" if tag in ("SETENV", "NOSETENV") else setenv
                rest = rest.partition(":")[2]
            else:
                break
            rest = rest.strip()
        command = _without_digests(rest)[:_MAX_TEXT]
        if command:  # what has digests alone goes on behind the comma
            nopasswd, passwd = asked == "NOPASSWD", asked == "PASSWD"
            yield SudoCommand(command, runas.strip()[:_MAX_TEXT], nopasswd, setenv, passwd)


def _without_digests(text: str) -> str:
    """Return a command without the digests that its file must have: ``sha256:<hex or base64> /bin/x``."""
    while digest := _DIGEST.match(text):
        text = text[digest.end() :]
    return text


def _words(text: str) -> list[str]:
    """Return the members of a list between commas, unquoted."""
    return [_unquoted(word)[:_MAX_TEXT] for word in _split(text, ",")[:_MAX_WORDS] if word]


def _listed(text: str) -> str:
    """Return a list with the blanks around its commas taken out, so that blanks part lists alone."""
    return ",".join(part.strip() for part in text.split(","))


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text.replace("\\", "")


def _split(text: str, separator: str) -> list[str]:
    parts, start = [], 0
    for index in _positions(text, separator):
        parts.append(text[start:index].strip())
        start = index + 1
    return [*parts, text[start:].strip()]


def _cut(text: str, separator: str) -> tuple[str, bool, str]:
    index = next(_positions(text, separator), None)
    return (text, False, "") if index is None else (text[:index], True, text[index + 1 :])


def _positions(text: str, separator: str) -> Iterator[int]:
    """Yield where ``separator`` stands outside quotes, brackets and escapes."""
    quoted, depth, escaped = False, 0, False
    for index, char in enumerate(text):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif not quoted and char in "()":
            depth = max(0, depth + (1 if char == "(" else -1))
        elif char == separator and not quoted and not depth:
            yield index
