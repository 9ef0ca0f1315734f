from __future__ import annotations

import threading

from imgscan.cli.headroom import watched_headroom


def test_without_a_limit_nothing_is_watched() -> None:
    called = threading.Event()
    before = threading.active_count()

    with watched_headroom(called.set):
        assert threading.active_count() == before

    assert not called.is_set()
