"""Whether a source is a saved report: its first bytes say so, never its name."""

from __future__ import annotations

_HEAD_BYTES = 512


def looks_like_json(head: bytes) -> bool:
    """Whether the first 512 bytes of a file may begin a JSON object; those of a tar have NULs among them."""
    return head[:_HEAD_BYTES].lstrip(b" \t\r\n").startswith(b"{") and b"\0" not in head[:_HEAD_BYTES]
