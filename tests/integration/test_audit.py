"""A Debian 12 in small, as its packages make it and with things planted; on a real one: bench/planted.py."""

from __future__ import annotations

from collections import Counter
from hashlib import md5
from pathlib import Path
from typing import Any

from imgscan.testing import ImageBuilder, TarBuilder

from ..debian import EVIL, PROGRAMS, planted, pristine
from .made import save
from .support import imgscan


def report_of(tmp_path: Path, *layers: TarBuilder) -> dict[str, Any]:
    built = ImageBuilder(settings={"User": "root"})
    for number, layer in enumerate(layers):
        built.layer(layer, created_by=("debootstrap", "RUN /tmp/plant")[number])
    return imgscan(save(tmp_path / "image.tar", built.docker_archive()), "-f", "json").report


def grave(report: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (item["rule"], item["path"], item["severity"])
        for item in report["findings"]
        if item["severity"] in ("HIGH", "CRITICAL")
    }


def test_a_pristine_debian_has_no_stray_and_no_unexpected_file(tmp_path: Path) -> None:
    report = report_of(tmp_path, pristine())

    items = [*report["inventory"]["setuid"], *report["inventory"]["setgid"]]
    assert Counter(item["class"] for item in items) == {"expected": 15}
    assert grave(report) == set()
    assert report["inventory"]["integrity"] == [{"type": "deb", "files": 21, "matching": 21}]


def test_everything_planted_is_found_with_the_layer_that_planted_it(tmp_path: Path) -> None:
    told = planted().build()
    assert md5(EVIL, usedforsecurity=False).hexdigest().encode() in told

    report = report_of(tmp_path, pristine(), planted())

    assert grave(report) == {
        ("setuid.suid-file", "/usr/bin/python3.11", "CRITICAL"),
        ("setuid.suid-file", "/usr/lib/.dbus-helper", "CRITICAL"),
        ("programs.renamed-shell", "/usr/lib/.dbus-helper", "HIGH"),
        ("capabilities.file", "/usr/bin/perl", "CRITICAL"),
        ("integrity.modified", "/usr/bin/ls", "HIGH"),
        ("packages.record-rewritten", "/var/lib/dpkg/status", "HIGH"),
        ("permissions.world-writable-directory", "/usr/local/bin", "HIGH"),
    }
    by = {item["path"]: item["layer"]["created_by"] for item in report["findings"] if item["severity"] == "CRITICAL"}
    assert set(by.values()) == {"RUN /tmp/plant"}


def test_every_file_of_the_inventory_has_its_package(tmp_path: Path) -> None:
    report = report_of(tmp_path, pristine().directory("var/mail", mode=0o2775))

    sections = ("setuid", "setgid", "setgid_directories", "shells", "interpreters", "network_tools", "compilers")
    owners = {item["path"]: item["package"] for name in sections for item in report["inventory"][name]}
    expected = {path if path.startswith("/usr") else f"/usr{path}": package for path, _, _, package in PROGRAMS}
    assert owners.pop("/var/mail") is None  # no package of this database lists it
    assert len(owners) > 15
    assert owners == {path: expected[path] for path in owners}
