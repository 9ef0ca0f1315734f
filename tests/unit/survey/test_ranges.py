"""Ranges of long contents: what an analyzer gets, however the layer was cut and whoever else asks."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.analyzers.api import Analyzer
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding, Item
from imgscan.model.interest import Buffer, Interest
from imgscan.model.limits import Limits
from imgscan.model.observed import Content
from imgscan.model.observer import Data
from imgscan.rootfs.view import ImageView
from imgscan.testing import TarBuilder, compress, survey, tar_of

SIZE = 5000
CONTENT = Random(1).randbytes(SIZE)


def tail(prefix: Buffer, size: int) -> tuple[tuple[int, int], ...]:
    return ((size - 10, size),)


def middle_and_tail(prefix: Buffer, size: int) -> tuple[tuple[int, int], ...]:
    start = prefix[0] * 8  # the prefix decides
    return ((start, start + 100), (start + 50, start + 200), (size - 5, size + 50))


def broken(prefix: Buffer, size: int) -> tuple[tuple[int, int], ...]:
    raise ValueError("a plan of another package that is wrong")


class Reader:
    """Tells all that it is shown."""

    version = 1

    def __init__(self, name: str = "reader", **interest: object) -> None:
        self.id = name
        self.interest = Interest(names=frozenset({"long"}), **interest)  # type: ignore[arg-type]  # fields of the test's choice

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        yield {
            "data": bytes(content.view).hex(),
            "more": [[offset, bytes(piece).hex()] for offset, piece in content.more],
            "whole": content.whole,
            "size": content.size,
            "cut": content.cut,
        }

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        yield from ()


def seen(layer: bytes, *analyzers: Analyzer, chunk_bytes: int = 1 << 20, content_bytes: int = SIZE) -> list[Data]:
    facts = survey(layer, *analyzers, chunk_bytes=chunk_bytes, limits=Limits(content_bytes=content_bytes))
    assert facts.problems == ()
    return [facts.facts[analyzer.id][0].data for analyzer in analyzers]


def expected(bound: int, *ranges: tuple[int, int], content: bytes = CONTENT) -> Data:
    return {
        "data": content[:bound].hex(),
        "more": [[first, content[first:last].hex()] for first, last in ranges],
        "whole": bound >= len(content),
        "size": len(content),
        "cut": False,
    }


LAYER = tar_of({"a": b"x" * 700, "long": CONTENT, "z": b"y"})


@given(st.integers(1, 6000), st.sampled_from(["none", "gzip", "zstd"]))
def test_what_is_kept_does_not_depend_on_windows_or_compression(chunk: int, compression: str) -> None:
    layer = compress(LAYER, compression)  # type: ignore[arg-type]  # one of the words
    start = CONTENT[0] * 8

    (found,) = seen(layer, Reader(max_content_bytes=100, ranges=middle_and_tail), chunk_bytes=chunk)

    pieces: Any = found["more"]
    assert found["data"] == CONTENT[:100].hex()
    assert b"".join(bytes.fromhex(piece) for _, piece in pieces) == CONTENT[start : start + 200] + CONTENT[-5:]


def test_a_content_that_is_whole_in_the_prefix_has_no_ranges() -> None:
    (found,) = seen(LAYER, Reader(max_content_bytes=SIZE, ranges=tail))

    assert found == expected(SIZE)


def test_each_analyzer_sees_what_it_would_see_alone() -> None:
    readers = [
        Reader("one", max_content_bytes=100, ranges=tail),
        Reader("two", max_content_bytes=300, ranges=middle_and_tail),
        Reader("three", max_content_bytes=300),
        Reader("four", max_content_bytes=4999, ranges=tail),
        Reader("five", max_content_bytes=6000),
        Reader("six"),
    ]

    together = seen(LAYER, *readers)

    assert together == [seen(LAYER, reader)[0] for reader in readers]
    assert together[0] == expected(100, (SIZE - 10, SIZE))
    assert together[3] == expected(4999, (4999, SIZE))
    assert together[4] == expected(SIZE)


def test_ranges_stop_at_the_bound_on_all_content() -> None:
    (found,) = seen(LAYER, Reader(max_content_bytes=100, ranges=tail), content_bytes=104)

    assert found == expected(100, (SIZE - 10, SIZE - 6))


def test_a_plan_that_raises_asks_for_nothing() -> None:
    (found,) = seen(LAYER, Reader(max_content_bytes=100, ranges=broken))

    assert found == expected(100)


def test_holes_are_zeros_in_prefix_and_ranges() -> None:
    layer = TarBuilder().sparse("1.0", "long", [(0, b"ab"), (4996, b"yz"), (5000, b"")], 5000).build()
    content = b"ab" + bytes(4994) + b"yz" + bytes(2)

    (found,) = seen(layer, Reader(max_content_bytes=10, ranges=tail))

    assert found == expected(10, (4990, 5000), content=content)


@pytest.mark.parametrize("cut", [50, 4992])
def test_a_content_cut_short_has_what_came(cut: int) -> None:
    layer = LAYER[: LAYER.index(CONTENT[:64]) + cut]

    facts = survey(layer, Reader(max_content_bytes=100, ranges=tail))
    (fact,) = facts.facts["reader"]

    assert fact.data["cut"]
    assert fact.data["data"] == CONTENT[: min(cut, 100)].hex()
    assert fact.data["more"] == ([] if cut == 50 else [[SIZE - 10, CONTENT[SIZE - 10 : cut].hex()]])


def test_what_is_derived_from_a_content_is_made_once() -> None:
    made: list[int] = []

    def derive(content: Content) -> int:
        made.append(content.size)
        return content.size

    content = Content(memoryview(b"abc"), 3)

    assert [content.derived(derive), content.derived(derive)] == [3, 3]
    assert made == [3]
    assert content.data == b"abc"


def test_a_range_in_the_middle_of_which_another_ones_ends_comes_in_one_piece() -> None:
    one = Reader("one", ranges=lambda prefix, size: ((1000, 2000),))
    other = Reader("other", ranges=lambda prefix, size: ((500, 1500), (1800, 1900)))

    assert seen(LAYER, one, other, chunk_bytes=100) == [
        expected(0, (1000, 2000)),
        expected(0, (500, 1500), (1800, 1900)),
    ]
