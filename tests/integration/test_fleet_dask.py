"""A fleet on a Dask cluster of two workers, one of which is killed midway."""

from __future__ import annotations

from pathlib import Path

import pytest

import imgscan
from imgscan import UsageError
from imgscan.fleet import DaskWorkers, FleetProgress, scan_fleet

from .clusters import cluster
from .fleets import save_fleet, unique_layers
from .support import imgscan as run_imgscan

pytest.importorskip("distributed", reason="distributed (imgscan[fleet]) is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # of the cluster's own libraries

COUNT = 200


def test_a_cluster_loses_nothing_where_a_worker_is_killed_and_surveys_each_layer_once(tmp_path: Path) -> None:
    paths = save_fleet(tmp_path / "in", COUNT)
    out = tmp_path / "out"
    with cluster(tmp_path) as running:
        workers = DaskWorkers(running.address)
        killed: list[int] = []

        def progress(at: FleetProgress) -> None:
            if at.images >= COUNT // 3 and not killed:
                running.workers[0].kill()
                killed.append(at.images)

        try:
            report = scan_fleet([tmp_path / "in"], out, workers=workers, progress=progress)
        finally:
            workers.close()
        again = run_imgscan("fleet", tmp_path / "in", "--out", out, "--engine", f"dask:{running.address}")

    assert killed
    assert killed[0] < COUNT
    assert len(report.summary.images) == len(paths)
    assert report.summary.unread == ()
    assert report.run.surveyed == unique_layers(COUNT)
    assert len([path for path in (out / "facts").rglob("*") if path.is_file()]) == unique_layers(COUNT)
    for item in report.summary.images[::5]:
        assert (out / item.reports["json"]).read_bytes() == imgscan.write(imgscan.scan(item.source))
    assert again.code == 0
    assert f"{COUNT} images; {COUNT} were finished before" in again.text


def test_a_scheduler_that_does_not_answer_is_told() -> None:
    with pytest.raises(UsageError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        DaskWorkers("tcp://127.0.0.1:9", seconds=0.2)


def test_without_an_address_none_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)

    with pytest.raises(UsageError, match="takes the address of a scheduler"):
        DaskWorkers()
