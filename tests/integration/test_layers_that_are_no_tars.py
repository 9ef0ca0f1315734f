"""A layer in which no tar begins is never read whole; what it looks like and its media type are said."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from imgscan.testing import ImageBuilder, TarBuilder

from .made import LAYER, as_tar, docker_hybrid, docker_old, oci, save
from .support import codes, imgscan

TAR = TarBuilder().file("app", b"x").build()
EROFS = bytes(1024) + b"\xe2\xe1\xf5\xe0" + bytes(3000) + b"\x7fELF"
EXT4 = bytes(1080) + b"\x53\xef" + bytes(5000) + b"x"
ISO = bytes(32768) + b"\1CD001\1" + bytes(2000)
SQUASHFS = b"hsqs" + bytes(4000) + b"x"
WASM = b"\0asm\1\0\0\0" + b"x" * 600


def scanned(path: Path, files: Any) -> tuple[int, dict[str, Any]]:
    run = imgscan(save(path / "image.tar", as_tar(files)), "-f", "json")
    return run.code, json.loads(run.out)


def image_with(blob: bytes, media_type: str = LAYER) -> ImageBuilder:
    return ImageBuilder().layer(TAR).layer(TAR, blob=blob, media_type=media_type)


@pytest.mark.parametrize(
    ("blob", "media_type", "looks"),
    [
        (EROFS, "application/vnd.erofs.layer.v1", "an EROFS filesystem"),
        (gzip.compress(EROFS, mtime=0), "application/vnd.erofs.layer.v1+gzip", "an EROFS filesystem"),
        (EROFS, LAYER, "an EROFS filesystem"),
        (EXT4, "application/vnd.example.ext4", "an ext4 filesystem"),
        (ISO, "application/x-iso9660-image", "an ISO 9660 filesystem"),
        (SQUASHFS, "application/vnd.example.layer.squashfs", "a squashfs filesystem"),
        (WASM, "application/wasm", "a WebAssembly module"),
        (WASM[:8], "application/wasm", "a WebAssembly module"),
        (bytes(1024) + TAR, LAYER, "a tar behind zero blocks"),
        (bytes(4096) + b"x" * 512, LAYER, "zero blocks"),
        (bytes(range(256)) * 8, "application/vnd.example", "not a tar"),
    ],
)
def test_it_is_named_with_its_media_type(blob: bytes, media_type: str, looks: str, tmp_path: Path) -> None:
    code, report = scanned(tmp_path, oci(image_with(blob, media_type)))

    assert code == 4
    (message,) = (row["message"] for row in report["problems"] if row["code"] == "not-a-tar")
    assert looks in message
    assert media_type in message
    assert not report["coverage"]["complete"]


@pytest.mark.parametrize("blob", [EROFS, EXT4, bytes(4096) + b"x" * 512])
def test_in_a_docker_archive_it_is_named_without_one(blob: bytes, tmp_path: Path) -> None:
    code, report = scanned(tmp_path, docker_old(image_with(blob)))

    assert (code, "not-a-tar" in codes(report)) == (4, True)


@pytest.mark.parametrize("blob", [b"", bytes(1024)])
def test_a_layer_of_another_form_without_an_entry_is_not_an_empty_one(blob: bytes, tmp_path: Path) -> None:
    code, report = scanned(tmp_path, oci(image_with(blob, "application/vnd.erofs.layer.v1")))

    assert (code, "not-a-tar" in codes(report)) == (4, True)


@pytest.mark.parametrize("size", [1024, 10240, 100_000])
def test_zeros_alone_are_an_empty_layer(size: int, tmp_path: Path) -> None:
    code, report = scanned(tmp_path, docker_hybrid(ImageBuilder().layer(TAR).layer(bytes(size // 512 * 512))))

    assert (code, report["problems"]) == (0, [])


def test_bytes_behind_the_end_of_a_tar_with_entries_are_a_warning(tmp_path: Path) -> None:
    code, report = scanned(tmp_path, docker_hybrid(ImageBuilder().layer(TAR + b"x" * 512)))

    assert (code, codes(report)) == (0, ["trailing-data"])


# Media types that lie


def test_a_tar_that_is_said_to_be_a_filesystem_is_a_decoy(tmp_path: Path) -> None:
    code, report = scanned(tmp_path, oci(ImageBuilder().layer(TAR, media_type="application/vnd.erofs.layer.v1")))

    assert (code, "media-type" in codes(report)) == (4, True)
    assert [row["severity"] for row in report["findings"] if row["rule"] == "oddities.descriptor"] == ["MEDIUM"]


def test_a_tar_of_an_unknown_media_type_is_read_and_the_type_is_a_finding(tmp_path: Path) -> None:
    code, report = scanned(tmp_path, oci(ImageBuilder().layer(TAR, media_type="application/vnd.example.layer")))

    assert (code, report["problems"]) == (0, [])
    assert "oddities.descriptor" in {row["rule"] for row in report["findings"]}


@pytest.mark.parametrize(
    ("pack", "media_type", "lies"),
    [
        ("gzip", LAYER + "+zstd", True),
        ("zstd", LAYER + "+gzip", True),
        ("none", LAYER + "+gzip", True),
        ("gzip", LAYER, True),
        ("gzip", LAYER + "+gzip", False),
        ("xz", LAYER, False),
        ("none", "application/vnd.docker.image.rootfs.diff.tar.gzip", False),
    ],
)
def test_a_compression_that_its_media_type_denies_is_a_finding(
    pack: Any, media_type: str, lies: bool, tmp_path: Path
) -> None:
    code, report = scanned(tmp_path, oci(ImageBuilder().layer(TAR, pack, media_type=media_type)))

    assert code == 0
    assert ("oddities.descriptor" in {row["rule"] for row in report["findings"]}) is lies
