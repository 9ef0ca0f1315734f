"""What the bytes around a hit say: whether they are text."""

from __future__ import annotations

_TEXT_BYTES = bytes(code for code in range(256) if (code >= 32 and code != 127) or code in b"\t\r\n\x0c\x1b")


def is_text(excerpt: bytes, end: int) -> bool:
    """Whether the bytes around ``end`` are text in any encoding of single bytes: no controls but white space."""
    around = excerpt[max(end - 64, 0) : end + 32]
    return not around.translate(None, _TEXT_BYTES)
