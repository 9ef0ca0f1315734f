from __future__ import annotations

import os
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from imgscan.fleet import scan_fleet
from imgscan.fleet.workers import ExecutorWorkers, LocalProcesses, usable_processors
from tests.integration.fleets import save_fleet, unique_layers


def test_an_executor_of_the_caller_s_does_the_work_and_is_left_to_the_caller(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as executor:
        report = scan_fleet(save_fleet(tmp_path / "in", 6), tmp_path / "out", workers=executor)
        assert executor.submit(len, "abc").result() == 3

    assert len(report.summary.images) == 6
    assert report.run.surveyed == unique_layers(6)


def test_slots_are_those_of_the_executor_where_it_says_so() -> None:
    with ThreadPoolExecutor(3) as executor:
        assert ExecutorWorkers(executor).slots == 3
        assert ExecutorWorkers(executor, 7).slots == 7
        assert ExecutorWorkers(executor).renew() is False


def test_processes_of_this_machine_do_tasks_and_begin_anew_where_one_was_lost() -> None:
    workers = LocalProcesses(1)
    try:
        pid = workers.submit("key", os.getpid).result()
        lost = workers.submit("key", os._exit, 1)
        with pytest.raises(BrokenExecutor):
            lost.result()
        assert workers.renew()
        assert workers.submit("key", os.getpid).result() not in (pid, os.getpid())
    finally:
        workers.close()


def test_there_is_a_processor_to_use() -> None:
    assert usable_processors() >= 1
    assert LocalProcesses().slots == usable_processors()
