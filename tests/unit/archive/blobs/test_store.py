"""Blobs of an archive by name: through links, never out of it, never from what is no file."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from imgscan.archive.blobs.location import descriptor_reads, file_chunks
from imgscan.archive.blobs.store import DirectoryStore, follow_links, read_document
from imgscan.errors import ArchiveError, InputError, LimitError, TruncatedError
from imgscan.model.limits import Limits


def test_a_blob_of_a_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs/a").write_bytes(b"content")
    store = DirectoryStore(str(tmp_path))

    key = store.find("./blobs//a")

    assert key == "blobs/a"
    assert store.size(key) == 7
    assert b"".join(map(bytes, store.chunks(key))) == b"content"


def test_a_symlink_inside_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "link").symlink_to("a")
    store = DirectoryStore(str(tmp_path))

    assert b"".join(map(bytes, store.chunks(store.find("link") or ""))) == b"content"


def test_what_lies_outside_the_folder_is_not_there(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret").write_bytes(b"x")
    (inside / "link").symlink_to("../secret")
    (inside / "absolute").symlink_to(tmp_path / "secret")
    store = DirectoryStore(str(inside))

    assert [store.find(name) for name in ("link", "absolute", "../secret", "missing", "nul\0")] == [None] * 5


def test_what_is_no_file_is_not_there_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "link").symlink_to("fifo")
    store = DirectoryStore(str(tmp_path))

    assert [store.find(name) for name in ("fifo", "folder", "device", "loop", "link")] == [None] * 5


def test_a_file_that_became_a_fifo_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a")
    store = DirectoryStore(str(tmp_path))
    caught: list[BaseException] = []

    def read() -> None:
        try:
            list(store.chunks("a"))
        except InputError as error:
            caught.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(20)

    assert [type(error) for error in caught] == [ArchiveError]


def test_a_range_beyond_the_end_of_a_file_is_truncated(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    descriptor = os.open(path, os.O_RDONLY)
    try:
        chunks = file_chunks(descriptor_reads(descriptor), 2, 10, "a")
        assert next(chunks) == b"345"
        with pytest.raises(TruncatedError) as caught:
            next(chunks)
    finally:
        os.close(descriptor)

    assert (caught.value.position.source, caught.value.position.offset) == ("a", 5)


def test_a_document_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    store = DirectoryStore(str(tmp_path))

    assert read_document(store, "a", Limits(json_bytes=5)) == b"12345"
    with pytest.raises(LimitError, match="json_bytes"):
        read_document(store, "a", Limits(json_bytes=4))


LINKS = {"a/link": ("../b", True), "hard": ("a/link", False), "abs": ("/b", True), "x": ("y", True), "y": ("x", True)}


@pytest.mark.parametrize(
    ("name", "found"),
    [("b", "b"), ("a/link", "b"), ("./a//link", "b"), ("hard", "b"), ("abs", "b"), ("x", None), ("y", None)],
)
def test_links_of_members_lead_to_members(name: str, found: str | None) -> None:
    assert follow_links(name, LINKS, 10) == found
