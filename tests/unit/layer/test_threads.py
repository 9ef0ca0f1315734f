"""Threads beside the caller: they end, and their errors come out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from hashlib import sha256

import pytest

from imgscan.layer.threads import Digester, Prefetched


def failing(count: int) -> Iterator[int]:
    yield from range(count)
    raise ValueError("from the source")


def test_items_come_in_order() -> None:
    with Prefetched(range(1000), 3) as items:
        assert list(items) == list(range(1000))


def test_no_items_are_none() -> None:
    nothing: tuple[int, ...] = ()
    with Prefetched(nothing, 3) as items:
        assert list(items) == []


@pytest.mark.parametrize("count", [0, 1, 10])
def test_an_error_comes_out_where_it_would_have(count: int) -> None:
    found = []
    with Prefetched(failing(count), 3) as items:
        iterator = iter(items)
        for _ in range(count):
            found.append(next(iterator))
        with pytest.raises(ValueError, match="from the source"):
            next(iterator)

    assert found == list(range(count))


def test_closing_early_ends_the_thread() -> None:
    before = threading.active_count()

    with Prefetched(iter(range(1_000_000)), 2) as items:
        assert next(iter(items)) == 0

    assert threading.active_count() == before


def test_closing_without_reading_ends_the_thread() -> None:
    before = threading.active_count()

    Prefetched(iter(range(1_000_000)), 1).close()

    assert threading.active_count() == before


def test_closing_after_an_error_that_nobody_saw_ends_the_thread() -> None:
    before = threading.active_count()

    Prefetched(failing(5), 10).close()

    assert threading.active_count() == before


@pytest.mark.parametrize("pieces", [0, 1, 2, 50])
def test_a_digester_digests_all_pieces(pieces: int) -> None:
    digester = Digester()
    for number in range(pieces):
        digester.update(b"%d" % number * 1000)

    expected = sha256(b"".join(b"%d" % number * 1000 for number in range(pieces))).hexdigest()
    assert digester.digest() == f"sha256:{expected}"


def test_a_digester_names_its_algorithm() -> None:
    assert Digester("sha512").digest().startswith("sha512:cf83e1357eefb8bd")


def test_a_closed_digester_has_ended_its_thread() -> None:
    before = threading.active_count()
    digester = Digester()
    for _ in range(5):
        digester.update(bytes(100))

    digester.close()
    digester.close()

    assert threading.active_count() == before
