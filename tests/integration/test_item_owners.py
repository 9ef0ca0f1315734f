"""Items of the inventory name the package that brought their file."""

from __future__ import annotations

from pathlib import Path

from imgscan import scan
from imgscan.testing import ImageBuilder, TarBuilder
from imgscan.testing.packages import debian, elf


def test_a_program_names_its_package_and_one_of_nobody_names_none(tmp_path: Path) -> None:
    tar = TarBuilder()
    for path, content in debian(("bash", "5.2", {"/usr/bin/bash": elf("bash")})).items():
        tar.file(path, content)
    tar.file("usr/bin/bash", elf("bash"), mode=0o755)
    tar.file("usr/local/bin/zsh", elf("zsh"), mode=0o755)
    archive = tmp_path / "image.tar"
    archive.write_bytes(ImageBuilder().layer(tar).docker_archive())

    shells = {item["path"]: item["package"] for item in scan(archive).inventory["shells"]}

    assert shells == {"/usr/bin/bash": "bash", "/usr/local/bin/zsh": None}
