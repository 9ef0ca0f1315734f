"""A stored layer to windows of its tar, with both digests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from hashlib import sha256, sha512

import pytest

from imgscan.errors import ArchiveError, DecompressionError, InputError, LimitError, TruncatedError
from imgscan.layer.budget import ExpansionBudget
from imgscan.layer.stream import LayerStream
from imgscan.model.limits import Limits
from imgscan.testing import COMPRESSIONS, compress
from imgscan.testing.compress import Compression

DATA = b"".join(b"%d\n" % number for number in range(300_000))  # 2 MB: enough for threads


def cut(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def digest(data: bytes) -> str:
    return "sha256:" + sha256(data).hexdigest()


def broken_off(data: bytes, size: int, error: Exception) -> Iterator[bytes]:
    yield from cut(data, size)
    raise error


def read(stream: LayerStream) -> bytes:
    return b"".join(bytes(piece) for piece in stream)


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("size", [1000, 1 << 20])
@pytest.mark.parametrize("threads", [True, False])
def test_both_digests_and_sizes_are_known_at_the_end(compression: Compression, size: int, threads: bool) -> None:
    stored = compress(DATA, compression)
    stream = LayerStream(cut(stored, size), Limits(), threads=threads)

    assert read(stream) == DATA

    assert (stream.digest, stream.diff_id) == (digest(stored), digest(DATA))
    assert (stream.stored_bytes, stream.uncompressed_bytes) == (len(stored), len(DATA))
    assert stream.compression == compression


def test_another_algorithm_is_that_of_the_stored_bytes_alone() -> None:
    for compression in COMPRESSIONS:
        stored = compress(b"data" * 100, compression)
        stream = LayerStream(iter([stored]), Limits(), "sha512")
        read(stream)

        assert stream.digest == "sha512:" + sha512(stored).hexdigest()
        assert stream.diff_id == digest(b"data" * 100)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_the_diff_id_may_be_of_another_algorithm_too(compression: Compression) -> None:
    stored = compress(b"data" * 100, compression)
    stream = LayerStream(iter([stored]), Limits(), "sha256", "sha512")
    read(stream)

    assert stream.digest == digest(stored)
    assert stream.diff_id == "sha512:" + sha512(b"data" * 100).hexdigest()


@pytest.mark.parametrize("chunks", [[], [b""], [b"", b""]])
def test_an_empty_layer_has_the_digest_of_nothing(chunks: list[bytes]) -> None:
    stream = LayerStream(iter(chunks), Limits())

    assert read(stream) == b""
    assert (stream.digest, stream.diff_id) == (digest(b""), digest(b""))
    assert (stream.stored_bytes, stream.uncompressed_bytes) == (0, 0)


@pytest.mark.parametrize("size", [1, 2, 15, 16, 17])
def test_the_compression_is_told_also_from_tiny_chunks(size: int) -> None:
    stored = compress(DATA[:500], "zstd")
    stream = LayerStream(cut(stored, size), Limits())

    assert read(stream) == DATA[:500]
    assert stream.compression == "zstd"


@pytest.mark.parametrize("threads", [True, False])
@pytest.mark.parametrize("fault", ["cut", "flipped", "garbage"])
def test_a_damaged_stream_has_the_digest_of_its_blob_and_no_diff_id(fault: str, threads: bool) -> None:
    stored = bytearray(compress(DATA, "gzip"))
    if fault == "cut":
        del stored[-5:]
    elif fault == "flipped":
        stored[len(stored) // 2] ^= 0xFF
    else:
        stored += b"garbage" * 100_000
    stream = LayerStream(cut(bytes(stored), 1 << 18), Limits(), threads=threads)

    with pytest.raises(DecompressionError):
        read(stream)

    assert stream.digest == digest(bytes(stored))
    assert stream.diff_id is None
    assert stream.stored_bytes == len(stored)


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("error", [ArchiveError("gone"), TruncatedError("the file ends early")])
@pytest.mark.parametrize("threads", [True, False])
def test_a_source_that_breaks_off_leaves_no_digest(compression: Compression, error: InputError, threads: bool) -> None:
    stored = compress(DATA, compression)
    stream = LayerStream(broken_off(stored[:-50], 1 << 18, error), Limits(), threads=threads)

    with pytest.raises(type(error), match=error.message):
        read(stream)

    assert (stream.digest, stream.diff_id) == (None, None)


@pytest.mark.parametrize("threads", [True, False])
def test_a_bound_ends_the_stream_without_a_digest(threads: bool) -> None:
    stream = LayerStream(cut(compress(DATA, "gzip"), 1 << 20), Limits(layer_bytes=100_000), threads=threads)

    with pytest.raises(LimitError):
        read(stream)

    assert (stream.digest, stream.diff_id) == (None, None)


def test_streams_may_share_what_is_left_for_bombs() -> None:
    bomb = compress(bytes(3 << 20), "gzip")
    limits = Limits(layer_ratio=2, layer_ratio_floor=5 << 20)
    shared = ExpansionBudget(limits.layer_ratio_floor)

    assert len(read(LayerStream(iter([bomb]), limits, budget=shared))) == 3 << 20
    with pytest.raises(LimitError, match="layer_ratio"):
        read(LayerStream(iter([bomb]), limits, budget=shared))

    assert len(read(LayerStream(iter([bomb]), limits))) == 3 << 20  # alone it would have been fine


def test_leaving_a_stream_early_ends_its_threads() -> None:
    before = threading.active_count()
    stream = iter(LayerStream(cut(compress(DATA * 4, "none"), 1 << 18), Limits()))

    next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator

    assert threading.active_count() == before


def test_an_endless_source_is_read_no_further_than_asked() -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield bytes(1 << 18)

    stream = iter(LayerStream(endless(), Limits()))
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator

    assert taken < 20
