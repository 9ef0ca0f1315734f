"""How much a text looks made by chance: entropy, runs, and how far it is from words."""

from __future__ import annotations

import math
import re
from collections import Counter
from operator import getitem

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
# By the second letter's byte in the row of the first's.
_ROWS = {
    ord(first): bytes(ord("a")) + bytes(map(int, row)) for first, row in zip(_LETTERS, _TABLE.split(), strict=True)
}
_NO_LETTERS = bytes(code for code in range(256) if chr(code) not in _LETTERS)
# Small letters, capitals, digits and others; of Latin-1.
_KINDS = "".join(
    "a" if c.islower() else "A" if c.isupper() else "0" if c.isdigit() else "." for c in map(chr, range(256))
)
_RUN = 6
_LONG, _VARIED = 32, 10
_KEYBOARD = re.compile(r"(?i)qwert|asdf|zxcv|1qaz|qazwsx|wsxedc|edcrfv")
_DISGUISES = str.maketrans("013457@$!", "oleastasi")
_SPELLED = 4.2  # stricter, since digits became letters: of 12 characters by chance one in thirty
# Of surprise. Measured over 14,034 names of 8 letters and more in Python's library, and 4,000 texts by chance of each kind:
# how many lie above.
#                      names   8 letters   12    20   16 letters and digits   32
NEARLY_WORDY = 4.1  #  3.9 %     98 %     99 %  all        99 %              all
UNLIKE_NAMES = 4.3  #  1.9 %     94 %     97 %  all        98 %              all
WORDY = 4.6  #         0.8 %     88 %     94 %  98 %       95 %             99 %
"""The surprise below which letters are words."""
CHANCE = 4.9  #        0.4 %     80 %     87 %  92 %       89 %             96 %
"""The surprise from which on letters are by chance, whatever their name says."""

# Of entropy in bits a character, as above over texts by chance: how many letters and digits, or hexadecimal digits, pass.
#                        10     16     20     24   32 hexadecimal
SHORT_BITS = 3.0  #     86 %   all    all    all       all
LONG_BITS = 3.3  #      47 %   all    all    all      99 %
SURE_BITS = 3.8  #       none  42 %   93 %   all       7 %


def entropy(data: bytes) -> float:
    """Return the Shannon entropy of ``data`` in bits a byte; 0 for nothing."""
    size = len(data)
    return -sum(count / size * math.log2(count / size) for count in Counter(data).values()) if size else 0.0


def surprise(text: str) -> float:
    """Return the mean cost of a text's letter pairs: words and names lie near 3.5, random letters near 5.5.

    Case, digits and marks are passed over. 0 for fewer than two letters.
    """
    letters = text.lower().encode("ascii", "ignore").translate(None, _NO_LETTERS)
    if len(letters) < 2:
        return 0.0
    # No loop of Python's own: this is asked of every value that stands behind a name like "token".
    return sum(map(getitem, map(_ROWS.__getitem__, letters), letters[1:])) / (len(letters) - 1)


def is_poor(text: str) -> bool:
    """Whether a long text has so few characters that differ as chance does not make: of 32 hexadecimal digits 14."""
    return len(text) >= _LONG and len(set(text)) < _VARIED


def is_spelled(text: str) -> bool:
    """Whether a text is words with letters spelled by digits and marks, or neighbours on a keyboard: people's passwords."""
    if _KEYBOARD.search(text):
        return True
    letters = text.strip("0123456789!?.$#@*_-").lower().translate(_DISGUISES)
    return 0 < len(text) <= 2 * len(letters) and surprise(letters) < _SPELLED


def is_made_up(text: str, run: int = _RUN) -> bool:
    """Whether a text holds a run of equal or of consecutive characters, as people type in examples."""
    codes = list(map(ord, text))
    # A run of so many holds one of every so many neighbours less one: look around these alone.
    for at in range(0, len(codes) - 1, run - 1):
        step = codes[at + 1] - codes[at]
        if -1 <= step <= 1 and _run_around(codes, at, step) >= run:
            return True
    return False


def _run_around(codes: list[int], at: int, step: int) -> int:
    """Return how many codes in a row rise by ``step``, the one at ``at`` and its next among them."""
    first, last = at, at + 1
    while first and codes[first] - codes[first - 1] == step:
        first -= 1
    while last + 1 < len(codes) and codes[last + 1] - codes[last] == step:
        last += 1
    return last - first + 1


def character_classes(text: str) -> int:
    """Return how many of these a text of Latin-1 has: small letters, capitals, digits, others."""
    return len(set(text.translate(_KINDS)))
