"""An assignment around a hit: name, value, and how it is written. Works on a bounded excerpt, byte by byte or by ``re``."""

from __future__ import annotations

import re
from functools import cache

import msgspec

from imgscan.analyzers.secrets import shapes
from imgscan.analyzers.secrets.syntaxes import BY_NAME

_NAME_BYTES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."
_BETWEEN = b" \t:=!>\"'`])\\"
_CALL_BETWEEN = b" \t\r\n(,\"'\\])"
_QUOTE_OR_LINE = re.compile(rb"[\"'\n]")
_QUOTED_NAME = re.compile(rb"[\"']\s?:\s?\Z")
_LONGEST_NAME = 64
# Of a literal: Python's, SQL's N, C's L, Objective-C's and C#'s @.
_PREFIXES = (b"b", b"r", b"u", b"N", b"L", b"@")
# Stands between name and value where a declaration says its type: "apiKey: string = ".
_TYPED = re.compile(
    rb"(?::[ ]?(?:&(?:'static[ ])?)?(?:Optional\[)?(?:str|string|String|bytes|Text|Any|any|NSString|SecretStr)(?:\]| \| None)?|[ ]As[ ]String)[ ]?\Z"
)
_TUPLE = re.compile(rb"\{\s?[a-z]\w{1,60},\s{0,4}[\"']\Z")  # of Erlang: {password, "..."}
# What makes a bracket a call's: a name that is none of a list.
_CALLEE = re.compile(rb"(?:[\w\]!?]|\A)(?<!array)(?<!Array)(?<!list)(?<!List)(?<!tuple)(?<!\bin)\s{0,3}\Z")
_BRACKETS = frozenset(b"<>{}[]")
_LONGEST_VALUE = 400
_LONGEST_CALL = 150
_LINE_END = re.compile(rb"[ \t\r\n\"'`\\;&]|,(?=\s)|</")
_BARE_END = re.compile(rb"[ \t\r\n\"'`<>|,)\]}\\;&]")

# Of these the third argument is the password: server or address, user, password.
_THIRD = (b"mysql", b"new ", b"getconnection", b"directoryentry", b"dbi")


class Assignment(msgspec.Struct, frozen=True, gc=False):
    """Name, value and the quoting character, or none; where in the excerpt the value begins, and where it is said."""

    name: str
    value: bytes
    start: int
    quote: str
    excerpt: bytes
    said: int

    @property
    def line(self) -> bytes:
        """The line, or the lines, from where it is said to the value."""
        end = self.excerpt.find(b"\n", self.start)
        return self.excerpt[self.excerpt.rfind(b"\n", 0, self.said) + 1 : end if end >= 0 else None]

    @property
    def before(self) -> bytes:
        """The byte ahead of the name, if there is one."""
        return self.excerpt[max(self.said - 1, 0) : self.said]


def read(syntax: str, excerpt: bytes, end: int, reach: int, is_line: bool) -> Assignment | None:
    """Return the assignment in a syntax (see ``finders.py`` and ``syntaxes.py``) that a hit ending at ``end`` tells; None for none.

    The hit ends ``reach`` bytes into the value. ``is_line``: see ``bare``.
    """
    if syntax == "quoted":
        return quoted(excerpt, end - reach)
    if syntax == "bare":
        return bare(excerpt, end - reach, is_line)
    if syntax == "call":
        return called(excerpt, end - reach)
    return local(syntax, excerpt, end)


def quoted(excerpt: bytes, start: int) -> Assignment | None:
    """Return the assignment whose quoted value, of four bytes or more, begins at ``start``."""
    quote = excerpt[start - 1]
    stop = excerpt.find(quote, start + 4)
    if stop < 0 or excerpt.find(b"\n", start, stop) >= 0:
        return None
    return _named(excerpt, start, excerpt[start:stop].rstrip(b"\\"), chr(quote))


def called(excerpt: bytes, start: int) -> Assignment | None:
    """Return the assignment of a call, ``set("password", "..."``: its quoted value begins at ``start``."""
    if not _is_in_call(excerpt, start):
        return None
    end = _QUOTE_OR_LINE.search(excerpt, start + 4, start + 4 + _LONGEST_VALUE)
    if end is None or end[0] == b"\n":
        return None
    return _named(excerpt, start, excerpt[start : end.start()].rstrip(b"\\"), '"', _CALL_BETWEEN)


def _is_in_call(excerpt: bytes, at: int) -> bool:
    """Whether the innermost bracket that is open at ``at`` is a call's: names of lists and of JSON stand in others."""
    first = max(at - _LONGEST_CALL, 0)
    if _TUPLE.search(excerpt, first, at):
        return True
    if excerpt.find(b"(", first, at) < 0:
        return False
    depth = 0
    for position in range(at - 1, first - 1, -1):
        byte = excerpt[position]
        if byte in b")]}":
            depth += 1
        elif byte in b"([{":
            if depth == 0:
                return byte == 0x28 and _CALLEE.search(excerpt, max(position - 12, 0), position) is not None
            depth -= 1
    return False


