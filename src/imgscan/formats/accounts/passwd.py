"""The account files passwd, group, shadow and gshadow: one value a line, malformed lines too.

Sources: passwd(5), group(5), shadow(5), gshadow(5); what glibc's nss_files skips (blank lines, ``#``); and for lines
that do not parse, what container runtimes make of them: moby/sys/user reads a number that is none as 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from imgscan.formats.accounts.crypt import Password, parse_password

MAX_LINES = 20_000
"""How many lines of a file are read; a real file has some tens."""
_MAX_ID = 0xFFFF_FFFF
_MAX_TEXT = 256
_MAX_MEMBERS = 1000


class PasswdLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of passwd; ``number`` counts from 1. ``uid`` and ``gid`` are None where they are no numbers.

    ``fault`` says what is wrong with the line, empty for a good one.
    """

    number: int
    name: str
    password: Password
    uid: int | None
    gid: int | None
    gecos: str = ""
    home: str = ""
    shell: str = ""
    fault: str = ""


class GroupLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of group; ``gid`` is None where it is no number; ``fault`` as in ``PasswdLine``."""

    number: int
    name: str
    password: Password
    gid: int | None
    members: tuple[str, ...] = ()
    fault: str = ""


class ShadowLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of shadow or gshadow: the name and what its password field says; ``fault`` as in ``PasswdLine``."""

    number: int
    name: str
    password: Password
    fault: str = ""


_Line = TypeVar("_Line", PasswdLine, GroupLine, ShadowLine)


def parse_passwd(data: bytes) -> tuple[PasswdLine, ...]:
    """Return the lines of a passwd file; total."""
    return _parse(data, _passwd_line)


def parse_group(data: bytes) -> tuple[GroupLine, ...]:
    """Return the lines of a group file; total."""
    return _parse(data, _group_line)


def parse_shadow(data: bytes) -> tuple[ShadowLine, ...]:
    """Return the lines of a shadow file (nine fields); total."""
    return _parse(data, lambda number, fields: _shadow_line(number, fields, 9))


def parse_gshadow(data: bytes) -> tuple[ShadowLine, ...]:
    """Return the lines of a gshadow file (four fields); total."""
    return _parse(data, lambda number, fields: _shadow_line(number, fields, 4))


def is_beyond(data: bytes, members: bool = False) -> bool:
    """Whether a file of accounts has more lines, a longer name or a list of more members than are read of it.

    ``members``: its lines end in a list of them, as those of group do.
    """
    lines = data.split(b"\n", MAX_LINES)
    if len(lines) > MAX_LINES and lines[-1].strip():
        return True
    return any(_is_long(line, members) for line in lines if len(line) > _MAX_TEXT)


def _is_long(line: bytes, members: bool) -> bool:
    name, _, rest = line.strip().partition(b":")
    listed = rest.rpartition(b":")[2].split(b",", _MAX_MEMBERS) if members else []
    long = len(listed) > _MAX_MEMBERS or any(len(item.strip()) > _MAX_TEXT for item in (name, *listed))
    return long and not name.startswith(b"#")


def is_nis(name: str) -> bool:
    """Whether a name includes accounts of a directory service (``+``, ``+@netgroup``, ``-user``: nsswitch "compat")."""
    return name[:1] in ("+", "-")


def _parse(data: bytes, make: Callable[[int, list[str]], _Line]) -> tuple[_Line, ...]:
    return tuple(make(number, text.split(":")) for number, text in _lines(data))


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(data.split(b"\n", MAX_LINES)[:MAX_LINES], 1):
        text = line.strip()
        if text and not text.startswith(b"#"):
            yield number, text.decode("utf-8", "surrogateescape")


def _passwd_line(number: int, fields: list[str]) -> PasswdLine:
    uid, gid = _id(fields, 2), _id(fields, 3)
    fault = _fault(fields, 7, (("uid", uid), ("gid", gid)))
    if is_nis(fields[0]):
        fault = ""
    gecos, home, shell = (_text(fields, index) for index in (4, 5, 6))
    return PasswdLine(
        number=number,
        name=_text(fields, 0),
        password=_password(fields),
        uid=uid,
        gid=gid,
        gecos=gecos,
        home=home,
        shell=shell,
        fault=fault,
    )


def _group_line(number: int, fields: list[str]) -> GroupLine:
    gid = _id(fields, 2)
    fault = "" if is_nis(fields[0]) else _fault(fields, 4, (("gid", gid),))
    members = fields[3].split(",", _MAX_MEMBERS)[:_MAX_MEMBERS] if len(fields) > 3 else []
    return GroupLine(
        number=number,
        name=_text(fields, 0),
        password=_password(fields),
        gid=gid,
        members=tuple(member.strip()[:_MAX_TEXT] for member in members if member.strip()),
        fault=fault,
    )


def _shadow_line(number: int, fields: list[str], count: int) -> ShadowLine:
    fault = "" if is_nis(fields[0]) else _fault(fields, count, ())
    return ShadowLine(number=number, name=_text(fields, 0), password=_password(fields), fault=fault)


def _fault(fields: list[str], count: int, ids: tuple[tuple[str, int | None], ...]) -> str:
    if len(fields) != count:
        return f"{len(fields)} fields instead of {count}"
    if not fields[0]:
        return "no name"
    return next((f"the {what} is no number" for what, value in ids if value is None), "")


def _password(fields: list[str]) -> Password:
    return parse_password(fields[1] if len(fields) > 1 else "*")


def _id(fields: list[str], index: int) -> int | None:
    text = fields[index] if index < len(fields) else ""
    if not text.isascii() or not text.isdecimal() or len(text) > 10:
        return None
    value = int(text)
    return value if value <= _MAX_ID else None


def _text(fields: list[str], index: int) -> str:
    return fields[index][:_MAX_TEXT] if index < len(fields) else ""
