"""A small image in each form, cut at every 512 bytes, with every bit of its headers flipped.

Nothing crashes, and nothing is taken for whole that is not: a report that says that all was read says the same as that
on the whole image. In short a sample; all of it with ``IMGSCAN_WHOLE=1``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import imgscan
from imgscan.errors import InputError
from imgscan.model.options import ScanOptions
from imgscan.report.document import Report
from imgscan.testing import TarBuilder

from ..integration.made import Files, as_tar, docker_hybrid, docker_old, image_of, oci

BLOCK = 512
WHOLE = bool(os.environ.get("IMGSCAN_WHOLE"))
_OPTIONS = ScanOptions(skip=("secrets",), jobs=1)


def _layers() -> tuple[bytes, bytes]:
    lower = TarBuilder().directory("etc").file("etc/passwd", b"root:x:0:0::/:/bin/sh\n").file("su", b"su", mode=0o4755)
    return lower.build(), TarBuilder().whiteout("su").file("x" * 120, b"long name").symlink("l", "etc").build()


def _form(make: Callable[..., Files], pack: str) -> bytes:
    return as_tar(make(image_of(*_layers(), pack=pack)))


@cache
def forms() -> dict[str, bytes]:
    """Return the image in each form."""
    return {
        "docker-archive": _form(docker_old, "none"),
        "hybrid": _form(docker_hybrid, "gzip"),
        "oci": _form(oci, "none"),
        "oci gzip": _form(oci, "gzip"),
        "oci zstd": _form(oci, "zstd"),
        "rootfs": _layers()[0],
    }


def said(report: Report) -> dict[str, Any]:
    """Return what a report says of an image, without the archive around it."""
    return {
        "layers": [(layer.diff_id, layer.entries) for layer in report.layers],
        "image": (report.image.image_id, report.image.config.user),
        "findings": [(item.rule, item.path) for item in report.findings],
        "files": report.files,
    }


def scan(data: bytes, folder: Path) -> Report | None:
    """Return the report, None for an image that is refused."""
    path = folder / "image.tar"
    path.write_bytes(data)
    try:
        return imgscan.scan(path, _OPTIONS)
    except (InputError, imgscan.UsageError):
        return None


def headers(data: bytes) -> Iterator[int]:
    """Yield where the headers of the outer tar begin."""
    at = 0
    while data[at : at + 1].strip(b"\0"):
        yield at
        size = int(data[at + 124 : at + 135].strip(b"\0 ") or b"0", 8)
        at += BLOCK + -(-size // BLOCK) * BLOCK


@pytest.mark.parametrize("form", forms())
def test_what_is_cut_is_never_taken_for_whole(form: str, tmp_path: Path) -> None:
    data = forms()[form]
    whole = scan(data, tmp_path)
    assert whole is not None
    assert whole.complete

    # Between two members of a bare root filesystem nothing says that more was to come: it is taken for the end.
    ends = set(headers(data)) if form == "rootfs" else set()
    for length in range(0, len(data), BLOCK if WHOLE else 5 * BLOCK):
        if length in ends or (form == "rootfs" and length > max(ends) + BLOCK):
            continue
        report = scan(data[:length], tmp_path)
        assert report is None or not report.complete or said(report) == said(whole), length


@pytest.mark.parametrize("form", forms())
def test_a_flipped_bit_of_a_header_is_never_taken_for_whole(form: str, tmp_path: Path) -> None:
    data = forms()[form]
    whole = scan(data, tmp_path)
    assert whole is not None

    bits = [8 * at + bit for at in headers(data) for bit in range(8 * BLOCK)]
    for bit in bits if WHOLE else bits[:: max(len(bits) // 60, 1) | 1]:
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        report = scan(bytes(flipped), tmp_path)
        assert report is None or not report.complete or said(report) == said(whole), bit
