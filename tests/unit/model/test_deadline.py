"""The time that a scan may take."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from imgscan.errors import LimitError
from imgscan.model import deadline as module
from imgscan.model.deadline import Deadline


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(module, "time", found)
    return found


def test_without_seconds_it_is_never_over_and_progress_stays_as_it_is() -> None:
    counts: list[int] = []
    deadline = Deadline(None)

    deadline.check()

    assert (deadline.is_over(), deadline.left(), deadline.reading().left()) == (False, None, None)
    assert deadline.watching(counts.append) == counts.append
    assert deadline.watching(None) is None


def test_it_is_over_after_its_seconds(clock: Clock) -> None:
    deadline = Deadline(10)
    deadline.check()
    clock.now += 9

    assert (deadline.is_over(), deadline.left()) == (False, 1)
    clock.now += 1
    assert (deadline.is_over(), deadline.left()) == (True, 0)
    with pytest.raises(LimitError, match="timeout"):
        deadline.check()


def test_reading_ends_before_the_whole_does(clock: Clock) -> None:
    whole = Deadline(10)
    reading = whole.reading()
    clock.now += 8.5

    assert (reading.is_over(), whole.is_over()) == (True, False)


def test_read_bytes_are_told_until_it_is_over(clock: Clock) -> None:
    counts: list[int] = []
    tell = Deadline(10).watching(counts.append)
    assert tell is not None
    tell(5)
    clock.now += 10

    with pytest.raises(LimitError):
        tell(6)

    assert counts == [5]


def test_loops_of_short_steps_look_at_the_clock_now_and_then(clock: Clock) -> None:
    check = Deadline(10).often()
    assert check is not None
    clock.now += 10

    with pytest.raises(LimitError):
        _ask(check)


def test_loops_of_short_steps_do_not_end_in_time_and_ask_nothing_without_seconds(clock: Clock) -> None:
    check = Deadline(10).often()
    assert check is not None

    _ask(check)

    assert Deadline(None).often() is None


def _ask(check: Callable[[], None]) -> None:
    for _ in range(10_000):
        check()
