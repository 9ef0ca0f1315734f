"""Short texts searched together: one scan of many, each hit mapped to its text and held against that alone."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from imgscan.matching.multipattern import Hit, Scan
from imgscan.model.observed import Match
from imgscan.survey.patterns import PatternSet

_SEAM = b"\n"
_NULS_AS_LINES = bytes.maketrans(b"\0", _SEAM)


class TextHit(NamedTuple):
    """A hit: the text by its position, the pattern's number, the analyzer by position and what it is given."""

    position: int
    number: int
    analyzer: int
    match: Match


class JoinedTexts:
    """Texts with a line end between and around them; NULs read as line ends, since fields are filled with them.

    ``bases`` are the offsets at which the texts begin. Of the first one, hits up to the offset ``known`` are known from
    an earlier scan; an ``is_open`` last one goes on, and hits too near its end wait for what follows.
    """

    def __init__(self, texts: Sequence[bytes], bases: Sequence[int], known: int = -1, is_open: bool = False) -> None:
        self.text = _SEAM.join((b"", *texts, b"")).translate(_NULS_AS_LINES)
        self._bases = bases
        self._known = known
        self._is_open = is_open
        self._sizes = list(map(len, texts))

    def hits(self, ends: list[Hit], patterns: PatternSet, again: Scan, full: Container[int] = ()) -> Iterator[TextHit]:
        """Yield those of a scan's hits that lie in one text: with ``again`` each is searched for in that alone.

        Patterns in ``full``, which may grow meanwhile, are left out.
        """
        # Made here, since most batches have no hit: in a layer of small files each has ten thousand texts.
        starts = list(accumulate((size + len(_SEAM) for size in self._sizes), initial=len(_SEAM)))
        last: dict[int, int] = {}
        for end, number in sorted(ends):
            position = bisect_left(starts, end) - 1
            if not 0 <= position < len(starts) - 1:
                continue
            start, stop = starts[position], starts[position + 1] - len(_SEAM)
            inside = min(end, stop)
            offset = self._bases[position] + inside - start
            if number in full or last.get(number) == inside or (position == 0 and offset <= self._known):
                continue
            if self._is_open and position == len(starts) - 2 and inside + patterns.after > stop:
                continue
            analyzer, name, before, after, _ = patterns.hit_values(number)
            first = max(inside - before, start)
            ahead = _SEAM if first == start else self.text[first - 1 : first]
            if (1 + end - first, number) not in again(ahead + self.text[first : inside + 1]):
                continue
            last[number] = inside
            excerpt = self.text[first : min(inside + after, stop)]
            # A line, though it says nothing here: without one analyzers take the bytes for a program's.
            yield TextHit(position, number, analyzer, Match(name, offset, offset - (inside - first), excerpt, 1))
