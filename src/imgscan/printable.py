"""Strings from an image made safe to show: one function, used by every writer and every error."""

from __future__ import annotations

import re

# C0 and C1 controls, DEL, lone surrogates (undecodable bytes), bidirectional and zero-width marks,
# line and paragraph separators, noncharacters (XML has no way to write two): all that moves a cursor or makes a text
# look like another.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufdd0-\ufdef\ufff0-\ufffb\ufffe\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # surrogateescape: the byte itself
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else "".join(f"\\x{byte:02x}" for byte in _utf8(match[0]))


def _utf8(char: str) -> bytes:
    return char.encode("utf-8", "surrogatepass")


def printable(text: str) -> str:
    r"""Return ``text`` with undecodable bytes, controls and invisible marks shown as ``\xNN``, byte by byte.

    Everything else, the backslash included, stays as it is. docs/report.md says so of every path of a report.
    """
    return text if text.isascii() and text.isprintable() else _UNSAFE.sub(_escaped, text)
