"""Every compression, whole and damaged: what precedes a fault comes out, and the fault is told."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import zlib
from collections.abc import Iterator
from contextlib import suppress

import pytest
import zstandard

from imgscan.errors import DecompressionError, InputError, LimitError, TruncatedError
from imgscan.layer.decompress import compression_of, decompressed, unsupported_compression
from imgscan.model.limits import Limits
from imgscan.testing import COMPRESSIONS, compress
from imgscan.testing.compress import Compression

PACKED: tuple[Compression, ...] = COMPRESSIONS[1:]
NOISE = random.Random(7)
TEXT = b"".join(b"%d %s\n" % (number, NOISE.randbytes(5).hex().encode()) for number in range(20_000))
SKIPPABLE = b"\x5e\x2a\x4d\x18" + (13).to_bytes(4, "little") + b"skip me, skip"


def cut(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def read(data: bytes, compression: str, limits: Limits | None = None, size: int = 1 << 20) -> bytes:
    return b"".join(bytes(piece) for piece in decompressed(cut(data, size), compression, limits or Limits()))


def read_until_fault(
    data: bytes, compression: str, limits: Limits | None = None, size: int = 1 << 20
) -> tuple[bytes, InputError]:
    """Return what came out before the fault, and the fault."""
    found = io.BytesIO()
    pieces = decompressed(cut(data, size), compression, limits or Limits())
    with pytest.raises(InputError) as caught:
        found.writelines(pieces)
    return found.getvalue(), caught.value


# Whole streams


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 20])
def test_a_stream_comes_out_whole_however_it_is_cut(compression: Compression, size: int) -> None:
    stored = compress(TEXT, compression)
    stored = stored if size > 1 else compress(TEXT[:5000], compression)

    assert read(stored, compression, size=size) == (TEXT if size > 1 else TEXT[:5000])


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("window", [1, 100, 65_536])
def test_pieces_are_no_longer_than_the_window(compression: Compression, window: int) -> None:
    data = TEXT[: 500 if window == 1 else 200_000]
    limits = Limits(window_bytes=window)

    pieces = [bytes(piece) for piece in decompressed(cut(compress(data, compression), 37), compression, limits)]

    assert b"".join(pieces) == data
    assert compression == "none" or max(map(len, pieces)) <= window


@pytest.mark.parametrize("compression", PACKED)
@pytest.mark.parametrize("size", [1, 5, 1 << 20])
def test_several_members_come_out_joined(compression: Compression, size: int) -> None:
    parts = [TEXT[:3000], b"", TEXT[3000:5000], b"x"]

    assert read(b"".join(compress(part, compression) for part in parts), compression, size=size) == b"".join(parts)


@pytest.mark.parametrize("compression", PACKED)
def test_an_empty_member_is_no_bytes(compression: Compression) -> None:
    assert read(compress(b"", compression), compression) == b""


@pytest.mark.parametrize("compression", PACKED)
def test_what_compresses_a_thousandfold_comes_out_whole(compression: Compression) -> None:
    assert read(compress(bytes(5 << 20), compression), compression, Limits(window_bytes=10_000)) == bytes(5 << 20)


@pytest.mark.parametrize("size", [1, 3, 1 << 20])
def test_zeros_behind_the_last_gzip_member_are_padding(size: int) -> None:
    assert read(gzip.compress(b"data") + bytes(1000), "gzip", size=size) == b"data"


@pytest.mark.parametrize("size", [1, 4, 1 << 20])
def test_zeros_behind_the_last_xz_stream_are_padding(size: int) -> None:
    assert read(lzma.compress(b"data") + bytes(64), "xz", size=size) == b"data"


@pytest.mark.parametrize("size", [1, 6, 1 << 20])
def test_skippable_zstd_frames_are_skipped_wherever_they_stand(size: int) -> None:
    stored = SKIPPABLE + compress(b"data", "zstd") + SKIPPABLE + compress(b"more", "zstd") + SKIPPABLE * 2

    assert compression_of(stored[:16]) == "zstd"
    assert read(stored, "zstd", size=size) == b"datamore"


def test_a_gzip_header_may_hold_all_its_fields() -> None:
    body = gzip.compress(b"data", mtime=0)[10:]
    fields = b"\x05\0extra" + b"a name\0" + b"a comment\0"
    header = b"\x1f\x8b\x08\x1e" + bytes(6) + fields  # FEXTRA, FNAME, FCOMMENT, FHCRC
    header += (zlib.crc32(header) & 0xFFFF).to_bytes(2, "little")

    for size in (1, 3, 1 << 20):
        assert read(header + body, "gzip", size=size) == b"data"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("window", [1, 2, 7, 100])
def test_gzip_members_end_where_they_end_in_the_tiniest_chunks(size: int, window: int) -> None:
    random_ = random.Random(size * 1000 + window)
    for _ in range(30):
        data = b"".join(
            random_.choice([bytes(300), random_.randbytes(9), b"ab" * 20]) for _ in range(random_.randrange(8))
        )
        stored = gzip.compress(data, random_.choice([1, 6, 9])) + gzip.compress(b"next")

        assert read(stored, "gzip", Limits(window_bytes=window), size) == data + b"next"


def test_a_zstd_frame_without_checksum_or_size_is_read() -> None:
    writer = zstandard.ZstdCompressor(write_checksum=False, write_content_size=False).compressobj()

    assert read(writer.compress(TEXT) + writer.flush(), "zstd", size=1000) == TEXT


# Streams cut short


@pytest.mark.parametrize("compression", PACKED)
@pytest.mark.parametrize("size", [100, 1 << 20])
def test_a_stream_cut_anywhere_is_truncated(compression: Compression, size: int) -> None:
    data = TEXT[:20_000]
    stored = compress(data, compression)

    for length in [*range(6, 40), *range(40, len(stored) - 40, 997), *range(len(stored) - 40, len(stored))]:
        found, error = read_until_fault(stored[:length], compression, size=size)
        assert isinstance(error, TruncatedError), length
        assert data.startswith(found)
        assert error.position.offset == length


@pytest.mark.parametrize("compression", ["gzip", "zstd", "xz"])
def test_what_precedes_the_cut_comes_out(compression: Compression) -> None:
    stored = compress(TEXT, compression)

    found, _ = read_until_fault(stored[: len(stored) // 2], compression)

    assert len(found) > len(TEXT) // 4


@pytest.mark.parametrize("compression", PACKED)
def test_a_cut_second_member_is_truncated_and_the_first_comes_out(compression: Compression) -> None:
    stored = compress(b"first", compression) + compress(TEXT, compression)[:50]

    found, error = read_until_fault(stored, compression)

    assert found.startswith(b"first")
    assert isinstance(error, TruncatedError)


# Damage


@pytest.mark.parametrize("compression", PACKED)
@pytest.mark.parametrize("garbage", [b"garbage", b"\1", TEXT[:5000]])
@pytest.mark.parametrize("size", [1, 64, 1 << 20])
def test_anything_behind_the_last_member_is_told(compression: Compression, garbage: bytes, size: int) -> None:
    found, error = read_until_fault(compress(b"data" * 100, compression) + garbage, compression, size=size)

    assert found == b"data" * 100
    assert type(error) is DecompressionError
    assert "after the end" in error.message


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_a_wrong_gzip_checksum_is_told_and_the_content_comes_out(size: int) -> None:
    for where in (-8, -5, -4, -1):  # the CRC, then the length
        stored = bytearray(gzip.compress(TEXT[:3000]))
        stored[where] ^= 1

        found, error = read_until_fault(bytes(stored), "gzip", size=size)

        assert found == TEXT[:3000]
        assert type(error) is DecompressionError


@pytest.mark.parametrize("where", [2, 3])
def test_a_gzip_header_of_another_method_or_reserved_flags_is_told(where: int) -> None:
    stored = bytearray(gzip.compress(b"data"))
    stored[where] |= 0xE0

    found, error = read_until_fault(bytes(stored), "gzip")

    assert found == b""
    assert type(error) is DecompressionError


def test_a_wrong_gzip_header_checksum_is_told() -> None:
    body = gzip.compress(b"data", mtime=0)[10:]

    _, error = read_until_fault(b"\x1f\x8b\x08\x02" + bytes(6) + b"xx" + body, "gzip")

    assert "header" in error.message


@pytest.mark.parametrize("compression", ["zstd", "xz", "bzip2"])
@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_a_wrong_checksum_is_told_and_what_precedes_it_comes_out(compression: Compression, size: int) -> None:
    stored = bytearray(compress(TEXT[:50_000], compression))
    where = {"zstd": -1, "xz": -29, "bzip2": 10}[compression]  # frame checksum, block check, block CRC
    stored[where] ^= 1

    found, error = read_until_fault(bytes(stored), compression, size=size)

    assert type(error) is DecompressionError
    assert TEXT[:50_000].startswith(found)
    assert len(found) > 50_000 - 1024


@pytest.mark.parametrize("compression", PACKED)
def test_a_flipped_bit_anywhere_is_told(compression: Compression) -> None:
    data = TEXT[:1500]
    stored = compress(data, compression)
    free = set(range(4, 10)) if compression == "gzip" else set()  # time, flags and system of the header

    for at in range(3, len(stored)):
        if at in free:
            continue
        changed = bytearray(stored)
        changed[at] ^= 1 << at % 8
        pieces = decompressed(iter([bytes(changed)]), compression, Limits())
        found = io.BytesIO()
        with suppress(InputError):
            found.writelines(pieces)
            assert found.getvalue() == data, at  # no fault: a bit that means nothing


@pytest.mark.parametrize("compression", ["gzip", "zstd", "xz"])
def test_what_precedes_damage_in_the_middle_comes_out(compression: Compression) -> None:
    stored = bytearray(compress(TEXT, compression))
    middle = len(stored) // 2
    stored[middle : middle + 200] = bytes(200)

    found, error = read_until_fault(bytes(stored), compression)

    same = next((at for at, (a, b) in enumerate(zip(found, TEXT, strict=False)) if a != b), len(found))
    assert same > len(TEXT) // 4
    assert type(error) is DecompressionError


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_wrong_checksum_of_a_long_stream_leaves_its_content_too(compression: Compression) -> None:
    data = NOISE.randbytes(6 << 20) + TEXT
    stored = bytearray(compress(data, compression))
    stored[-3 if compression == "zstd" else -7] ^= 1

    found, error = read_until_fault(bytes(stored), compression)

    assert found == data
    assert type(error) is DecompressionError


def test_damage_in_a_second_member_leaves_the_first() -> None:
    stored = gzip.compress(TEXT) + gzip.compress(b"x" * 5000)[:12] + b"\xff" * 50

    found, error = read_until_fault(stored, "gzip")

    assert found.startswith(TEXT)
    assert isinstance(error, DecompressionError)


# Bounds


@pytest.mark.parametrize("compression", PACKED)
def test_a_bomb_ends_at_the_ratio(compression: Compression) -> None:
    limits = Limits(layer_ratio=50, layer_ratio_floor=100_000, window_bytes=10_000)

    found, error = read_until_fault(compress(bytes(20 << 20), compression), compression, limits, size=512)

    assert isinstance(error, LimitError)
    assert "limits.layer_ratio" in error.message
    assert 90_000 <= len(found) < 2_000_000


@pytest.mark.parametrize("compression", PACKED)
def test_below_the_floor_any_ratio_will_do(compression: Compression) -> None:
    limits = Limits(layer_ratio=2, layer_ratio_floor=1_000_000)

    assert read(compress(bytes(1_000_000), compression), compression, limits) == bytes(1_000_000)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_layer_ends_at_its_max_bytes(compression: Compression) -> None:
    limits = Limits(layer_bytes=100_000, window_bytes=10_000)

    found, error = read_until_fault(compress(TEXT, compression), compression, limits, size=10_000)

    assert isinstance(error, LimitError)
    assert "limits.layer_bytes" in error.message
    assert TEXT.startswith(found)
    assert 80_000 < len(found) <= 100_000


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_layer_of_just_as_many_bytes_is_read(compression: Compression) -> None:
    assert read(compress(TEXT, compression), compression, Limits(layer_bytes=len(TEXT))) == TEXT


def test_a_zstd_window_beyond_the_bound_is_told() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=24)
    writer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    stored = writer.compress(TEXT) + writer.flush()

    _, error = read_until_fault(stored, "zstd", Limits(zstd_window_bytes=1 << 20))

    assert isinstance(error, LimitError)
    assert "limits.zstd_window_bytes" in error.message
    assert read(stored, "zstd") == TEXT


def test_an_xz_dictionary_beyond_the_bound_is_told() -> None:
    stored = lzma.compress(TEXT, preset=6)

    _, error = read_until_fault(stored, "xz", Limits(xz_memory_bytes=1 << 20))

    assert isinstance(error, LimitError)
    assert "limits.xz_memory_bytes" in error.message


# Recognition


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_compression_is_told_by_its_first_bytes(compression: Compression) -> None:
    assert compression_of(compress(b"data", compression)[:16]) == compression


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x1f",
        b"\x1e\x8b\x08",
        b"BZ",
        b"\x28\xb5\x2f\xfe",
        b"\x60\x2a\x4d\x18",
        bytes(16),
        b"BZh-notes.txt\0\0\0",
        b"BZh9 is a name\0\0",
    ],
)
def test_anything_else_is_plain(head: bytes) -> None:
    assert compression_of(head) == "none"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\x04\x22\x4d\x18abcd", "lz4"),
        (b"\x5d\x00\x00\x80\x00", "lzma (alone)"),
        (lzma.compress(b"x", lzma.FORMAT_ALONE), "lzma (alone)"),
        (b"LZIP\1", "lzip"),
        (b"PK\x03\x04", "zip"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (bz2.compress(b"x"), None),
        (b"", None),
    ],
)
def test_packings_that_are_not_read_are_named(head: bytes, name: str | None) -> None:
    assert unsupported_compression(head) == name
