"""Remedies of one kind as one instruction: twenty times ``RUN rm -f`` are twenty layers."""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_ROWS = 40
"""How many arguments an instruction on the page has."""

# Words that a shell takes as they are, or in single quotes: anything else stays an instruction of its own.
_WORD = r"(?:'[^']*'|[A-Za-z0-9_@%+=:,./-]+)"
_SAME = re.compile(rf"(RUN (?:rm -f|rm -rf|chmod [ugoa]+[-=+][rwxst]*|setcap -r)) ({_WORD}(?: {_WORD})*)")
_WORDS = re.compile(_WORD)


def merged(remedies: Iterable[str]) -> tuple[list[str], int]:
    """Return remedies in their order, those of one command joined, and how many arguments were left out."""
    heads: dict[str, dict[str, None]] = {}
    for remedy in remedies:
        same = _SAME.fullmatch(remedy)
        result = heads.setdefault(same[1] if same else remedy, {})
        result.update(dict.fromkeys(_WORDS.findall(same[2])) if same else {})
    left = sum(max(len(words) - MAX_ROWS, 0) for words in heads.values())
    return [_instruction(head, list(words)[:MAX_ROWS]) for head, words in heads.items()], left


def _instruction(head: str, words: list[str]) -> str:
    if len(words) < 2:
        return " ".join((head, *words))
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(word) < 76:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return " \\\n    ".join((head, *lines)) if len(lines) > 1 else f"{head} {lines[0]}"
