"""One file's content out of its layer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from imgscan.errors import ArchiveError, InputError
from imgscan.layer.content import file_content
from imgscan.model.limits import Limits
from imgscan.testing import COMPRESSIONS, TarBuilder, compress, survey
from imgscan.testing.compress import Compression
from imgscan.testing.sparse import SPARSE_FORMATS, SparseFormat

BIG = bytes(range(256)) * 5000


def cut(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def content_of(tar: bytes, path: str, stored: bytes | None = None, size: int = 10_000) -> bytes:
    (offset,) = (entry.offset for entry in survey(tar).entries if entry.path == path)
    return b"".join(file_content(cut(tar if stored is None else stored, size), offset, Limits()))


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("size", [100, 1 << 20])
def test_a_file_comes_out_of_a_layer_however_it_is_compressed(compression: Compression, size: int) -> None:
    tar = TarBuilder().file("first", b"1").file("big", BIG).file("last", b"end").build()
    stored = compress(tar, compression)

    assert content_of(tar, "first", stored, size) == b"1"
    assert content_of(tar, "big", stored, size) == BIG
    assert content_of(tar, "last", stored, size) == b"end"


def test_an_empty_file_has_no_content() -> None:
    tar = TarBuilder().file("empty").file("other", b"x").build()

    assert content_of(tar, "empty") == b""


@pytest.mark.parametrize("form", SPARSE_FORMATS)
@pytest.mark.parametrize("size", [1, 700, 1 << 20])
def test_a_sparse_file_comes_out_expanded(form: SparseFormat, size: int) -> None:
    parts = [(number * 5000 + 3, b"%02d" % number * 10) for number in range(30)]
    tar = TarBuilder().file("before", b"x").sparse(form, "sparse", parts, 200_000).file("after", b"y").build()
    expected = bytearray(200_000)
    for offset, data in parts:
        expected[offset : offset + len(data)] = data

    assert content_of(tar, "sparse", size=size) == bytes(expected)
    assert content_of(tar, "after", size=size) == b"y"


def test_a_huge_hole_comes_out_piece_by_piece() -> None:
    tar = TarBuilder().sparse("1.0", "huge", [(0, b"x"), (1 << 40, b"")], 1 << 40).build()
    (entry,) = survey(tar).entries

    pieces = file_content(iter([tar]), entry.offset, Limits())

    assert next(pieces) == b"x"
    assert max(len(next(pieces)) for _ in range(5)) <= 1 << 20


def test_a_file_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ArchiveError) as caught:
        list(file_content(iter([TarBuilder().file("f", b"x").build()]), 5120, Limits()))

    assert caught.value.position.offset == 5120


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_a_layer_that_ends_within_the_file_is_an_error_after_what_there_is(compression: Compression) -> None:
    stored = compress(TarBuilder().file("big", BIG).build()[:500_000], compression)
    pieces = file_content(cut(stored, 1000), 512, Limits())
    found = b""

    with pytest.raises(InputError):
        found = b"".join(pieces)

    assert found == b""  # the joining itself was cut short


def test_damage_behind_the_file_is_not_met() -> None:
    tar = TarBuilder().file("first", BIG).header("bad", checksum=0).build()

    assert b"".join(file_content(iter([tar]), 512, Limits())) == BIG
