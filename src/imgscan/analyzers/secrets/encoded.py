"""Secrets inside an encoding: base64, hexadecimal and percent runs in text, found by what telling words become in it.

Base64 packs three bytes into four characters, so that a word has three looks: one for each offset in its group.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from urllib.parse import unquote_to_bytes

from imgscan.analyzers.secrets.structure import decode_base64
from imgscan.formats.archives.inflated import MAGICS, inflated
from imgscan.model.interest import Pattern

# Worth decoding for: how secrets begin, as they are written.
_EXACT = (
    b"-----BEGIN ", b"ghp_", b"gho_", b"ghs_", b"ghu_", b"github_pat_", b"glpat-", b"AKIA", b"ASIA", b"AIza", b"xoxb-", b"xoxp-", b"xapp-",
    b"sk-ant-", b"sk-proj-", b"sk_live_", b"rk_live_", b"whsec_", b"npm_", b"pypi-", b"dckr_pat_", b"hvs.", b"hvb.", b"AGE-SECRET-KEY-",
    b"ATATT", b"shpat_", b"dop_v1_", b"lin_api_", b"ya29.", b"eyJhbGci", b"AccountKey=", b"SharedAccess", b"PuTTY-User",
    b"postgres://", b"postgresql://", b"mysql://", b"mariadb://", b"mongodb://", b"mongodb+srv://", b"redis://", b"rediss://",
    b"amqp://", b"amqps://", b"jdbc:", b"mssql://", b"ftp://", b"smtp://", b"ldap://", b'"auth":', b'{"auths":', b"Authorization",
    b"authorization", b"H4sIA",
)  # fmt: skip
# Names of what is secret, in small letters, in capitals and with a capital first.
_WORDS = (
    b"passw", b"passphrase", b"secret", b"token", b"api_key", b"apikey", b"api-key", b"accesskey", b"access_key",
    b"access-key", b"privatekey", b"private_key", b"account_key", b"credential", b"db_pass", b"_pass=", b"pwd=", b"_pwd",
    b"connectionstring", b"connection_string", b"signingkey", b"signing_key", b"encryption_key", b"webhook",
)  # fmt: skip
_CAMEL = (
    b"apiKey",
    b"ApiKey",
    b"accessKey",
    b"AccessKey",
    b"privateKey",
    b"PrivateKey",
    b"connectionString",
    b"ConnectionString",
)
# Of PowerShell's encoded commands, and of settings of Windows: UTF-16.
_WIDE = (b"passw", b"Passw", b"PASSW", b"secret", b"Secret", b"SECRET", b"token", b"Token", b"TOKEN", b"SecureString")
_MIN_SIZE = 5  # characters of base64 to search for: four stand in words
# The first character that a word decides alone, in its group of four, by the bytes of the group before the word.
_FIRST_OWN = (0, 2, 3)


def _looks() -> dict[bytes, int]:
    """Return the characters of base64 that each word decides, and where in a group of four they begin."""
    words = [*_EXACT, *_CAMEL, *(form for word in _WORDS for form in (word, word.upper(), word.capitalize()))]
    words += [word.decode().encode("utf-16-le")[:-1] for word in _WIDE]
    result: dict[bytes, int] = {}
    for word in words:
        for pad, first in enumerate(_FIRST_OWN):
            for text in _look(word, pad, first):
                result[text] = first
    result[b"H4sIA"] = 0  # gzip
    # What begins as another does is a hit of that one.
    sizes = sorted({len(text) for text in result})
    return {
        text: first
        for text, first in result.items()
        if not any(text[:size] in result for size in sizes if size < len(text))
    }


def _look(word: bytes, pad: int, first: int) -> list[bytes]:
    """Return the characters that a word decides alone behind ``pad`` bytes; of a short one also with what follows: a
    digit or a letter, whose first bits are 00 or 01.
    """
    text = base64.b64encode(b"\0" * pad + word)[first : (pad + len(word)) * 8 // 6]
    if len(text) >= _MIN_SIZE:
        return [text]
    return [base64.b64encode(b"\0" * pad + word + next_byte)[first : first + _MIN_SIZE] for next_byte in (b"0", b"P")]


_LOOKS = _looks()

BASE64 = Pattern(
    id="encoded:base64",
    expression="|".join(re.escape(text.decode()) for text in sorted(_LOOKS)),
    before=2048,
    after=8192,
)
HEX = Pattern(
    id="encoded:hex",
    expression="(?:2d2d2d2d2d424547494e20|70617373776f7264|50415353574f5244|6170695f6b6579|4150495f4b4559|736563726574|534543524554|6768705f|414b4941)[0-9a-f]{12}",
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

_RUNS = {
    # The alphabet of addresses too (RFC 4648, section 5).
    BASE64.id: re.compile(
        rb"[A-Za-z0-9+/_-]+(?:(?:\\r?\\n|\\\r?\n[ \t]{0,8}|\r?\n[ \t]{0,16})[A-Za-z0-9+/_-]+)*={0,2}"
    ),
    HEX.id: re.compile(rb"[0-9a-fA-F]+"),
    PERCENT.id: re.compile(rb"[A-Za-z0-9_.~%+/=:-]+"),
}
_BY_ID = {item.id: item for item in PATTERNS}
_JOINTS = re.compile(rb"\\r|\\n|\\?\s")
_SHORTEST = 16  # characters of a run that is looked into
_MAX_LENGTH = 1 << 20  # bytes of what was compressed in a run


@cache
def _first(pattern: str) -> re.Pattern[bytes]:
    """Return what finds a pattern's first word in a run; compiled once one is seen, which most images do not have."""
    item = _BY_ID[pattern]
    return re.compile(item.expression.encode(), re.IGNORECASE if item.ignore_case else 0)


