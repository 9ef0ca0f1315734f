"""Elements of ASN.1 in DER, and of BER as far as key files use it: indefinite lengths, strings in parts.

Source: ITU-T X.690, sections 8.1 and 10.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from imgscan.errors import KeyFileError, Position

INTEGER, OCTETS, OID, SEQUENCE, CONTEXT_0 = 0x02, 0x04, 0x06, 0x30, 0xA0
_CONSTRUCTED = 0x20
_DEEPEST = 24
_MAX_ELEMENTS = 10_000


class Element(msgspec.Struct, frozen=True):
    """One element: its identifier octet, and where its content starts and stops in ``data``."""

    data: bytes
    tag: int
    start: int
    stop: int
    depth: int = 0

    @property
    def content(self) -> bytes:
        """The content octets."""
        return self.data[self.start : self.stop]

    def children(self) -> Iterator[Element]:
        """Yield the elements inside; raises KeyFileError as ``read_element``."""
        at = self.start
        while at < self.stop:
            child, at = read_element(self.data, at, self.stop, self.depth + 1)
            yield child

    def string(self) -> bytes:
        """Return the octets of a string, put together where it comes in parts; raises KeyFileError."""
        if not self.tag & _CONSTRUCTED:
            return self.content
        return b"".join(child.string() for child in self.children())

    def number(self) -> int:
        """Return the value of an INTEGER; raises KeyFileError for one of more than 8 bytes, or of none."""
        if self.tag != INTEGER or not 0 < self.stop - self.start <= 8:
            raise KeyFileError("no small INTEGER", Position(offset=self.start))
        return int.from_bytes(self.content, "big", signed=True)


def read_element(data: bytes, at: int = 0, stop: int | None = None, depth: int = 0) -> tuple[Element, int]:
    """Return the element at ``at`` and where it ends.

    Raises:
        KeyFileError: it is malformed, cut short, nested too deep, or its identifier has more than one octet.
    """
    end = len(data) if stop is None else stop
    if at + 2 > end or depth > _DEEPEST or data[at] & 0x1F == 0x1F:
        raise KeyFileError("no element of ASN.1", Position(offset=at))
    tag, first = data[at], data[at + 1]
    start = at + 2
    if first == 0x80:
        inside = _end_of_contents(data, start, end, depth)
        return Element(data, tag, start, inside, depth), inside + 2
    if first & 0x80:
        count = first & 0x7F
        start += count
        if count > 4 or start > end:
            raise KeyFileError("a length of ASN.1 that is too long", Position(offset=at))
        size = int.from_bytes(data[at + 2 : start], "big")
    else:
        size = first
    if start + size > end:
        raise KeyFileError("an element of ASN.1 that is cut short", Position(offset=at))
    return Element(data, tag, start, start + size, depth), start + size


def _end_of_contents(data: bytes, at: int, end: int, depth: int) -> int:
    """Return where the two zero octets are that end an indefinite length."""
    for _ in range(_MAX_ELEMENTS):
        if data[at : at + 2] == b"\0\0" and at + 2 <= end:
            return at
        _, at = read_element(data, at, end, depth + 1)
    raise KeyFileError("too many elements of ASN.1", Position(offset=at))
