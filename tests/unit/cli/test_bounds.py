"""Bounds given as words."""

from __future__ import annotations

import pytest

from imgscan.cli.bounds import limits_of, seconds_of
from imgscan.errors import UsageError
from imgscan.model.limits import Limits


@pytest.mark.parametrize(
    ("text", "value"),
    [("layers=7", 7), ("layers=1_000", 1000), ("layers=64K", 65536), ("layers=64MiB", 1 << 26), ("layers=2G", 1 << 31)],
)
def test_a_limit_is_a_number_with_or_without_a_unit(text: str, value: int) -> None:
    assert limits_of([text], Limits()).layers == value


def test_the_last_of_two_holds_and_the_others_stay() -> None:
    found = limits_of(["layers=7", "path-depth=9", "layers=8"], Limits(images=3))

    assert found == Limits(layers=8, path_depth=9, images=3)


def test_every_bound_has_a_name() -> None:
    for name in Limits.__struct_fields__:
        assert getattr(limits_of([f"{name}=12345"], Limits()), name) == 12345


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("layer=7", "no limit 'layer'; did you mean layers?"),
        ("=7", "no limit '=7'; there are: "),
        ("\x1b[m=7", "no limit '\\x1b[m'; there are: "),
        ("layers", "layers takes a whole number from 1 on, also 64MiB or 2G; not ''"),
        ("layers=0", "not '0'"),
        ("layers=-1", "not '-1'"),
        ("layers=1.5", "not '1.5'"),
        ("layers=1T", "not '1T'"),
        ("layers=\u0661", "layers takes"),
        ("layers=" + "9" * 40, "layers takes"),
    ],
)
def test_what_is_no_limit_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        limits_of([text], Limits())

    assert message in str(raised.value)


@pytest.mark.parametrize(("text", "seconds"), [(None, None), ("1", 1.0), ("0.5", 0.5)])
def test_a_timeout_is_seconds(text: str | None, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "1e300", "soon", ""])
def test_what_is_no_timeout_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--timeout takes seconds, a number above 0"):
        seconds_of(text)
