from __future__ import annotations

from imgscan.archive.blobs.progress import with_progress


def test_every_chunk_is_counted_before_it_is_used() -> None:
    counts: list[int] = []

    chunks = with_progress([b"ab", b"c"], counts.append)

    assert bytes(next(chunks)) == b"ab"
    assert counts == [2]
    assert [bytes(chunk) for chunk in chunks] == [b"c"]
    assert counts == [2, 1]


def test_without_a_function_chunks_pass_as_they_are() -> None:
    assert [bytes(chunk) for chunk in with_progress([b"ab"], None)] == [b"ab"]
