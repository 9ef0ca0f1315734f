from __future__ import annotations

import signal

from imgscan.cli.timeout import longest, watchdog


def test_a_scan_is_ended_well_after_its_deadline() -> None:
    assert longest(2) == 7
    assert longest(100) == 150


def test_a_scan_that_heeds_its_deadline_is_not_ended() -> None:
    called: list[int] = []
    former = signal.getsignal(signal.SIGALRM)
    with watchdog(0.001, lambda: called.append(1)):
        assert signal.getsignal(signal.SIGALRM) is not former

    assert called == []
    assert signal.getsignal(signal.SIGALRM) is former


def test_without_a_deadline_nothing_is_set() -> None:
    with watchdog(None, lambda: None):
        pass
