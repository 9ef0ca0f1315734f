from __future__ import annotations

from pathlib import Path

from imgscan.cli.processes import layer_processes
from imgscan.model.options import ScanOptions


def test_a_small_source_needs_no_processes(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"x")

    with layer_processes(str(tmp_path / "small"), ScanOptions(jobs=2)) as executor:
        assert executor is None


def test_one_worker_is_this_process(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 30)

    with layer_processes(str(tmp_path / "large"), ScanOptions(jobs=1)) as executor:
        assert executor is None
