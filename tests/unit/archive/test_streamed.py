from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from imgscan.archive.opener import open_archive
from imgscan.errors import ArchiveError, InputError
from imgscan.model.limits import Limits
from tests.integration.made import as_tar, oci, save

from .support import IMAGE, ONE, content


def test_an_archive_that_is_compressed_as_a_whole_is_read_in_order(tmp_path: Path) -> None:
    source = save(tmp_path / "image.tar.gz", gzip.compress(as_tar(oci(IMAGE))))

    with open_archive(str(source), Limits()) as archive:
        assert archive.format == "oci-archive"
        assert archive.compression == "gzip"
        assert content(archive) == ONE


def test_a_stream_that_ends_early_says_where(tmp_path: Path) -> None:
    data = gzip.compress(as_tar(oci(IMAGE)))
    with pytest.raises(InputError, match="ends early"):
        open_archive(str(save(tmp_path / "x", data[: len(data) // 2])), Limits())


def test_what_is_packed_otherwise_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="not a tar but zip"):
        open_archive(str(save(tmp_path / "x", b"PK\x03\x04" + bytes(600))), Limits())
