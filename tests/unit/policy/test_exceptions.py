"""The file of exceptions: reason and owner are needed, dates are dates."""

from __future__ import annotations

import pytest

from imgscan.errors import UsageError
from imgscan.model.policy import Exemption
from imgscan.policy.exceptions import parse_exceptions

NEEDED = '[[exception]]\nrule = "setuid.*"\nreason = "su is needed"\nowner = "ops"\n'


def test_an_exception_is_read_whole() -> None:
    text = NEEDED + 'path = "/bin/*"\nimage = "app:*"\nfingerprint = "0123456789ab"\nexpires = 2026-12-31\n'

    assert parse_exceptions(text, "x") == (
        Exemption(
            rule="setuid.*",
            reason="su is needed",
            owner="ops",
            path="/bin/*",
            image="app:*",
            fingerprint="0123456789ab",
            expires="2026-12-31",
        ),
    )


def test_a_date_may_be_a_text_too() -> None:
    assert parse_exceptions(NEEDED + 'expires = "2026-12-31"', "x")[0].expires == "2026-12-31"


def test_a_file_without_exceptions_has_none() -> None:
    assert parse_exceptions("", "x") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[exceptions]]", "x: exceptions: no such key; did you mean exception?"),
        ('[[exception]]\nrule = "r"\nowner = "o"', "x: exception[1].reason: is missing"),
        ('[[exception]]\nrule = "r"\nreason = "o"', "x: exception[1].owner: is missing"),
        ('[[exception]]\nreason = "r"\nowner = "o"', "x: exception[1].rule: is missing"),
        (NEEDED + NEEDED.replace('"ops"', '" "'), "x: exception[2].owner: must be a text that is not blank"),
        (NEEDED + "expire = 2026-01-01", "x: exception[1].expire: no such key; did you mean expires?"),
        (NEEDED + "expires = 2026-01-01T00:00:00Z", "x: exception[1].expires: must be a date"),
        (NEEDED + "expires = '20260101'", "x: exception[1].expires: must be a date"),
        (NEEDED + "expires = '2026-02-30'", "x: exception[1].expires: must be a date"),
        (NEEDED + "expires = '2026-W1-01'", "x: exception[1].expires: must be a date"),
        (NEEDED + "expires = 20260101", "x: exception[1].expires: must be a date"),
        (NEEDED + "fingerprint = 'abc'", "x: exception[1].fingerprint: must be at least 12"),
        (NEEDED + "fingerprint = 'xyzxyzxyzxyz'", "x: exception[1].fingerprint: must be at least 12"),
    ],
)
def test_a_fault_names_the_exception(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_exceptions(text, "x")

    assert str(caught.value).startswith(message)
