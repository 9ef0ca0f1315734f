"""How much a text looks made by chance: entropy, runs, and how far it is from words."""

from __future__ import annotations

import itertools
import math
from collections import Counter

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Bits that the second letter of a pair costs after the first (0 to 9), rows and columns a to z, counted over
# 49,000 words of Python sources and documentation.
_TABLE = """
74347758496343949232567669
35453678358266369445388958
37563683493467269453488969
36541567277466368445477869
46335558698443756223756469
36553379299466369444498859
47661753397454469335478988
28762797396556279453589859
55344549898441359433959695
28652689465666258738275979
46551656377465557535575969
37642679297377369744478949
25752788397547329846489979
37333527486675469732559979
65447559585432449244454799
28662775497377349243587949
67667688699365776445058999
37551658396545369434568959
48462674396466446732477859
37562683298567359344587848
44454559499342649333999799
26571779299767469666887979
27653673296573369336886799
45352586399546528652678558
56464558499343529533865866
38860686399657469655799967
"""
_COST = {
    first + second: int(digit)
    for first, row in zip(_LETTERS, _TABLE.split(), strict=True)
    for second, digit in zip(_LETTERS, row, strict=True)
}
_RUN = 6


def entropy(data: bytes) -> float:
    """Return the Shannon entropy of ``data`` in bits a byte; 0 for nothing."""
    size = len(data)
    return -sum(count / size * math.log2(count / size) for count in Counter(data).values()) if size else 0.0


def surprise(text: str) -> float:
    """Return the mean cost of a text's letter pairs: words and names lie near 3.5, random letters near 5.5.

    Case, digits and marks are passed over. 0 for fewer than two letters.
    """
    letters = [char for char in text.lower() if char in _LETTERS]
    if len(letters) < 2:
        return 0.0
    return sum(_COST[a + b] for a, b in itertools.pairwise(letters)) / (len(letters) - 1)


def is_made_up(text: str, run: int = _RUN) -> bool:
    """Whether a text holds a run of equal or of consecutive characters, as people type in examples."""
    equal = up = down = 1
    for before, char in itertools.pairwise(text):
        step = ord(char) - ord(before)
        equal = equal + 1 if step == 0 else 1
        up = up + 1 if step == 1 else 1
        down = down + 1 if step == -1 else 1
        if equal >= run or up >= run or down >= run:
            return True
    return False


def kinds_of_characters(text: str) -> int:
    """Return how many of these a text has: small letters, capitals, digits, others."""
    found = {0 if c.islower() else 1 if c.isupper() else 2 if c.isdigit() else 3 for c in text}
    return len(found)
