from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from imgscan.archive.blobs.medium import Medium, medium_of_file
from imgscan.errors import TruncatedError


@contextmanager
def opened(path: Path) -> Iterator[Medium]:
    path.write_bytes(bytes(range(100)))
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield medium_of_file(str(path), descriptor, 100)
    finally:
        os.close(descriptor)


def test_a_stretch_ends_where_the_medium_does(tmp_path: Path) -> None:
    with opened(tmp_path / "a") as medium:
        assert b"".join(medium.chunks()) == bytes(range(100))
        assert b"".join(medium.stretch(98, 50)) == b"bc"


def test_a_file_that_shrank_is_truncated(tmp_path: Path) -> None:
    with opened(tmp_path / "a") as medium:
        os.truncate(tmp_path / "a", 10)

        with pytest.raises(TruncatedError):
            list(medium.chunks())


def test_a_file_is_located_while_its_name_leads_to_it(tmp_path: Path) -> None:
    with opened(tmp_path / "a") as medium:
        location = medium.locate(2, 3, "member")
        assert location is not None
        assert location[1:4] == (2, 3, "member")
        (tmp_path / "b").write_bytes(b"other")
        (tmp_path / "b").rename(tmp_path / "a")

        assert medium.locate(2, 3, "member") is None


def test_what_is_no_file_lies_nowhere() -> None:
    assert Medium("<bytes>", 1, lambda size, offset: b"a").locate(0, 1, "a") is None
