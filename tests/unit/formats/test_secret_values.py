from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.formats.secret_values import hidden_at, named_values
from imgscan.model.hidden import Hidden


def values_in(text: str) -> tuple[str, ...]:
    return tuple(text[start:stop] for start, stop in named_values(text))


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
    assert values_in(text) == values


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
    assert values_in(text) == ()


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    assert all(value in text for value in values_in(text))


@pytest.mark.parametrize(
    ("ahead", "value", "hidden"),
    [
        ("ENV DB_PASSWORD=", "xK9Qz81pWq", Hidden("xK9Qz81pWq")),
        ("ENV POSTGRES_PASSWORD=", "postgres", Hidden("postgres", "POSTGRES_PASSWORD=")),
        ("app --password ", "sommer", Hidden("sommer", '--password", "')),
        ("token: ", "/opt/app1", Hidden("/opt/app1", "token=")),
    ],
)
def test_a_value_is_hidden_behind_its_name_and_one_of_its_own_kind_anywhere(
    ahead: str, value: str, hidden: Hidden
) -> None:
    text = f"{ahead}{value} and more"

    assert hidden in set(hidden_at(text, len(ahead), len(ahead) + len(value)))


@pytest.mark.parametrize("value", ["postgres", "changeme", "/opt/app1", "admin", "a1"])
def test_a_word_or_path_is_hidden_behind_its_name_alone(value: str) -> None:
    assert all(item.before for item in hidden_at(f"PASSWORD={value}", 9, 9 + len(value)))
