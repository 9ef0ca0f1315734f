"""Many texts are replaced as the expression of a few replaces them."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from imgscan.model.hidden import Hidden
from imgscan.report.hiding import Steps, expression, hiding, positions_of

TEXTS = st.text("ab-\u00e9", max_size=60)
VALUES = st.lists(st.text("ab-\u00e9", min_size=1, max_size=45), min_size=1, max_size=12)
AHEAD = st.lists(st.sampled_from(["", "", "a", "b-", " "]), min_size=12, max_size=12)


@given(VALUES, AHEAD, st.lists(TEXTS, max_size=3), st.data())
def test_many_texts_are_replaced_as_a_few_are(
    values: list[str], ahead: list[str], texts: list[str], data: st.DataObject
) -> None:
    places = positions_of(Hidden(value, before) for value, before in zip(values, ahead, strict=False))
    assume(places)
    text = data.draw(st.sampled_from(["", " ", "a"])).join([*texts, *data.draw(st.permutations(values)), *texts])

    assert Steps(places).sub("[secret]", text) == expression(places).sub("[secret]", text)


def test_ten_thousand_values_are_hidden_and_the_rest_stays_the_same_object() -> None:
    values = [f"value-{number:05}" for number in range(10_000)]
    hides = hiding(values)
    text = "value-1000 is none"

    assert hides is not None
    assert hides.sub("*", "a value-00001value-09999 value-10000") == "a ** value-10000"
    assert hides.sub("*", text) is text


def test_texts_that_are_too_short_hide_nothing() -> None:
    assert hiding(["", "a", "ab"]) is None
