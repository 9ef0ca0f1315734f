from __future__ import annotations

import pytest

from imgscan.advisories.record import OsvRecord, Score
from imgscan.advisories.severity import rating_of, rating_of_score, rating_of_word
from imgscan.model.vulnerability import Rating

V3 = Score("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
V4 = Score("CVSS_V4", "CVSS:4.0/AV:L/AC:H/AT:P/PR:H/UI:A/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N")
V2 = Score("CVSS_V2", "AV:N/AC:L/Au:N/C:P/I:P/A:P")


@pytest.mark.parametrize(("score", "rating"), [(V3, Rating.CRITICAL), (V4, Rating.LOW), (V2, Rating.HIGH)])
def test_a_vector_decides(score: Score, rating: Rating) -> None:
    assert rating_of(OsvRecord(id="X", severity=(score,)), (), "low") is rating


def test_the_highest_of_several_counts() -> None:
    assert rating_of(OsvRecord(id="X", severity=(V4,)), (V3,), "") is Rating.CRITICAL


@pytest.mark.parametrize("vector", ["", "CVSS:3.1/AV:N", "CVSS:9.9/AV:N", "x" * 1000])
def test_a_vector_that_is_none_leaves_it_to_the_word(vector: str) -> None:
    record = OsvRecord(id="X", severity=(Score("CVSS_V3", vector),))

    assert rating_of(record, (), "important") is Rating.HIGH
    assert rating_of(record, (), "") is Rating.UNKNOWN


def test_the_title_of_an_erratum_says_how_bad_it_is() -> None:
    assert rating_of(OsvRecord(id="ALSA-1", summary="Moderate: bash security update"), (), "") is Rating.MEDIUM
    assert rating_of(OsvRecord(id="X", summary="moderately bad: no"), (), "") is Rating.UNKNOWN
    assert rating_of(OsvRecord(id="X", severity=(Score("Ubuntu", "negligible"),)), (), "") is Rating.NEGLIGIBLE


def test_the_bounds_of_the_scale() -> None:
    scores = (10.0, 9.0, 8.9, 7.0, 6.9, 4.0, 3.9, 0.1, 0.0)

    assert [rating_of_score(score).value[0] for score in scores] == list("CCHHMMLLN")
    assert rating_of_word(" Critical ") is Rating.CRITICAL
    assert rating_of_word("dreadful") is Rating.UNKNOWN
