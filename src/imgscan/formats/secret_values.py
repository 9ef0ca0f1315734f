"""Values that a text gives to a name which says that they are secret; what is certain without any rule."""

from __future__ import annotations

import re

_TEXT_CHARS = 1 << 16
_SHORTEST = 6
_NAMED = re.compile(
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|api_?key|access_?key|private_?key|credential)s?[\w.-]{0,40}"
    r"[\"']?\s{0,3}[=:]\s{0,3}(?:\"([^\"\n]{1,400})\"|'([^'\n]{1,400})'|([^\s\"';&|]{1,400}))",
    re.IGNORECASE,
)
_IN_URL = re.compile(r"://[^\s/:@]{1,100}:([^\s/@]{1,200})@")


def told_values(text: str) -> tuple[str, ...]:
    """Return the values of ``PASSWORD=...``, ``token: ...`` and of credentials in URLs, from 6 characters on.

    References to variables and paths are no values. Of a longer text the first 64 Ki characters are looked at.
    """
    head = text[:_TEXT_CHARS]
    found = [next(group for group in match.groups() if group) for match in _NAMED.finditer(head)]
    found += [match[1] for match in _IN_URL.finditer(head)]
    return tuple(value for value in found if len(value) >= _SHORTEST and value[0] not in "$/{<%")
