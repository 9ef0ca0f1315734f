"""testdata holds only what code cannot build, one line of origin a file, and stays small."""

from __future__ import annotations

import csv

from .support import TESTDATA

MOST_BYTES = 8 * 1024 * 1024


def test_every_file_of_testdata_has_its_line_of_origin_and_every_line_its_file() -> None:
    with (TESTDATA / "ORIGINS.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    # An OCI layout is a folder, kept and named as one.
    kept = [path for path in TESTDATA.iterdir() if path.is_file() and path.name != "ORIGINS.tsv"]
    # Kept outputs are imgscan's own.
    folders = [folder for folder in TESTDATA.iterdir() if folder.is_dir() and folder.name != "golden"]
    kept += [path for folder in folders for path in folder.iterdir()]

    assert sorted(row["file"] for row in rows) == sorted(str(path.relative_to(TESTDATA)) for path in kept)
    assert all(row["repository"] and row["commit"] and row["path"] and row["license"] for row in rows)


def test_testdata_stays_small() -> None:
    assert sum(path.stat().st_size for path in TESTDATA.rglob("*") if path.is_file()) < MOST_BYTES
