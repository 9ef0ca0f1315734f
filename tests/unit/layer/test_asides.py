"""What compressed streams hold beside their content."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Iterator

import pytest
import zstandard

from imgscan.errors import DecompressionError
from imgscan.layer.asides import Asides
from imgscan.layer.decompress import decompressed
from imgscan.layer.stream import LayerStream
from imgscan.model.limits import Limits
from imgscan.testing import COMPRESSIONS, compress

CONTENT = b"content " * 1000


def gzipped(flags: int, fields: bytes, checksum: bool = False) -> bytes:
    header = b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + fields
    if checksum:
        header += (zlib.crc32(header) & 0xFFFF).to_bytes(2, "little")
    return header + gzip.compress(CONTENT, mtime=0)[10:]


def skippable(data: bytes, number: int = 0) -> bytes:
    return bytes([0x50 + number]) + b"\x2a\x4d\x18" + len(data).to_bytes(4, "little") + data


def zstd(data: bytes = CONTENT) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def cut(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def read(data: bytes, compression: str, size: int = 1 << 20, limit: int = 1 << 20) -> tuple[bytes, Asides, bool]:
    """Return the content, what stands beside it, and whether the stream was sound."""
    asides = Asides(limit)
    out = b""
    try:
        for piece in decompressed(cut(data, size), compression, Limits(), asides=asides):
            out += bytes(piece)
    except DecompressionError:
        return out, asides, False
    return out, asides, True


@pytest.mark.parametrize("size", [1, 3, 17, 1 << 20])
@pytest.mark.parametrize(
    ("stored", "offset", "aside"),
    [
        (gzipped(8, b"the name\0"), 10, b"the name\0"),
        (gzipped(16, b"the comment\0"), 10, b"the comment\0"),
        (gzipped(4, b"\x05\0extra"), 12, b"extra"),
        (gzipped(4 | 8 | 16 | 2, b"\x05\0extraname\0comment\0", checksum=True), 12, b"extraname\0comment\0"),
        (gzip.compress(CONTENT, mtime=0) + gzipped(8, b"second\0"), len(gzip.compress(CONTENT)) + 10, b"second\0"),
    ],
)
def test_the_texts_of_gzip_headers_are_kept(stored: bytes, offset: int, aside: bytes, size: int) -> None:
    out, asides, sound = read(stored, "gzip", size)

    assert sound
    assert out.startswith(CONTENT)
    assert asides.joined() == [(offset, aside)]


@pytest.mark.parametrize("size", [1, 3, 17, 1 << 20])
def test_the_contents_of_skippable_frames_are_kept(size: int) -> None:
    stored = skippable(b"first") + zstd() + skippable(b"second", 15) + skippable(b"") + zstd()

    out, asides, sound = read(stored, "zstd", size)

    assert (out, sound) == (CONTENT * 2, True)
    assert asides.joined() == [(8, b"first"), (13 + len(zstd()) + 8, b"second")]


@pytest.mark.parametrize("size", [1, 100, 1 << 20])
@pytest.mark.parametrize("compression", COMPRESSIONS[1:])
def test_what_follows_the_end_is_kept_with_the_error(compression: str, size: int) -> None:
    stored = {
        "gzip": gzip.compress(CONTENT, mtime=0),
        "zstd": zstd(),
        "xz": lzma.compress(CONTENT),
        "bzip2": bz2.compress(CONTENT),
    }[compression]

    out, asides, sound = read(stored + b"junk behind it", compression, size)

    assert (out, sound) == (CONTENT, False)
    assert asides.joined() == [(len(stored), b"junk behind it")]


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_plain_stream_has_nothing_beside_its_content(compression: str) -> None:
    stored = compress(CONTENT, compression)  # type: ignore[arg-type]  # a parameter has no literal type

    assert read(stored, compression)[1].joined() == []


def test_more_than_the_limit_is_counted_and_not_kept() -> None:
    stored = skippable(b"x" * 500) + skippable(b"y" * 500) + zstd()

    _, asides, sound = read(stored, "zstd", limit=700)

    assert sound
    assert sum(len(data) for _, data in asides.joined()) + asides.left_out == 1000
    assert 400 < asides.left_out < 500


def test_the_digest_of_a_stream_with_junk_behind_it_is_that_of_all_its_bytes() -> None:
    stored = gzip.compress(CONTENT, mtime=0) + b"junk" * 1000
    stream = LayerStream(cut(stored, 100), Limits())

    with pytest.raises(DecompressionError):
        list(stream)

    assert stream.stored_bytes == len(stored)
    assert stream.digest is not None
    assert stream.asides.joined() == [(len(stored) - 4000, b"junk" * 1000)]
