"""The walk over the frames and blocks of a zstd stream."""

from __future__ import annotations

import random

import pytest
import zstandard

from imgscan.errors import DecompressionError
from imgscan.formats.archives.zstd import FrameWalker

TEXT = b"some text that compresses " * 6_000
NOISE = random.Random(5).randbytes(140_000)
SKIPPABLE = b"\x5e\x2a\x4d\x18" + (13).to_bytes(4, "little") + b"skip me, skip"


def frame(data: bytes, **options: bool) -> bytes:
    return zstandard.ZstdCompressor(**options).compress(data)  # type: ignore[arg-type]  # flags only


STREAMS = {
    "one frame": frame(TEXT),
    "with a checksum": frame(TEXT, write_checksum=True),
    "without a content size": frame(TEXT, write_content_size=False),
    "raw blocks": frame(NOISE),
    "rle blocks": frame(bytes(200_000)),
    "empty frame": frame(b""),
    "small single segment": frame(b"x"),
    "several frames": frame(TEXT) + frame(b"") + frame(NOISE, write_checksum=True),
    "skippable frames": SKIPPABLE + frame(TEXT) + SKIPPABLE + SKIPPABLE,
    "an empty skippable frame": b"\x50\x2a\x4d\x18" + bytes(4) + frame(TEXT),
}


def walked(stream: bytes, size: int) -> FrameWalker:
    walker = FrameWalker()
    for at in range(0, len(stream), size):
        walker.feed(stream[at : at + size])
    return walker


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000, 1 << 20])
def test_a_whole_stream_ends_between_frames_however_it_is_cut(name: str, size: int) -> None:
    assert walked(STREAMS[name], size).between_frames


@pytest.mark.parametrize("name", ["with a checksum", "skippable frames", "small single segment", "empty frame"])
def test_a_stream_cut_anywhere_within_a_frame_does_not(name: str) -> None:
    stream = STREAMS[name]
    ends = {0, len(stream)} | ({21, len(stream) - 21, len(stream) - 42} if name == "skippable frames" else set())
    cuts = [*range(min(len(stream), 40)), *range(max(0, len(stream) - 60), len(stream))]

    assert [cut for cut in cuts if walked(stream[:cut], 7).between_frames and cut not in ends] == []
    assert all(walked(stream[:end], 7).between_frames for end in ends)


@pytest.mark.parametrize("size", [1, 2, 5, 1 << 20])
@pytest.mark.parametrize("garbage", [b"garbage", b"g", b"\x28", b"\x28\xb5\x2f\xfe", b"\x50\x2a\x4d\x19abcd", bytes(8)])
def test_anything_else_at_a_frames_place_is_an_error_with_its_offset(garbage: bytes, size: int) -> None:
    stream = STREAMS["one frame"]

    if garbage == b"\x28":  # may still become a frame
        assert not walked(stream + garbage, size).between_frames
        return
    with pytest.raises(DecompressionError) as caught:
        walked(stream + garbage, size)

    assert caught.value.position.offset == len(stream)


@pytest.mark.parametrize("size", [1, 3, 1000, 1 << 20])
def test_where_checksums_begin_is_told(size: int) -> None:
    first, second = STREAMS["with a checksum"], STREAMS["one frame"]
    stream = first + second + SKIPPABLE + first

    assert walked(stream, size).checksums == [len(first) - 4, len(stream) - 4]
