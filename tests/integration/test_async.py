"""Scans beside an event loop: it goes on, cancelling a task ends the scan, a deadline does too."""

from __future__ import annotations

import asyncio
import io
import logging
import time
from pathlib import Path
from threading import Event, active_count, current_thread

import pytest

import imgscan
from imgscan import Engine, Progress, ScanOptions
from imgscan.testing import ImageBuilder, TarBuilder

OPTIONS = ScanOptions(analyzers=("setuid", "programs"), jobs=1)
LAYER = TarBuilder().file("bin/su", b"su", mode=0o4755).build()
ARCHIVE = ImageBuilder().layer(LAYER).layer(TarBuilder().file("a", b"a").build()).docker_archive()


class Slow(io.BytesIO):
    """An upload that waits for leave to go on; it says when it is being read."""

    def __init__(self) -> None:
        super().__init__(ARCHIVE)
        self.reading, self.leave = Event(), Event()

    def read(self, size: int | None = -1, /) -> bytes:
        self.reading.set()
        self.leave.wait(20)
        return super().read(size)


def test_the_loop_goes_on_while_an_image_is_scanned() -> None:
    file = Slow()

    async def main() -> imgscan.Report:
        task = asyncio.create_task(imgscan.scan_async(file, OPTIONS))
        while not file.reading.is_set():
            await asyncio.sleep(0)  # other tasks run
        file.leave.set()
        return await task

    assert asyncio.run(main()) == imgscan.scan(io.BytesIO(ARCHIVE), OPTIONS)


def test_many_scans_of_one_engine_run_at_once() -> None:
    engine = Engine(OPTIONS)

    async def main() -> list[imgscan.Report]:
        return await asyncio.gather(*(engine.scan_async(ARCHIVE) for _ in range(5)))

    assert asyncio.run(main()) == [engine.scan(ARCHIVE)] * 5


def test_progress_is_told_in_the_loops_own_thread() -> None:
    threads, told = set(), list[Progress]()

    async def main() -> None:
        def tell(news: Progress) -> None:
            threads.add(current_thread())
            told.append(news)

        await imgscan.scan_async(ARCHIVE, OPTIONS, tell)
        threads.add(current_thread())

    asyncio.run(main())

    assert len(threads) == 1
    assert told[0].stage is imgscan.Stage.READ


def test_a_task_that_is_cancelled_ends_the_scan_before_it_goes_on() -> None:
    file, before = Slow(), active_count()

    async def main() -> bool:
        task = asyncio.create_task(imgscan.scan_async(file, OPTIONS))
        while not file.reading.is_set():
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0.01)
        task.cancel()  # an impatient caller
        await asyncio.sleep(0.01)
        waited = not task.done()
        file.leave.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        file.close()  # nobody reads it any more
        return waited

    assert asyncio.run(main())
    assert active_count() == before


def test_a_timeout_of_asyncio_ends_the_scan() -> None:
    file = Slow()

    async def main() -> None:
        async with asyncio.timeout(0.02):
            asyncio.get_running_loop().call_later(0.1, file.leave.set)
            await imgscan.scan_async(file, OPTIONS)

    with pytest.raises(TimeoutError):
        asyncio.run(main())


def test_errors_and_cancels_of_the_caller_come_through() -> None:
    cancel = Event()
    cancel.set()

    with pytest.raises(imgscan.Cancelled):
        asyncio.run(imgscan.scan_async(ARCHIVE, OPTIONS, cancel=cancel))
    with pytest.raises(imgscan.InputError):
        asyncio.run(imgscan.scan_async(b"PK\x03\x04" + bytes(600), OPTIONS))


def test_a_deadline_that_has_come_ends_the_scan_by_an_error_of_its_own() -> None:
    with pytest.raises(imgscan.DeadlineExceeded, match="deadline came"):
        imgscan.scan(ARCHIVE, OPTIONS, deadline=time.monotonic() - 1)
    with pytest.raises(imgscan.Cancelled):  # one clause for both
        Engine(OPTIONS).scan_all(ARCHIVE, deadline=time.monotonic() - 1)


def test_a_deadline_that_comes_while_it_is_read_ends_the_scan() -> None:
    moment = time.monotonic() + 0.05

    def wait(news: Progress) -> None:
        while time.monotonic() < moment:
            pass

    with pytest.raises(imgscan.DeadlineExceeded):
        imgscan.scan(ARCHIVE, OPTIONS, wait, deadline=moment)


def test_a_deadline_far_away_changes_nothing() -> None:
    report = imgscan.scan(ARCHIVE, OPTIONS, deadline=time.monotonic() + 600)

    assert report == imgscan.scan(ARCHIVE, OPTIONS)


def test_a_cancel_beside_a_deadline_is_no_deadline() -> None:
    cancel = Event()
    cancel.set()

    with pytest.raises(imgscan.Cancelled) as caught:
        imgscan.scan(ARCHIVE, OPTIONS, cancel=cancel, deadline=time.monotonic() + 600)

    assert type(caught.value) is imgscan.Cancelled


def test_every_image_of_an_archive_streams(tmp_path: Path) -> None:
    events = list(imgscan.iter_scan_all(ARCHIVE, OPTIONS))

    reports = [event for event in events if isinstance(event, imgscan.Report)]
    assert tuple(reports) == imgscan.scan_all(ARCHIVE, OPTIONS)
    assert [type(event) for event in events[:2]] == [imgscan.LayerDone] * 2
    assert [event for event in events if isinstance(event, imgscan.Finding)] == list(reports[0].findings)
    assert list(Engine(OPTIONS).iter_scan_all(ARCHIVE)) == events


def test_the_log_says_what_is_done_and_nothing_to_who_does_not_ask(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    imgscan.scan(ARCHIVE, OPTIONS)
    assert capsys.readouterr().err == ""

    with caplog.at_level(logging.DEBUG, "imgscan"):
        imgscan.scan(ARCHIVE, OPTIONS)

    assert {record.name for record in caplog.records} == {"imgscan"}
    said = [record.getMessage().partition(":")[0] for record in caplog.records]
    assert said[:2] == ["<bytes>", "layer 1 of 2 was read"]


def test_the_time_of_each_analyzer_is_there_where_it_was_asked_for() -> None:
    timed = imgscan.scan(ARCHIVE, ScanOptions(analyzers=("setuid", "programs"), timing=True))

    assert timed.timing is not None
    stages = {stage.stage: {item.id for item in stage.analyzers} for stage in timed.timing}
    assert {"setuid", "programs"} <= stages["conclude"]
    assert "setuid" in stages["read"]
    assert stages["merge"] == set()
    assert imgscan.scan(ARCHIVE, OPTIONS).timing is None
    assert imgscan.write(timed) != b""
