"""Sdist and wheel: the same bytes whatever the folder, the times, the modes and the environment are."""

from __future__ import annotations

import importlib.util
import io
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from release.build import build, epoch_of

ROOT = Path(__file__).parents[2]
EPOCH = "1750000000"

needs_hatchling = pytest.mark.skipif(importlib.util.find_spec("hatchling") is None, reason="hatchling is not installed")


def small_copy(folder: Path) -> Path:
    """Return a checkout without version control and without most tests: how many files there are changes nothing."""
    copy = folder / "checkout"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "tests", "testdata", "__pycache__"))
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", copy)
    (copy / "tests").mkdir()
    (copy / "tests" / "run").write_text("#!/bin/sh\n")
    (copy / "tests" / "run").chmod(0o755)
    return copy


def built(source: Path, out: Path) -> dict[str, bytes]:
    out.mkdir()
    return {path.name: path.read_bytes() for path in build(source, out, EPOCH)}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of one build."""
    folder = tmp_path_factory.mktemp("first")
    return built(small_copy(folder), folder / "out")


@needs_hatchling
def test_two_builds_are_the_same_bytes(
    first: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = small_copy(tmp_path).rename(tmp_path / "another folder")
    for path in moved.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)
        os.utime(path, (1, 1))
    for name, value in {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "LC_ALL": "C", "HOME": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    before = os.umask(0o077)
    try:
        second = built(moved, tmp_path / "two")
    finally:
        os.umask(before)

    assert sorted(first) == sorted(second)
    assert [name.rpartition(".")[2] for name in sorted(first)] == ["whl", "gz"]
    assert first == second


@needs_hatchling
def test_the_wheel_of_the_sdist_is_the_wheel_of_the_checkout(first: dict[str, bytes], tmp_path: Path) -> None:
    (sdist,) = [data for name, data in first.items() if name.endswith(".tar.gz")]
    with tarfile.open(fileobj=io.BytesIO(sdist)) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (source,) = (tmp_path / "unpacked").iterdir()

    assert built(source, tmp_path / "two") == first


@needs_hatchling
def test_the_time_is_what_the_environment_says_and_what_lies_besides_stays_out(tmp_path: Path) -> None:
    copy = small_copy(tmp_path)
    commit = ["git", "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x", "--date=@1700000000 +0000"]
    for command in (["git", "init", "-q"], ["git", "add", "-A"], commit):
        environment = {**os.environ, "GIT_COMMITTER_DATE": "@1700000000 +0000"}
        subprocess.run(command, cwd=copy, check=True, env=environment)
    (copy / "src" / "imgscan" / "left_over.py").write_text("secret = 1\n")

    (wheel,) = [name for name in build(copy, tmp_path, epoch_of(copy)) if name.suffix == ".whl"]

    with zipfile.ZipFile(wheel) as archive:
        assert {member.date_time for member in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}
        assert "imgscan/left_over.py" not in archive.namelist()
        assert "imgscan/version.py" in archive.namelist()


def test_the_environment_says_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "5")
    assert epoch_of(tmp_path) == "5"
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert epoch_of(tmp_path) == "1580601600"
