"""What makes a second run of a fleet go on, and what makes it begin anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgscan import DirectoryStore
from imgscan.errors import UsageError
from imgscan.fleet.job import Job, prepared_job
from imgscan.model.options import ScanOptions


def prepared(tmp_path: Path, options: ScanOptions) -> Job:
    return prepared_job(Job(options=options, out=str(tmp_path)))


def test_a_store_processors_and_the_day_are_no_other_job(tmp_path: Path) -> None:
    plain = prepared(tmp_path, ScanOptions())
    others = ScanOptions(store=DirectoryStore(tmp_path / "store"), jobs=3, today="2026-01-02", timing=True)

    assert prepared(tmp_path, others).digest == plain.digest
    assert prepared(tmp_path, others).options.store is None


def test_other_analyzers_are_another_job(tmp_path: Path) -> None:
    assert prepared(tmp_path, ScanOptions(skip=("secrets",))).digest != prepared(tmp_path, ScanOptions()).digest


def test_one_image_cannot_be_chosen_for_all(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="whole fleet"):
        prepared(tmp_path, ScanOptions(image="one:latest"))
