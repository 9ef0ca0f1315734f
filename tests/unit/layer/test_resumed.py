from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import zstandard

from imgscan.errors import DecompressionError, TruncatedError
from imgscan.layer import resumed
from imgscan.layer.resumed import ResumedStream
from imgscan.model.limits import Limits

NOISE = random.Random(7).randbytes(40_000)
DATA = b"".join(NOISE[at : at + 2000] + bytes(3000) for at in range(0, 40_000, 100))  # 2 MB
PIECE = len(DATA) // 5


def members(data: bytes) -> bytes:
    return b"".join(gzip.compress(data[at : at + PIECE], 6) for at in range(0, len(data), PIECE))


def frames(data: bytes) -> bytes:
    skippable = b"\x50\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"toc"
    pack = zstandard.ZstdCompressor(write_checksum=True).compress
    return skippable.join(pack(data[at : at + PIECE]) for at in range(0, len(data), PIECE)) + skippable


FORMS = {
    "one gzip member": ("gzip", gzip.compress(DATA, 6)),
    "stored gzip blocks": ("gzip", gzip.compress(DATA, 0)),
    "many gzip members": ("gzip", members(DATA)),
    "gzip members padded with zeros": ("gzip", members(DATA) + bytes(5000)),
    "one zstd frame": ("zstd", zstandard.ZstdCompressor().compress(DATA)),
    "many zstd frames": ("zstd", frames(DATA)),
}


class Stored:
    """Stored bytes that say from where they were asked for."""

    def __init__(self, data: bytes, chunk: int = 10_007) -> None:
        self.data, self.chunk = data, chunk
        self.asked: list[int] = []

    def __call__(self, offset: int) -> Iterator[bytes]:
        self.asked.append(offset)
        return (self.data[at : at + self.chunk] for at in range(offset, len(self.data), self.chunk))


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resumed, "_SPAN", 50_000)
    monkeypatch.setattr(resumed, "_WINDOW", 8192)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("most", [2, 5, 256])
def test_every_byte_is_the_same_from_wherever_one_begins(form: str, most: int) -> None:
    compression, data = FORMS[form]
    stream = ResumedStream(Stored(data), compression, Limits(), most)
    starts = [len(DATA) - 1, 0, 1, PIECE, PIECE - 1, *random.Random(3).sample(range(len(DATA)), 30), len(DATA)]

    for start in starts:
        taken = b""
        for piece in stream.pieces(start):
            taken += piece
            if len(taken) > 3000:
                break
        assert taken == DATA[start : start + len(taken)]
        assert taken or start == len(DATA)


@pytest.mark.parametrize("form", [form for form in FORMS if form != "one zstd frame"])
def test_the_second_time_little_is_read_again(form: str) -> None:
    compression, data = FORMS[form]
    stored = Stored(data)
    stream = ResumedStream(stored, compression, Limits())
    assert b"".join(stream.pieces(0)) == DATA

    next(stream.pieces(len(DATA) - 10))

    assert stored.asked[-1] > 0.7 * len(data.rstrip(b"\0"))


def test_a_single_zstd_frame_is_read_from_its_start() -> None:
    stored = Stored(FORMS["one zstd frame"][1])
    stream = ResumedStream(stored, "zstd", Limits())

    for _ in range(2):
        assert b"".join(stream.pieces(len(DATA) - 10)) == DATA[-10:]

    assert stored.asked == [0, 0]


def test_marks_are_as_many_as_were_allowed() -> None:
    stream = ResumedStream(Stored(FORMS["one gzip member"][1]), "gzip", Limits(), 4)

    assert b"".join(stream.pieces(0)) == DATA

    assert len(stream._marks) <= 4
    assert b"".join(stream.pieces(len(DATA) // 2)) == DATA[len(DATA) // 2 :]


def test_threads_read_one_stream_at_once() -> None:
    stream = ResumedStream(Stored(FORMS["one gzip member"][1]), "gzip", Limits(), 8)
    starts = random.Random(5).sample(range(len(DATA)), 24)

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda start: b"".join(stream.pieces(start)), starts))

    assert all(result == DATA[start:] for start, result in zip(starts, results, strict=True))


@pytest.mark.parametrize("form", FORMS)
def test_a_stream_that_is_cut_is_truncated(form: str) -> None:
    compression, data = FORMS[form]
    cut = data.rstrip(b"\0")[:-20] if compression == "gzip" else data[: len(data) // 2]

    with pytest.raises(TruncatedError):
        list(ResumedStream(Stored(cut), compression, Limits()).pieces(0))


@pytest.mark.parametrize("form", FORMS)
def test_damage_is_an_error_whatever_came_before(form: str) -> None:
    compression, data = FORMS[form]
    middle = len(data) // 2
    damaged = data[:middle] + bytes(byte ^ 0xFF for byte in data[middle : middle + 400]) + data[middle + 400 :]
    damaged = damaged if form != "stored gzip blocks" else data[:-8] + b"12345678"

    with pytest.raises(DecompressionError):
        list(ResumedStream(Stored(damaged), compression, Limits()).pieces(0))