def decoded(pattern: str, excerpt: bytes, end: int) -> tuple[bytes, int, int] | None:
    """Return what the run around ``end`` decodes to, where the run starts and its length; None when it does not.

    Only the first telling word in a run answers: the others are in what it decodes to.
    """
    for run in _RUNS[pattern].finditer(excerpt):
        if run.start() < end <= run.end():
            first = _first(pattern).search(excerpt, run.start())
            if first is None or first.end() != end:
                return None
            start = run.start()
            if pattern == BASE64.id:
                # The run may begin farther back, or with what is none of it: the groups of four are the word's.
                ahead = len(_JOINTS.sub(b"", excerpt[start : first.start()]))
                start += (ahead - _LOOKS[first[0]]) % 4 if ahead >= _LOOKS[first[0]] else 0
            text = excerpt[start : run.end()]
            data = _decode(pattern, text) if len(text) >= _SHORTEST else None
            return (data, start, run.end() - start) if data else None
        if run.start() >= end:
            break
    return None


def _decode(pattern: str, text: bytes) -> bytes | None:
    if pattern == PERCENT.id:
        # A form's blanks are plus signs; where blanks are %20 a plus sign is one.
        return unquote_to_bytes(text if b"%20" in text else text.replace(b"+", b" "))
    if pattern == HEX.id:
        return bytes.fromhex(text[: len(text) // 2 * 2].decode("ascii"))
    joined = _JOINTS.sub(b"", text).rstrip(b"=")
    return unpacked(decode_base64(joined if len(joined) % 4 != 1 else joined[:-1]))


def unpacked(data: bytes | None) -> bytes | None:
    """Return what was encoded as text: inflated where it is compressed, UTF-16 as UTF-8."""
    if data is None:
        return None
    if data.startswith(MAGICS):
        return inflated(data, _MAX_LENGTH)[0] or data
    if len(data) >= 16 and data[1::2].count(0) > len(data) * 0.4:
        return data.decode("utf-16-le", "replace").encode("utf-8", "replace")
    return data
