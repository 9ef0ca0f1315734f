"""Packages, integrity and SUID files end to end: a pristine image and the same image tampered with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from imgscan.testing import ImageBuilder, TarBuilder
from imgscan.testing.packages import debian, elf

from .support import ALPINE, imgscan

BASH = b"\x7fELF..BASH_VERSION..GNU bash"
TOOLS = {"/bin/ls": elf("ls"), "/bin/bash": BASH, "/bin/su": elf("su"), "/usr/bin/python3.11": elf("python")}
MODES = {"/bin/su": 0o4755}
RELEASE = b"ID=debian\nVERSION_ID=13\n"


def base() -> TarBuilder:
    """Return a merged-/usr Debian of four programs."""
    tar = TarBuilder().directory("usr/bin/").symlink("bin", "usr/bin").file("etc/os-release", RELEASE)
    for path, content in TOOLS.items():
        where = "usr" + path if path.startswith("/bin") else path[1:]
        tar.file(where, content, mode=MODES.get(path, 0o755))
    for name, content in debian(("util-linux", "2.38", TOOLS)).items():
        tar.file(name, content)
    return tar


def report(tmp_path: Path, *layers: TarBuilder) -> dict[str, Any]:
    image = ImageBuilder()
    for number, layer in enumerate(layers):
        image.layer(layer, created_by=f"RUN step {number}")
    path = tmp_path / "image.tar"
    path.write_bytes(image.docker_archive())
    return imgscan(path, "-f", "json", "-a", "setuid,packages,integrity").report


def told(found: dict[str, Any], lowest: str = "MEDIUM") -> set[tuple[str, str, str]]:
    ranks = ["INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
    return {
        (item["severity"], item["rule"], item["path"])
        for item in found["findings"]
        if ranks.index(item["severity"]) >= ranks.index(lowest)
    }


def test_a_pristine_image_has_nothing_to_look_at(tmp_path: Path) -> None:
    found = report(tmp_path, base())

    assert told(found) == set()
    assert [item["class"] for item in found["inventory"]["setuid"]] == ["expected"]
    assert found["inventory"]["integrity"] == [{"type": "deb", "files": 4, "matching": 4}]


def test_each_planted_fault_is_found(tmp_path: Path) -> None:
    evil = {**TOOLS, "/bin/ls": elf("evil")}
    planted = TarBuilder().file("usr/bin/ls", elf("evil"), mode=0o755)
    planted.file("var/lib/dpkg/info/util-linux.md5sums", debian(("util-linux", "2.38", evil))[_SUMS])
    planted.file("usr/bin/python3.11", elf("python"), mode=0o4755)
    planted.file("usr/local/bin/.helper", BASH, mode=0o4755)
    planted.file("usr/bin/stray", elf("stray"), mode=0o4755)
    found = report(tmp_path, base(), planted)

    assert told(found) == {
        ("CRITICAL", "setuid.suid-file", "/usr/bin/python3.11"),
        ("CRITICAL", "setuid.suid-file", "/usr/local/bin/.helper"),
        ("HIGH", "setuid.suid-file", "/usr/bin/stray"),
        ("HIGH", "integrity.modified", "/usr/bin/ls"),
        ("HIGH", "packages.record-rewritten", "/var/lib/dpkg/status"),
        ("MEDIUM", "integrity.unowned-system-program", "/usr/bin/stray"),
    }
    modified = next(item for item in found["findings"] if item["rule"] == "integrity.modified")
    assert modified["evidence"]["list_rewritten_in"] == [1]
    assert modified["layer"]["created_by"] == "RUN step 1"


_SUMS = "var/lib/dpkg/info/util-linux.md5sums"


def test_a_real_alpine_image_is_as_its_packages_made_it() -> None:
    found = imgscan(ALPINE, "-f", "json", "-a", "setuid,packages,integrity").report

    assert len(found["inventory"]["packages"]) == 14
    assert found["inventory"]["integrity"] == [
        {"type": "apk", "configuration": 1, "files": 78, "matching": 70, "not_hashed": 7}
    ]
    assert found["inventory"]["setuid"] == found["inventory"]["setgid"] == []
    assert told(found) == {("HIGH", "packages.end-of-life", "/etc/os-release")}
    assert {skip["count"] for skip in found["coverage"]["skipped"]} == {1, 7}
