"""Whether a text quotes a secret that is known by its hash and length alone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from imgscan.analyzers.secrets.facts import SecretFact
from imgscan.analyzers.secrets.hashing import keyed_hash

_BETWEEN_WORDS = re.compile(rb"""[\s"'`=:,;|&@<>()\[\]{}\\]+""")


def quotes_one(data: bytes, facts: Iterable[SecretFact]) -> bool:
    """Whether a word of ``data``, or one of its lines, is the value of one of the facts.

    Of a value that can be guessed the hash says little: another word of that length counts in one of 4096 cases.
    """
    hashes: dict[int, set[str]] = {}
    for fact in facts:
        hashes.setdefault(fact.length, set()).add(fact.hash)
    if not hashes:
        return False
    texts = {*_BETWEEN_WORDS.split(data), *data.split(b"\n"), *data.split()}
    for text in texts:
        known = hashes.get(len(text))
        if known and not known.isdisjoint((keyed_hash(text, True), keyed_hash(text, False))):
            return True
    return False
