"""The HTML report in a real browser: it works, and no text of an image does."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

import imgscan
from imgscan.model.vulnerability import Rating, Vulnerabilities, Vulnerability
from imgscan.printable import printable
from imgscan.report.html import write
from imgscan.report.writers import Style
from imgscan.testing import ImageBuilder, TarBuilder
from tests.unit.report.html.structure import Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")

SCRIPT = "<script>document.title='pwned'</script>"
IMAGE = "\"><img src=x onerror=document.title='pwned'>"
NAMES = (SCRIPT.replace("/", ""), IMAGE, "-->{{7*7}}", "\x1b[31mred\u202etxt.exe")
VALUES = (SCRIPT, IMAGE, "</style></title><svg onload=document.title='pwned'>", "javascript:document.title='pwned'")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the page of an image whose names, labels, settings and instructions are markup."""
    path = tmp_path_factory.mktemp("hostile") / "image.tar"
    layer = TarBuilder()
    for number, name in enumerate(NAMES):
        layer = layer.file(f"usr/bin/{number}{name}", b"#!/bin/sh\n", mode=0o4777)
    settings = {
        "User": SCRIPT,
        "Env": [f"{value}={value}" for value in VALUES],
        "Cmd": list(VALUES),
        "Labels": {value: value for value in VALUES},
        "ExposedPorts": {value: {} for value in VALUES},
        "WorkingDir": IMAGE,
    }
    image = ImageBuilder(references=(), settings=settings).layer(layer, created_by=f"RUN {SCRIPT} {IMAGE}")
    path.write_bytes(image.docker_archive())
    return write((imgscan.scan(path),), Style())


def seen(data: bytes, folder: Path) -> tuple[str, str]:
    """Return the document as a browser has it after scripts ran, and what it logged."""
    path = folder / "report.html"
    path.write_bytes(data)
    options = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --enable-logging=stderr".split()
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [str(CHROMIUM), *options, profile, "--virtual-time-budget=3000", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=180, check=True)
    return done.stdout.decode(), done.stderr.decode(errors="replace")


def test_no_script_of_the_image_runs_and_its_texts_are_shown_neutralised(report: bytes, tmp_path: Path) -> None:
    document, log = seen(report, tmp_path)
    found = Page(document.encode())

    assert found.faults == []
    assert "pwned</title>" not in document
    for text in (*(f"/usr/bin/{number}{name}" for number, name in enumerate(NAMES)), *VALUES):
        assert printable(text) in found.text
    assert not any(char in found.text for char in "\x1b\u202e")
    assert "Content Security Policy" not in log


def test_the_script_of_the_page_runs(report: bytes, tmp_path: Path) -> None:
    before = b'data-filter data-noun="findings" aria-label="Filter findings"'
    assert b" hidden " + before in report

    document, _ = seen(report, tmp_path)

    start = document.index('<form class="filter"')
    assert "hidden" not in document[start : document.index(">", start)]


def test_a_script_that_got_onto_the_page_would_not_run(report: bytes, tmp_path: Path) -> None:
    injected = report.replace(b"</main>", f"{SCRIPT}<img src=x onerror=\"document.title='pwned'\"></main>".encode())

    document, log = seen(injected, tmp_path)

    assert "<title>pwned" not in document
    assert "Content Security Policy" in log


def test_without_the_policy_it_would_run_so_that_this_test_can_fail(report: bytes, tmp_path: Path) -> None:
    injected = report.replace(b"</main>", f"{SCRIPT}</main>".encode()).replace(b"Content-Security-Policy", b"x")

    document, _ = seen(injected, tmp_path)

    assert "<title>pwned" in document


def test_the_filter_shows_what_is_asked_for_and_says_how_many(report: bytes, tmp_path: Path) -> None:
    driver = (
        "<script>const f = document.querySelector('form'); f.elements.text.value = '-->{{7*7}} setuid';"
        "f.dispatchEvent(new Event('input'));</script></body>"
    )
    driven = report.replace(b"</body>", driver.encode()).replace(b"Content-Security-Policy", b"x")

    document, _ = seen(driven, tmp_path)

    items = Items(document)
    assert len(items.hidden) > items.hidden.count(False) >= 1
    assert f"{items.hidden.count(False)} of {len(items.hidden)} findings" in document
    assert items.paths
    assert all("-->{{7*7}}" in path for path in items.paths)


def test_the_filter_of_vulnerabilities_opens_what_is_folded_and_fits(tmp_path: Path) -> None:
    items = tuple(
        Vulnerability(f"CVE-{n}", "zlib", "1.2", Rating.HIGH if n == 35 else Rating.LOW, "1.3" if n == 35 else "")
        for n in range(40)
    )
    path = tmp_path / "image.tar"
    path.write_bytes(ImageBuilder().layer({"a": b"x"}).docker_archive())
    page = write((replace(imgscan.scan(path), vulnerabilities=Vulnerabilities(tool="x", items=items)),), Style())
    driver = (
        "<script>const f = document.querySelector('[data-filter-rows]'); f.elements.mended.value = 'yes';"
        "f.dispatchEvent(new Event('input'));</script></body>"
    )
    driven = page.replace(b"</body>", driver.encode()).replace(b"Content-Security-Policy", b"x")

    document, _ = seen(driven, tmp_path)

    assert "1 of 40 vulnerabilities" in document
    rows = re.findall(r"<tr data-severity=[^>]*>", document)
    assert [("hidden" in row, "HIGH" in row) for row in rows].count((False, True)) == 1
    assert sum("hidden" not in row for row in rows) == 1


class Items(HTMLParser):
    """Which findings of a document are hidden, and the paths of those that are not."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.hidden: list[bool] = []
        self.paths: list[str] = []
        self._where = False
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if "data-severity" in found:
            self.hidden.append("hidden" in found)
        self._where = found.get("class") == "where" or (self._where and tag == "code")

    def handle_data(self, data: str) -> None:
        if self._where and not self.hidden[-1]:
            self.paths.append(data)
            self._where = False
