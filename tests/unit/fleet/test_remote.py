"""Images at addresses, in fsspec's own memory; those of a bucket are in tests/integration/test_fleet_s3.py."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import imgscan
from imgscan.errors import ArchiveError, UsageError
from imgscan.fleet import scan_fleet
from imgscan.fleet.remote import opened_remote, remote_stamp, within_remote
from imgscan.testing import ImageBuilder, oci_archive
from tests.integration.fleets import Here, image

fsspec = pytest.importorskip("fsspec", reason="fsspec (imgscan[fleet]) is not installed")


@pytest.fixture
def memory() -> Iterator[Any]:
    files = fsspec.filesystem("memory")
    files.store.clear()
    yield files
    files.store.clear()


def test_images_at_addresses_are_reported_on_as_files_are(memory: Any, tmp_path: Path) -> None:
    for number in range(3):
        memory.pipe(f"/images/app-{number}.tar", oci_archive(image(number)))
        (tmp_path / f"app-{number}.tar").write_bytes(oci_archive(image(number)))

    report = scan_fleet(["memory://images/"], tmp_path / "out", workers=Here())

    assert [item.source for item in report.summary.images] == [f"memory:///images/app-{n}.tar" for n in range(3)]
    assert report.run.surveyed == len({layer.digest for n in range(3) for layer in image(n).layers})
    for number, item in enumerate(report.summary.images):
        text = (tmp_path / "out" / item.reports["json"]).read_text()
        here = imgscan.write(imgscan.scan(tmp_path / f"app-{number}.tar")).decode()
        assert text.replace("memory:///images", str(tmp_path)) == here


def test_a_second_run_skips_what_did_not_change_in_the_store(memory: Any, tmp_path: Path) -> None:
    memory.pipe("/a.tar", image(0).docker_archive())
    memory.pipe("/b.tar", image(3).docker_archive())
    scan_fleet(["memory://a.tar", "memory://b.tar"], tmp_path, workers=Here())
    memory.pipe("/b.tar", image(6).docker_archive())

    report = scan_fleet(["memory://a.tar", "memory://b.tar"], tmp_path, workers=Here())

    assert (report.run.kept, report.run.sources) == (1, 1)


def test_an_archive_that_is_compressed_as_a_whole_is_read_once(memory: Any, tmp_path: Path) -> None:
    memory.pipe("/a.tar.gz", gzip.compress(image(0).docker_archive()))

    report = scan_fleet(["memory://a.tar.gz"], tmp_path, workers=Here())

    assert (len(report.summary.images), report.run.surveyed) == (1, 0)


def test_what_is_not_there_stops_no_other(memory: Any, tmp_path: Path) -> None:
    memory.pipe("/a.tar", ImageBuilder().layer({"a": (0o644, b"a")}).docker_archive())

    report = scan_fleet(["memory://none.tar", "memory://a.tar"], tmp_path, workers=Here())

    assert len(report.summary.images) == 1
    assert [item.source for item in report.summary.unread] == ["memory://none.tar"]


def test_folders_and_patterns_are_what_is_below_them(memory: Any) -> None:
    for name in ("/x/a.tar", "/x/deep/b.tar", "/x/README.md"):
        memory.pipe(name, b"x")

    assert list(within_remote("memory://x")) == ["memory:///x/a.tar", "memory:///x/deep/b.tar"]
    assert list(within_remote("memory://x/*.tar")) == ["memory:///x/a.tar"]
    assert list(within_remote("memory://x/a.tar")) == ["memory://x/a.tar"]


def test_an_address_of_a_kind_that_nobody_knows_or_that_does_not_answer_stops_no_other(
    memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object, path: str, **settings: object) -> None:
        raise TimeoutError("no answer")

    memory.pipe("/a.tar", image(0).docker_archive())
    memory.pipe("/x/a.tar", image(0).docker_archive())
    monkeypatch.setattr(type(memory), "find", refuse)
    (tmp_path / "list").write_text("nowhere://x\nmemory://x/\nmemory://a.tar\n")

    report = scan_fleet([tmp_path / "list"], tmp_path / "out", workers=Here())

    assert len(report.summary.images) == 1
    assert [item.source for item in report.summary.unread] == ["memory://x/", "nowhere://x"]
    assert "nowhere" in report.summary.unread[1].reason


def test_a_file_that_cannot_be_opened_is_the_archive_s_error(memory: Any) -> None:
    with pytest.raises(ArchiveError), opened_remote("memory://none"):
        pass
    with pytest.raises(ArchiveError):
        remote_stamp("memory://none")


def test_without_fsspec_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)

    with pytest.raises(UsageError, match=r"pip install imgscan\[fleet\]"):
        list(within_remote("s3://bucket/x.tar"))
