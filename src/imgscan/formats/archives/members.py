"""Members of ar, cpio and rpm files out of their bytes; total: what is malformed ends the list.

Sources: ar(5) of FreeBSD; cpio(5) of libarchive (odc, newc and the binary form); rpm's "Package format" (lead,
signature, header, payload).
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import error, unpack_from

AR = b"!<arch>\n"
CPIO = (b"070701", b"070702", b"070707", b"\xc7\x71", b"\x71\xc7")
RPM = b"\xed\xab\xee\xdb"

_AR_HEADER, _RPM_LEAD, _RPM_HEADER = 60, 96, b"\x8e\xad\xe8\x01"
_TRAILER = b"TRAILER!!!"


class Members:
    """An archive's members; ``is_whole`` says once they were read whether the list ended where it should."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.is_whole = True

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of each regular member."""
        try:
            if self._data.startswith(AR):
                yield from self._ar()
            elif self._data.startswith(RPM):
                yield from self._rpm()
            else:
                yield from self._cpio()
        except (error, ValueError):
            self.is_whole = False

    def _ar(self) -> Iterator[tuple[str, bytes]]:
        data, at = self._data, len(AR)
        while at + _AR_HEADER <= len(data):
            name, size = data[at : at + 16].decode("latin-1").rstrip(" /"), int(data[at + 48 : at + 58])
            if data[at + 58 : at + 60] != b"`\n" or size < 0:
                raise ValueError("no header of ar")
            start = at + _AR_HEADER
            self.is_whole = start + size <= len(data)
            yield name, data[start : start + size]
            at = start + size + size % 2

    def _rpm(self) -> Iterator[tuple[str, bytes]]:
        data, at = self._data, _RPM_LEAD
        for padding in (8, 1):  # the signature ends at eight bytes, the header anywhere
            if not data.startswith(_RPM_HEADER, at):
                raise ValueError("no header of rpm")
            entries, size = unpack_from(">II", data, at + 8)
            at += 16 + 16 * entries + size
            at += -at % padding
        if at >= len(data):
            raise ValueError("no payload")
        yield "", data[at:]

    def _cpio(self) -> Iterator[tuple[str, bytes]]:
        data, at = self._data, 0
        while at < len(data):
            mode, size, name_size, start, pad = self._header(at)
            name = data[start : start + name_size].rstrip(b"\0")
            body = start + name_size
            body += -body % pad
            if name == _TRAILER:
                yield from self._behind(body + size)
                return
            self.is_whole = body + size <= len(data)
            if mode & 0o170000 == 0o100000 and size:
                yield name.decode("utf-8", "replace").removeprefix("./"), data[body : body + size]
            at = body + size
            at += -at % pad
        raise ValueError("no trailer")

    def _header(self, at: int) -> tuple[int, int, int, int, int]:
        """Return mode, sizes of content and name, where the name starts, and to what the parts are padded."""
        data = self._data
        if data.startswith((b"070701", b"070702"), at):
            mode, size, name_size = (int(data[at + index : at + index + 8], 16) for index in (14, 54, 94))
            return mode, size, name_size, at + 110, 4
        if data.startswith(b"070707", at):
            columns = ((18, 24), (65, 76), (59, 65))
            mode, size, name_size = (int(data[at + first : at + last], 8) for first, last in columns)
            return mode, size, name_size, at + 76, 1
        order = "<" if data.startswith(b"\xc7\x71", at) else ">" if data.startswith(b"\x71\xc7", at) else ""
        if not order:
            raise ValueError("no header of cpio")
        (mode,) = unpack_from(order + "H", data, at + 6)
        name_size, high, low = unpack_from(order + "3H", data, at + 20)
        return mode, high << 16 | low, name_size, at + 26, 2

    def _behind(self, at: int) -> Iterator[tuple[str, bytes]]:
        """Yield what follows the trailer: an initramfs is several archives, one after the other."""
        rest = self._data[at:].lstrip(b"\0")
        if len(rest) > 16:
            yield "", rest
