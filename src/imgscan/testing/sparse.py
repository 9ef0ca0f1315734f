"""Sparse members in GNU tar's four formats. Source: GNU tar manual, "Storing Sparse Files"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from imgscan.testing.header import Text, extended_header, padded, pax_records, raw_text, tar_header, tar_number

SparseFormat: TypeAlias = Literal["old", "0.0", "0.1", "1.0"]
SPARSE_FORMATS: tuple[SparseFormat, ...] = ("old", "0.0", "0.1", "1.0")

_IN_HEADER = 4
_IN_EXTENSION = 21


def sparse_member(
    form: SparseFormat, name: Text, parts: Sequence[tuple[int, bytes]], size: int, mode: int = 0o644
) -> bytes:
    """Return the blocks of one sparse file of ``size`` bytes; ``parts`` are (offset, data), in order, without overlap.

    As GNU tar does, a hole at the end is marked by an empty part at ``size``; give it among ``parts`` to have it.
    """
    stored = b"".join(data for _, data in parts)
    spans = [(offset, len(data)) for offset, data in parts]
    if form == "old":
        return _old(name, spans, size, stored, mode)
    if form == "0.0":
        records = [(b"GNU.sparse.size", b"%d" % size), (b"GNU.sparse.numblocks", b"%d" % len(spans))]
        for offset, length in spans:
            records += [(b"GNU.sparse.offset", b"%d" % offset), (b"GNU.sparse.numbytes", b"%d" % length)]
        return _pax(records, name, stored, mode)
    if form == "0.1":
        listed = b",".join(b"%d,%d" % span for span in spans)
        records = [
            (b"GNU.sparse.name", raw_text(name)),
            (b"GNU.sparse.size", b"%d" % size),
            (b"GNU.sparse.numblocks", b"%d" % len(spans)),
            (b"GNU.sparse.map", listed),
        ]
        return _pax(records, b"GNUSparseFile.1/" + raw_text(name)[-80:], stored, mode)
    records = [
        (b"GNU.sparse.major", b"1"),
        (b"GNU.sparse.minor", b"0"),
        (b"GNU.sparse.name", raw_text(name)),
        (b"GNU.sparse.realsize", b"%d" % size),
    ]
    numbers = [len(spans), *(number for span in spans for number in span)]
    table = padded(b"".join(b"%d\n" % number for number in numbers))
    return _pax(records, b"GNUSparseFile.1/" + raw_text(name)[-80:], table + stored, mode)


def _pax(records: list[tuple[bytes, bytes]], name: Text, data: bytes, mode: int) -> bytes:
    header = tar_header(name, "pax", size=len(data), mode=mode)
    return extended_header(b"x", pax_records(records)) + header + padded(data)


def _old(name: Text, spans: list[tuple[int, int]], size: int, stored: bytes, mode: int) -> bytes:
    """Return typeflag S: four spans in the header, 21 in each extension block."""
    first, rest = spans[:_IN_HEADER], spans[_IN_HEADER:]
    # Bytes 345 to 386 hold times and an offset, then come the spans, whether more follow, and the real size.
    back = bytes(41) + _spans(first, _IN_HEADER) + bytes([bool(rest)]) + tar_number(size, 12)
    header = tar_header(name, "gnu", typeflag=b"S", size=len(stored), mode=mode, prefix=back[:155], tail=back[155:167])
    while rest:
        some, rest = rest[:_IN_EXTENSION], rest[_IN_EXTENSION:]
        header += padded(_spans(some, _IN_EXTENSION) + bytes([bool(rest)]))
    return header + padded(stored)


def _spans(spans: list[tuple[int, int]], room: int) -> bytes:
    written = b"".join(tar_number(offset, 12) + tar_number(length, 12) for offset, length in spans)
    return written.ljust(24 * room, b"\0")
