"""Where the reading of a syntax begins: behind what no match goes across, with the same result as from the start."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.analyzers.secrets.assignment import local
from imgscan.analyzers.secrets.syntaxes import BY_NAME

PIECES = st.sampled_from([*b'< > " \' -- - [ key password token "> value=" abc1 ,'.split(b" "), b"\n", b" "])


def read_from_the_start(kind: str, excerpt: bytes, end: int) -> tuple[int, bytes] | None:
    for match in re.finditer(BY_NAME[kind].read.encode(), excerpt.lower()):
        if match.start() < end <= match.end():
            return match.start(2), excerpt[match.start(2) : match.end(2)]
    return None


@pytest.mark.parametrize("kind", ["attribute", "option"])
@given(pieces=st.lists(PIECES, max_size=40))
def test_what_stands_ahead_of_an_edge_changes_nothing(kind: str, pieces: list[bytes]) -> None:
    excerpt = b"".join(pieces)
    for hit in re.finditer(BY_NAME[kind].find.encode(), excerpt, re.IGNORECASE | re.MULTILINE):
        result = local(kind, excerpt, hit.end())
        expected = read_from_the_start(kind, excerpt, hit.end())
        assert (None if result is None else (result.start, result.value.rstrip(b"\\;"))) == (
            None if expected is None else (expected[0], expected[1].rstrip(b"\\;"))
        )


@pytest.mark.parametrize(
    ("kind", "excerpt", "value"),
    [
        ("attribute", b'<i a="x">none</i><b class="password">hunter22</b>', b"hunter22"),
        ("option", b"run --user root\n  --password hunter22\n", b"hunter22"),
    ],
)
def test_a_value_behind_another_of_its_syntax_is_read(kind: str, excerpt: bytes, value: bytes) -> None:
    result = local(kind, excerpt, excerpt.index(value) + 4)

    assert result is not None
    assert (result.name, result.value) == ("password", value)
