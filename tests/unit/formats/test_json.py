"""JSON documents, decoded or refused."""

from __future__ import annotations

import pytest

from imgscan.errors import ManifestError
from imgscan.formats.json import parse_json


def test_a_document_is_decoded() -> None:
    assert parse_json(b'{"a": [1, null, "\xc3\xa9"]}', "x") == {"a": [1, None, "\u00e9"]}


@pytest.mark.parametrize(
    "data", [b"", b"{", b'{"a": }', b"nonsense", b'"\xff"', b'{"a": NaN}', b"\xef\xbb\xbf{}", b"[" * 100_000]
)
def test_anything_else_is_an_error_that_names_the_document(data: bytes) -> None:
    with pytest.raises(ManifestError) as caught:
        parse_json(data, "index.json")

    assert caught.value.position.source == "index.json"
    assert caught.value.position.offset is not None


def test_the_offset_is_in_bytes() -> None:
    with pytest.raises(ManifestError) as caught:
        parse_json('["\u00e9\u00e9\u00e9", x]'.encode(), "x")

    assert caught.value.position.offset == 11
