"""masked(): the beginning of a content as text to show, with nothing in it that is secret or acts on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from imgscan.printable import printable

PREVIEW_BYTES = 64 * 1024
_LINES = 400
_COLUMNS = 400
_ROW = 16
_ROWS = 64
_MASK = b"*"


def masked(data: bytes, spans: Iterable[tuple[int, int]]) -> str:
    """Return text, or for a binary a dump of its first bytes; ``spans`` (offset, length) are replaced by stars.

    The whole of a secret's bytes goes, also those that are not letters: its length is in the report, too.
    """
    hidden = bytearray(data[:PREVIEW_BYTES])
    for offset, length in spans:
        stop = min(offset + length, len(hidden))
        if 0 <= offset < stop:
            hidden[offset:stop] = _MASK * (stop - offset)
    shown = bytes(hidden)
    text = _dump(shown) if b"\0" in shown else _text(shown)
    return text + ("\n(the rest is left out)" if len(data) > PREVIEW_BYTES else "")


def _text(data: bytes) -> str:
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    shown = [printable(line.replace("\t", "    "))[:_COLUMNS] for line in lines[:_LINES]]
    return "\n".join(shown) + (f"\n(and {len(lines) - _LINES} lines more)" if len(lines) > _LINES else "")


def _dump(data: bytes) -> str:
    rows = []
    for at in range(0, min(len(data), _ROW * _ROWS), _ROW):
        piece = data[at : at + _ROW]
        letters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in piece)
        rows.append(f"{at:08x}  {piece.hex(' '):<{_ROW * 3}} {letters}")
    return "\n".join(rows)
