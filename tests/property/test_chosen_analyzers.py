"""A finding never depends on which other analyzers ran: each analyzer alone says what it says in the full run."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from imgscan.analyzers.registry import BUILTIN_IDS
from imgscan.engine import scan
from imgscan.model.finding import Finding
from imgscan.model.options import ScanOptions
from imgscan.report.document import Report
from imgscan.testing import ImageBuilder, TarBuilder, program
from imgscan.testing.packages import ELF
from tests.golden import MADE, SAMPLE
from tests.unit.analyzers.golang.test_analyzer import INFO, NOTE

ROOT = Path(__file__).parents[2]


def everything() -> ImageBuilder:
    """Return an image in which each analyzer has something to say, and indexes have much to look up."""
    base = TarBuilder().directory("tmp", mode=0o777).directory("etc/init.d")
    base.file("etc/os-release", b"ID=alpine\nVERSION_ID=3.10.9\nPRETTY_NAME='Alpine Linux v3.10'\n")
    base.file("etc/passwd", b"root:$1$salt$0123456789abcdefghijkl:0:0::/root:/bin/sh\napp:x:100:100::/app:/bin/sh\n")
    base.file("etc/group", b"root:x:0:\napp:x:100:\n").file("etc/sudoers", b"app ALL=(ALL) NOPASSWD: ALL\n")
    base.file("etc/ssh/sshd_config", b"PermitRootLogin yes\n").file("usr/sbin/sshd", program(), mode=0o755)
    base.file("lib/apk/db/installed", b"C:Q1\nP:su\nV:1\nF:bin\nR:su\na:0:0:4755\nZ:Q1kAqPzIJ3hlCSkBy+qA=\n\n")
    base.file("bin/su", program(imports=["execve"], rpath="/tmp"), mode=0o4755).file("bin/sh", program(), mode=0o755)
    base.file("usr/bin/wget", program(), mode=0o755).file("usr/bin/gcc", program(needed=["libgone.so"]), mode=0o755)
    base.file("etc/init.d/app", b"#!/bin/sh\nexec /usr/bin/wget\n", mode=0o777)
    base.file("app/.env", b"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI4K7MDENGhPxRfiCYzQ81LkeyT0p\n", mode=0o666)
    base.file("etc/apt/sources.list", b"deb [trusted=yes] http://example.test/debian stable main\n").fifo("var/pipe")
    base.file("usr/bin/server", ELF + NOTE + INFO, mode=0o755)
    base.file("srv/bom.json", b'{"bomFormat":"CycloneDX","components":[{"purl":"pkg:apk/alpine/gone@1"}]}')
    base.file("usr/local/bin/node", program() + b"\0node v20.11.1\0", mode=0o755)
    top = TarBuilder().file("bin/su", program(), mode=0o6755).whiteout("etc/sudoers")
    top.file("var/lib/apt/lists/index", b"Package: x\n").file("usr/lib/libcopy.so", program(), mode=0o755)
    settings = {"User": "app", "Entrypoint": ["/etc/init.d/app"], "Env": ["PATH=/bin:/usr/bin", "LD_PRELOAD=/a.so"]}
    image = ImageBuilder(("example.test/all:latest",), settings=settings)
    return image.layer(base, created_by="ADD rootfs.tar /").layer(top, created_by="RUN apt-get update")


IMAGES = {"alpine-3.10": None, **MADE, "everything": everything, "empty": lambda: ImageBuilder().layer({})}


@cache
def report_of(image: str, analyzer: str | None) -> Report:
    """Return the report of the full run, or of one analyzer's."""
    options = ScanOptions(analyzers=None if analyzer is None else (analyzer,))
    build = IMAGES[image]
    if build is None:
        return scan(ROOT / SAMPLE, options)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "image.tar"
        path.write_bytes(build().docker_archive())
        return scan(path, options)


def of_analyzer(report: Report, analyzer: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.analyzer == analyzer]


@pytest.mark.parametrize("image", IMAGES)
@pytest.mark.parametrize("analyzer", BUILTIN_IDS)
def test_an_analyzer_alone_finds_what_it_finds_in_the_full_run(analyzer: str, image: str) -> None:
    alone, full = report_of(image, analyzer), report_of(image, None)

    assert of_analyzer(alone, analyzer) == of_analyzer(full, analyzer)
    assert [problem for problem in alone.problems if problem not in full.problems] == []


@pytest.mark.parametrize("image", IMAGES)
def test_the_inventory_of_the_full_run_is_that_of_its_analyzers_in_their_order(image: str) -> None:
    found: dict[str, list[dict[str, object]]] = defaultdict(list)
    for analyzer in BUILTIN_IDS:
        for section, items in report_of(image, analyzer).inventory.items():
            found[section] += items

    assert {section: tuple(items) for section, items in found.items()} == report_of(image, None).inventory


@pytest.mark.parametrize("analyzer", BUILTIN_IDS)
def test_the_images_give_every_analyzer_something_to_say(analyzer: str) -> None:
    # Two that would say nothing anywhere would be equal for nothing.
    reports = [report_of(image, analyzer) for image in IMAGES]

    assert any(of_analyzer(report, analyzer) or any(report.inventory.values()) for report in reports)
