"""Which version is the newer one. The cases are those of dpkg's and rpm's own documentation and tests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.formats.packages.versions import newer

RISING = {
    "deb": ["1.0~~", "1.0~~a", "1.0~", "1.0", "1.0a", "1.0+b", "1.1", "1.9", "1.10-1", "1.10-1+b1", "1.10-2", "1:0.1"],
    "rpm": ["1.0~rc1", "1.0", "1.0^git1", "1.0.1", "1.9", "1.10-1.el8", "1.10-2.el8", "2.0", "2.0.1", "1:0.1"],
    "apk": ["1.1_alpha1", "1.1_rc2", "1.1-r0", "1.1-r3", "1.1.24-r0", "1.2.0-r0"],
    "pypi": ["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.1", "1.10", "1!0.5", "1!1.0rc1", "2!0.1"],
    "alpm": ["1.0-1", "1.0-2", "3.0-1", "1:0.5-1"],
    "npm": ["1.0.0-alpha.1", "1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0"],
    "golang": ["v1.2.0", "v1.10.0"],
}


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [(kind, old, new) for kind, rising in RISING.items() for at, old in enumerate(rising) for new in rising[at + 1 :]],
)
def test_the_later_version_is_newer_and_the_earlier_is_not(kind: str, old: str, new: str) -> None:
    assert newer(kind, old, new) is True
    assert newer(kind, new, old) is False


@pytest.mark.parametrize(("kind", "one", "other"), [("deb", "1.0", "1.00"), ("deb", "0:1", "1"), ("rpm", "1.0", "1_0")])
def test_versions_that_order_alike_are_not_newer(kind: str, one: str, other: str) -> None:
    assert newer(kind, one, other) is None


@given(st.sampled_from([*RISING, "other"]), st.text(max_size=30), st.text(max_size=30))
def test_any_two_texts_are_ordered_one_way(kind: str, one: str, other: str) -> None:
    forth, back = newer(kind, one, other), newer(kind, other, one)

    assert back is (None if forth is None else not forth)