def bare(excerpt: bytes, start: int, is_line: bool = False) -> Assignment | None:
    """Return the assignment whose unquoted value, of four bytes or more, begins at ``start``.

    With ``is_line`` the file is settings, where brackets are characters of a value, but for one that closes the
    object around it.
    """
    stop = start + 4
    while True:
        end = (_LINE_END if is_line else _BARE_END).search(excerpt, stop)
        stop = end.start() if end is not None else len(excerpt)
        if end is None or end[0] not in b";&" or b"=" in excerpt[stop : stop + 40].split(b"\n", 1)[0]:
            break
        stop += 1
    value = excerpt[start:stop].rstrip(b";")
    if is_line:
        value = _without_closing(value)
    elif not _BRACKETS.isdisjoint(value[:4]):
        return None
    if excerpt.startswith(b"PASS: ", start - 6) and _is_test(excerpt[max(start - 7, 0) : start - 6], value):
        return None
    if excerpt[start - 1 : start] == b":" and shapes.ARCHITECTURE.match(value.decode("latin-1")):
        return None  # a package and what it is built for, as apt's and dpkg's logs name them
    if value.isdigit() and _QUOTED_NAME.search(excerpt, max(start - 8, 0), start):
        return None  # a number of JSON: a count or an identifier
    result = _named(excerpt, start, value, "")
    return None if result is None or result.before in (b"/", b"@") else result  # a part of an address


def _without_closing(value: bytes) -> bytes:
    """Return a value without brackets at its end that it did not open: they close what it stands in."""
    for opening, closing in ((b"{", b"}"), (b"[", b"]"), (b"(", b")"), (b"<", b">")):
        if value.endswith(closing) and opening not in value:
            value = value.rstrip(closing + b",;")
    return value


def _is_test(before: bytes, value: bytes) -> bool:
    """Whether ``PASS: value`` tells of a test that passed, as lines of summaries do by the thousand."""
    return (not before or before not in _NAME_BYTES) and (
        value[-1:] == b":" or shapes.IDENTIFIER.match(value.decode("latin-1")) is not None
    )


def _named(excerpt: bytes, start: int, value: bytes, quote: str, between: bytes = _BETWEEN) -> Assignment | None:
    at = start - 1
    limit = max(start - 48, 0)
    if quote and at > 0 and excerpt[at - 1 : at] in _PREFIXES:
        at -= 1
    stop = limit + len(excerpt[limit:at].rstrip(between))
    typed = _TYPED.search(excerpt, max(stop - 20, 0), stop)
    if typed is not None:
        stop = limit + len(excerpt[limit : typed.start()].rstrip(between))
    floor = max(stop - _LONGEST_NAME, 0)
    at = floor + len(excerpt[floor:stop].rstrip(_NAME_BYTES))
    if at == stop:
        return None
    name = excerpt[at:stop].decode("latin-1").strip(".-")
    return Assignment(name, value, start, quote, excerpt, at)


# What no match of a syntax goes across: nothing ahead of the last one can cover the hit, whose own bytes have none.
# The tag whose text the hit is in begins with it; the value of an attribute ends with it; an option is of one line.
_EDGES = {"xml": b"<", "attribute": b"<", "option": b"\n"}


@cache
def _expression(kind: str) -> re.Pattern[bytes]:
    """Return a syntax compiled by ``re``, ten times faster here than RE2, which keeps its speed only without groups."""
    return re.compile(BY_NAME[kind].read.encode())


def local(kind: str, excerpt: bytes, end: int) -> Assignment | None:
    """Return the assignment of another syntax that covers ``end``."""
    edge = _EDGES.get(kind)
    first = max(excerpt.rfind(edge, 0, end), 0) if edge is not None else 0
    for match in _expression(kind).finditer(excerpt.lower(), first):
        if match.start() >= end:
            break
        if end <= match.end():
            third = kind == "usercall" and match[1].startswith(_THIRD)
            start, stop = match.span(3 if third else 2)
            if start < 0:
                return None
            value = excerpt[start:stop].rstrip(b"\\;") if kind == "attribute" else excerpt[start:stop]
            name = "password" if kind in ("usercall", "account") else excerpt[slice(*match.span(1))].decode("latin-1")
            quote_before = chr(excerpt[start - 1]) if start and excerpt[start - 1] in b"\"'" else ""
            quote = "" if kind == "xml" else quote_before if kind in ("pair", "spaced") else '"'
            return Assignment(name, value, start, quote, excerpt, start)
    return None
