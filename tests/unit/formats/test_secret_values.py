from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.formats.secret_values import told_values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("ENV DB_PASSWORD=hunter22x", ("hunter22x",)),
        ("RUN |1 API_TOKEN=abc=defghi /bin/sh -c make", ("abc=defghi",)),
        ('ENV MY_SECRET_KEY="two words"', ("two words",)),
        ("RUN git clone https://bob:s3cr3tpw@host/x", ("s3cr3tpw",)),
        ('{"apiKey": "abcdef123"}', ("abcdef123",)),
    ],
)
def test_a_value_is_found_behind_a_name_that_tells(text: str, values: tuple[str, ...]) -> None:
    assert told_values(text) == values


@pytest.mark.parametrize(
    "text",
    [
        "ENV PATH=/usr/bin",
        "ENV DB_PASSWORD=$OTHER",
        "ENV TOKEN_FILE=/run/secrets/token",
        "ENV PASSWORD=short",
        "RUN make secret",
        "https://host:8080/x",
    ],
)
def test_what_is_no_value_is_left(text: str) -> None:
    assert told_values(text) == ()


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    assert all(value in text for value in told_values(text))
