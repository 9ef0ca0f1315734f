"""Every text of a document comes out once, by its field, whoever reads it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.formats.image.document_texts import _MAX_FIELDS, document_texts

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.text())
DOCUMENTS = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def test_texts_stand_by_their_field_one_a_line() -> None:
    document = {"config": {"Env": ["A=1", "B=2"], "X": {"deep": {"key": "value"}}}, "author": "me", "size": 7}

    assert document_texts(json.dumps(document).encode()) == {
        "config.Env": "Env\nA=1\nB=2",
        "config.X": "X\ndeep\nkey=value",
        "config": "config",
        "author": "author=me",
        "size": "size=7",
    }


def test_the_first_of_two_keys_is_a_text_too() -> None:
    assert document_texts(b'{"author": "one", "author": "two"}') == {"author": "author=one\nauthor=two"}


def test_what_is_known_is_left_out() -> None:
    data = json.dumps({"Env": ["A=1", "B=2"], "Labels": {"a": "x", "b": "y"}}).encode()

    assert document_texts(data, {"A=1", "x", "b=y"}) == {"Env": "Env\nB=2", "Labels": "Labels"}


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe not JSON", b"[" * 100_000])
def test_what_is_no_json_is_one_text(data: bytes) -> None:
    assert document_texts(data) == {"": data.decode("utf-8", "surrogateescape")}


def test_half_a_pair_and_bytes_that_are_no_utf_8_can_be_encoded() -> None:
    texts = document_texts(b'{"a": "\\ud800x", "b": "\xff"}')

    assert "\n".join(texts.values()).encode("utf-8", "surrogateescape") == b"a=\xef\xbf\xbdx\nb=\xef\xbf\xbd"


def test_many_fields_are_joined() -> None:
    data = json.dumps({f"field {number}": f"value {number}" for number in range(1000)}).encode()

    texts = document_texts(data)

    assert len(texts) == _MAX_FIELDS + 1
    assert "value 999" in "".join(texts.values())


@given(DOCUMENTS)
def test_no_text_is_lost(document: object) -> None:
    def texts(node: object) -> list[str]:
        if isinstance(node, dict):
            return [text for key, child in node.items() for text in (key, *texts(child))]
        if isinstance(node, list):
            return [text for child in node for text in texts(child)]
        return [node] if isinstance(node, str) else []

    whole = "\n".join(document_texts(json.dumps(document).encode("utf-8", "surrogatepass")).values())

    assert [text for text in texts(document) if text.encode("utf-8", "replace").decode() not in whole] == []
