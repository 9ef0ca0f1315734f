"""Ranges of files: read whole, cut short, behind a bad block, of another file by now."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from imgscan.archive.blobs.location import BlobLocation, descriptor_reads, file_chunks, read_at, stamp_of
from imgscan.errors import ArchiveError, TruncatedError, UnreadableError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "blob"
    path.write_bytes(bytes(range(256)) * 16)
    return path


def location(path: Path, size: int = 4096) -> BlobLocation:
    return BlobLocation(str(path), 0, size, "image.tar:blob", stamp_of(path.stat()))


def test_a_location_is_read_by_any_process(file: Path) -> None:
    with location(file).opened() as chunks:
        assert b"".join(chunks) == file.read_bytes()


def test_a_range_past_the_end_is_cut_short(file: Path) -> None:
    with location(file, 5000).opened() as chunks, pytest.raises(TruncatedError, match="offset 4096"):
        list(chunks)


def test_another_file_of_the_name_is_refused(file: Path) -> None:
    place = location(file)
    file.write_bytes(b"x")

    with pytest.raises(ArchiveError, match="another file by now"), place.opened():
        pass


def test_what_precedes_a_bad_block_is_yielded(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pread = os.pread

    def failing(descriptor: int, size: int, offset: int) -> bytes:
        if offset + size > 2048:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return pread(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", failing)
    found: list[bytes] = []
    with location(file).opened() as chunks, pytest.raises(UnreadableError, match="offset 2048: cannot be read"):
        found.extend(iter(chunks))

    assert b"".join(found) == file.read_bytes()[:2048]


def test_a_block_that_cannot_be_read_is_an_error_with_its_offset() -> None:
    descriptor = os.open("/", os.O_RDONLY)

    with pytest.raises(UnreadableError) as caught:
        read_at(descriptor_reads(descriptor), 512, 1024, "a")
    assert (caught.value.position.source, caught.value.position.offset) == ("a", 1024)
    assert list(file_chunks(descriptor_reads(descriptor), 0, 0, "a")) == []
    os.close(descriptor)
