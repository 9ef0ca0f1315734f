from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

from imgscan.archive.blobs.directory_tar import tar_of_directory
from imgscan.model.problem import ProblemLog


def members(folder: Path) -> dict[str, tarfile.TarInfo]:
    data = b"".join(tar_of_directory(str(folder), ProblemLog("archive", 10)))
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {item.name: item for item in tar.getmembers()}


def test_a_folder_is_the_tar_that_tar_would_make_of_it(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir(mode=0o755)
    (tmp_path / "bin/su").write_bytes(b"x" * 1000)
    (tmp_path / "bin/su").chmod(0o4755)
    (tmp_path / "sh").symlink_to("bin/su")
    os.mkfifo(tmp_path / "pipe")

    found = members(tmp_path)

    assert found["bin"].isdir()
    assert (found["bin/su"].size, found["bin/su"].mode & 0o7777) == (1000, 0o4755)
    assert found["sh"].linkname == "bin/su"
    assert found["pipe"].isfifo()


def test_long_and_odd_names_come_through(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff" + b"n" * 200)
    (tmp_path / name).write_bytes(b"")

    assert name in members(tmp_path)
