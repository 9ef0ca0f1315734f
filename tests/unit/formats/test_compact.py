from __future__ import annotations

import pytest

from imgscan.formats.compact import compacted, expanded


def test_what_was_compacted_is_expanded_again() -> None:
    for data in (b"", b"a", bytes(100_000)):
        assert expanded(compacted(data), 100_000) == data
    assert len(compacted(bytes(100_000))) < 1000


@pytest.mark.parametrize(
    "data", [b"", b"x", b"\x28\xb5\x2f\xfd", compacted(b"hello")[:-2], compacted(b"hello")[:5] + b"x"]
)
def test_anything_else_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        expanded(data, 100)


def test_nothing_longer_than_the_bound_is_made() -> None:
    with pytest.raises(ValueError, match="not a frame of that length"):
        expanded(compacted(bytes(101)), 100)


def test_a_frame_that_does_not_say_how_long_it_is_is_none() -> None:
    import zstandard

    with pytest.raises(ValueError, match="not a frame of that length"):
        expanded(zstandard.ZstdCompressor(write_content_size=False).compress(b"a"), 100)
