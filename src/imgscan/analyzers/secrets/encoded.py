"""Secrets inside an encoding: base64, hexadecimal and percent runs in text, found by what a secret's beginning becomes."""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote_to_bytes

from imgscan.analyzers.secrets.structure import decode_base64
from imgscan.model.interest import Pattern

# Beginnings worth decoding for; short ones of few letters would match by chance.
_BEGINNINGS = (
    b"-----BEGIN ", b"ghp_", b"gho_", b"ghs_", b"github_pat_", b"glpat-", b"AKIA", b"xoxb-", b"xoxp-", b"sk-ant-", b"sk-proj-", b"sk_live_", b"npm_", b"pypi-",
    b"dckr_pat_", b"hvs.", b"AGE-SECRET-KEY-", b"postgres://", b"postgresql://", b"mysql://", b"mongodb://", b"mongodb+srv://",
    b"redis://", b"amqp://", b"password", b"PASSWORD", b"aws_secret", b"AWS_SECRET", b"client_secret", b"DB_PASS", b"SECRET_KEY",
)  # fmt: skip
_LEAST = 7  # characters of base64 that the beginning decides alone


def _aligned() -> tuple[str, ...]:
    """Return the base64 of each beginning at offset 0 of a group, and of the PEM header at the two others."""
    found = [base64.b64encode(text)[: len(text) * 8 // 6].decode() for text in _BEGINNINGS]
    for pad in (1, 2):
        text = base64.b64encode(b"\0" * pad + b"-----BEGIN ")
        found.append(text[pad + 1 : (pad + 11) * 8 // 6].decode())
    return tuple(item for item in found if len(item) >= 5)


BASE64 = Pattern(
    id="encoded:base64",
    expression="(?:" + "|".join(re.escape(item) for item in _aligned()) + ")[A-Za-z0-9+/]{16}",
    before=2048,
    after=8192,
)
HEX = Pattern(
    id="encoded:hex",
    expression="(?:2d2d2d2d2d424547494e20|70617373776f7264|6768705f|414b4941)[0-9a-f]{24}",
    before=512,
    after=8192,
    ignore_case=True,
)
PERCENT = Pattern(
    id="encoded:percent",
    expression=r"-----BEGIN(?:%20|\+)[A-Z]|%3a%2f%2f[A-Za-z0-9_.~-]{1,60}%3a[A-Za-z0-9_.~%-]{3,80}%40",
    before=128,
    after=8192,
    ignore_case=True,
)
PATTERNS = (BASE64, HEX, PERCENT)

_FIRST = {item.id: re.compile(item.expression.encode(), re.IGNORECASE if item.ignore_case else 0) for item in PATTERNS}
_RUNS = {
    BASE64.id: re.compile(rb"[A-Za-z0-9+/]+(?:(?:\\n|\r?\n[ \t]{0,8})[A-Za-z0-9+/]+)*={0,2}"),
    HEX.id: re.compile(rb"[0-9a-fA-F]+"),
    PERCENT.id: re.compile(rb"[A-Za-z0-9_.~%+/=:-]+"),
}


def decoded(pattern: str, excerpt: bytes, end: int) -> tuple[bytes, int, int] | None:
    """Return what the run around ``end`` decodes to, where the run starts and its length; None when it does not.

    Only the first beginning in a run answers: the others are in what it decodes to.
    """
    for run in _RUNS[pattern].finditer(excerpt):
        if run.start() < end <= run.end():
            first = _FIRST[pattern].search(excerpt, run.start())
            if first is None or first.end() != end:
                return None
            start = run.start()
            if start == 0 and pattern == BASE64.id:  # the run may begin farther back: groups of four are the match's
                start = first.start() % 4
            data = _decode(pattern, excerpt[start : run.end()])
            return (data, start, run.end() - start) if data else None
        if run.start() >= end:
            break
    return None


def _decode(pattern: str, text: bytes) -> bytes | None:
    if pattern == PERCENT.id:
        return unquote_to_bytes(text.replace(b"+", b" "))
    if pattern == HEX.id:
        return bytes.fromhex(text[: len(text) // 2 * 2].decode("ascii"))
    joined = re.sub(rb"\\n|\s", b"", text)
    return decode_base64(joined[: len(joined) // 4 * 4])
