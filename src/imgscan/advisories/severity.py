"""How bad an advisory is: by CVSS where it has a vector, else by its source's word. The library cvss is wrapped here.

Sources: CVSS 3.1 section 5 and CVSS 4.0 section 6, "Qualitative Severity Rating Scale"; CVSS 2 has none: NVD's.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from imgscan.advisories.record import OsvRecord, Score
from imgscan.model.vulnerability import Rating

_WORDS = {
    "critical": Rating.CRITICAL,
    "high": Rating.HIGH,
    "important": Rating.HIGH,
    "medium": Rating.MEDIUM,
    "moderate": Rating.MEDIUM,
    "low": Rating.LOW,
    "minor": Rating.LOW,
    "negligible": Rating.NEGLIGIBLE,
    "unimportant": Rating.NEGLIGIBLE,
}
_SCALE = ((9.0, Rating.CRITICAL), (7.0, Rating.HIGH), (4.0, Rating.MEDIUM), (0.1, Rating.LOW))


def rating_of(record: OsvRecord, scores: Iterable[Score] | None, word: str) -> Rating:
    """Return the rating of what a record says of one package: ``scores`` and ``word`` are those of the package."""
    given = [*(scores or ()), *(record.severity or ())]
    points = [value for score in given if (value := _points(score.type, score.score)) is not None]
    if points:
        return rating_of_score(max(points))
    source_scores = [score.score for score in given if not score.type.startswith("CVSS")]
    details = record.database_specific.word() if record.database_specific is not None else ""
    # Errata of Red Hat and its kin begin with it: "Important: firefox security update".
    title = (record.summary or "").partition(":")[0]
    texts = (word, *source_scores, details, title)
    return next((rating for rating in map(rating_of_word, texts) if rating is not Rating.UNKNOWN), Rating.UNKNOWN)


def rating_of_word(text: str) -> Rating:
    """Return the rating that a source's own word means."""
    return _WORDS.get(text.strip().lower(), Rating.UNKNOWN)


def rating_of_score(points: float) -> Rating:
    """Return the rating of a CVSS base score."""
    return next((rating for least, rating in _SCALE if points >= least), Rating.NEGLIGIBLE)


@lru_cache(maxsize=65536)
def _points(version: str, vector: str) -> float | None:
    """Return the base score of a vector, None where it is none."""
    import cvss

    makers = {"CVSS_V2": cvss.CVSS2, "CVSS_V3": cvss.CVSS3, "CVSS_V4": cvss.CVSS4}
    maker = makers.get(version)
    if maker is None:
        return None
    try:
        return float(maker(vector[:400]).scores()[0])
    except (cvss.CVSSError, ValueError, ArithmeticError, KeyError):
        return None
