"""Every machine format of every real image, and of one that is hostile, held against its schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from imgscan.engine import scan_all
from imgscan.report.document import Report
from imgscan.report.writers import Style, writer_of
from imgscan.testing import ImageBuilder, TarBuilder

from ..unit.report.schemas import check_junit, check_markdown, cyclonedx_of, lines_of, sarif_of, spdx_of
from .support import ALPINE, TESTDATA, imgscan

CHECKS: dict[str, Callable[[bytes], Any]] = {
    "jsonl": lines_of,
    "sarif": sarif_of,
    "junit": check_junit,
    "markdown": check_markdown,
    "cyclonedx": cyclonedx_of,
    "spdx": spdx_of,
}
"""Formats, and what holds an output against the schema or the rules of each."""

IMAGES = (ALPINE, *sorted((TESTDATA / "images").iterdir()))

# What moves a cursor, hides text or turns it round; line ends and tabs are the formats' own.
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]")

TRICKS = (
    "\x1b[31mred",
    "a\u202egnp.exe",
    "nul\x01\x07\x7f\x9b",
    "line\nend\r\u2028",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "]]> &amp; \"quoted\" 'so'",
    "=cmd|' /C calc'!A0",
    "@everyone #1 GH-1 https://evil.example www.evil.example a@evil.example",
    "![x](https://evil.example/x) [y](javascript:alert(1)) `code` ``` | a | **b** ~~c~~ $x$",
    "\ufffe\uffff\ufdd0",
    "\udcff\udc80 bytes",
    "{0} %s ${jndi:x} {{x}}",
    "-- --> <!-- x",
)
"""Names and values that mean something to a terminal, a browser, a spreadsheet, or a reader of one of the formats."""


def hostile_image() -> bytes:
    """Return an archive in which the tricks are file names, labels, instructions, users, variables and ports."""
    labels = {f"{trick}{n}".encode("utf-8", "replace").decode(): trick.encode("utf-8", "replace").decode()
              for n, trick in enumerate(TRICKS)}  # fmt: skip
    values = list(labels.values())
    settings = {
        "Labels": labels,
        "User": values[0],
        "Env": [f"X{n}={value}" for n, value in enumerate(values)],
        "Cmd": values,
        "ExposedPorts": {value: {} for value in values},
    }
    builder = ImageBuilder(references=("example.test/app:1",), settings=settings)
    for n, trick in enumerate(TRICKS):
        name = trick.encode("utf-8", "surrogateescape").replace(b"/", b"_").replace(b"\0", b"")
        tar = TarBuilder().file(f"usr/bin/{n}".encode() + name, b"x", mode=0o4777).build()
        builder.layer(tar, created_by="RUN " + values[n])
    return builder.docker_archive()


@cache
def reports_of(path: Path) -> Sequence[Report]:
    return tuple(scan_all(path))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Report]:
    folder = tmp_path_factory.mktemp("hostile")
    path = folder / "=a|`b`<c>.tar"
    path.write_bytes(hostile_image())
    return reports_of(path)


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.name)
def test_real_images_give_valid_output_in_every_format(path: Path) -> None:
    reports = reports_of(path)

    for name, check in CHECKS.items():
        written = writer_of(name)(reports, Style(every=True))
        check(written)
        assert writer_of(name)(reports, Style(every=True)) == written


@pytest.mark.parametrize("name", CHECKS)
def test_hostile_names_leave_every_format_valid_and_without_what_acts_on_a_terminal(
    name: str, hostile: Sequence[Report]
) -> None:
    written = writer_of(name)(hostile, Style())

    CHECKS[name](written)
    assert RAW.findall(written.decode()) == []


def test_hostile_names_are_found_and_shown(hostile: Sequence[Report]) -> None:
    (report,) = hostile

    assert len(report.inventory["setuid"]) == len(TRICKS)


def test_several_formats_are_written_at_once(tmp_path: Path) -> None:
    targets = {name: tmp_path / f"report.{name}" for name in CHECKS}

    run = imgscan(ALPINE, "-q", *(word for name, path in targets.items() for word in ("-f", f"{name}={path}")))

    assert (run.code, run.out) == (0, b"")
    for name, path in targets.items():
        CHECKS[name](path.read_bytes())


@pytest.mark.parametrize("name", CHECKS)
def test_several_images_of_one_archive_are_in_one_file(name: str) -> None:
    path = TESTDATA / "images" / "go-containerregistry.test_bundle.tar"

    run = imgscan(path, "--all-images", "-f", name)

    assert run.code == 0
    CHECKS[name](run.out)
