"""JSON as Go's encoding/json reads it: a table of documents, each with the value that Go 1.x has.

The values follow from decode.go; those of texts, lists, maps and objects that come twice, of null, of surrogates and of
bytes that are not UTF-8 were also seen in what ``umoci unpack`` (a Go program) made of such configs.
"""

from __future__ import annotations

from typing import Any

import pytest

from imgscan.errors import ManifestError
from imgscan.formats.image.gojson import (
    Document,
    Either,
    Flag,
    Map,
    Number,
    RemarkClass,
    Shape,
    Slice,
    Struct,
    Text,
    TextOrTexts,
    fold,
    read_as_go,
)
from imgscan.formats.image.shapes import CONFIG, MANIFEST_JSON, OCI_DOCUMENT

_AMBIGUOUS, _FOLDED, _MISTYPED = RemarkClass.AMBIGUOUS, RemarkClass.FOLDED, RemarkClass.MISTYPED
_UNREAD, _JUNK = RemarkClass.UNREAD, RemarkClass.JUNK


def read(text: str | bytes, shape: Shape = CONFIG) -> Document:
    return read_as_go(text if isinstance(text, bytes) else text.encode(), shape, "x")


def remarks(document: Document) -> list[RemarkClass]:
    return [remark.type for remark in document.remarks]


# What Go reads


@pytest.mark.parametrize(
    ("text", "value", "types"),
    [
        # One key a field.
        ('{"User": "1"}', {"User": "1"}, []),
        ('{"user": "1"}', {"User": "1"}, [_FOLDED]),
        ('{"U\u017fer": "1"}', {"User": "1"}, [_FOLDED]),
        ('{"Env": ["a"], "wor\u212aingdir": "/w"}', {"Env": ["a"], "WorkingDir": "/w"}, [_FOLDED]),
        ('{"\\u0055ser": "1"}', {"User": "1"}, []),
        # Keys that fold to no field.
        (
            '{"U\u00dfer": "1", "Us\u0131er": "1", "\uff35ser": "1"}',
            {"U\u00dfer": "1", "Us\u0131er": "1", "\uff35ser": "1"},
            [],
        ),
        ('{"x": 1, "X": 2}', {"x": 1, "X": 2}, [_AMBIGUOUS]),
        # Two keys for one field: the last one counts.
        ('{"User": "1", "User": "2"}', {"User": "2"}, [_AMBIGUOUS]),
        ('{"User": "1", "user": "2"}', {"User": "2"}, [_AMBIGUOUS]),
        ('{"user": "1", "User": "2"}', {"User": "2"}, [_FOLDED, _AMBIGUOUS]),
        ('{"User": "1", "u\u017fer": "2", "USER": "3"}', {"User": "3"}, [_AMBIGUOUS, _AMBIGUOUS]),
        # null is no value for a text, and nil for a list.
        ('{"User": "1", "User": null}', {"User": "1"}, [_AMBIGUOUS]),
        ('{"User": null}', {}, []),
        ('{"Env": ["a"], "Env": null}', {}, [_AMBIGUOUS]),
        # Lists: each element over the one at its index, also over one that a shorter list had cut off.
        ('{"Env": ["a", "b"], "Env": ["c"]}', {"Env": ["c"]}, [_AMBIGUOUS]),
        ('{"Env": ["a", "b"], "Env": [null, null, null]}', {"Env": ["a", "b", ""]}, [_AMBIGUOUS]),
        ('{"Env": ["a", "b"], "Env": ["c"], "env": [null, null]}', {"Env": ["c", "b"]}, [_AMBIGUOUS] * 2),
        ('{"Env": ["a", "b"], "Env": [], "env": [null, null]}', {"Env": ["", ""]}, [_AMBIGUOUS] * 2),
        ('{"Env": ["a", "b"], "Env": null, "env": [null]}', {"Env": [""]}, [_AMBIGUOUS] * 2),
        # Docker's commands unmarshal themselves: a text or a list, made anew.
        ('{"Cmd": "a b"}', {"Cmd": ["a b"]}, []),
        ('{"Cmd": ["a", "b"], "Cmd": [null]}', {"Cmd": [""]}, [_AMBIGUOUS]),
        ('{"Cmd": ["a"], "Cmd": null}', {}, [_AMBIGUOUS]),
        # Maps: united, each value made anew, names with their case.
        ('{"Labels": {"a": "1", "A": "2"}}', {"Labels": {"a": "1", "A": "2"}}, []),
        ('{"Labels": {"a": "1", "a": "2"}}', {"Labels": {"a": "2"}}, [_AMBIGUOUS]),
        (
            '{"Labels": {"a": "1", "b": "2"}, "labels": {"a": null, "c": "3"}}',
            {"Labels": {"a": "", "b": "2", "c": "3"}},
            [_AMBIGUOUS],
        ),
        (
            '{"ExposedPorts": {"22/tcp": {}}, "exposedports": {"80/tcp": {}}}',
            {"ExposedPorts": {"22/tcp": {}, "80/tcp": {}}},
            [_AMBIGUOUS],
        ),
        ('{"Labels": {"a": "1"}, "Labels": null}', {}, [_AMBIGUOUS]),
        # Pointers to structs: merged, and nil for null.
        (
            '{"Healthcheck": {"Test": ["x"]}, "healthcheck": {"Retries": 3}}',
            {"Healthcheck": {"Test": ["x"], "Retries": 3}},
            [_AMBIGUOUS],
        ),
        ('{"Healthcheck": {"Test": ["x"]}, "Healthcheck": null}', {}, [_AMBIGUOUS]),
        # Values that are none of their field.
        ('{"User": 1}', {"User": 1}, [_MISTYPED]),
        ('{"User": "1", "User": 2}', {"User": "1"}, [_AMBIGUOUS, _MISTYPED]),
        ('{"Env": "a"}', {"Env": "a"}, [_MISTYPED]),
        ('{"Env": {"a": "b"}}', {"Env": {"a": "b"}}, [_MISTYPED]),
        ('{"Env": ["a", 5]}', {"Env": ["a", 5]}, [_MISTYPED]),
        ('{"Labels": ["a"]}', {"Labels": ["a"]}, [_MISTYPED]),
        ('{"Tty": 1, "StopTimeout": 1.5}', {"Tty": 1, "StopTimeout": 1.5}, [_MISTYPED, _MISTYPED]),
        ('{"StopTimeout": 99999999999999999999}', {"StopTimeout": 1e20}, [_MISTYPED]),
        ('{"StopTimeout": true, "Healthcheck": []}', {"StopTimeout": True, "Healthcheck": []}, [_MISTYPED, _MISTYPED]),
    ],
)
def test_settings_are_what_go_decodes(text: str, value: dict[str, Any], types: list[RemarkClass]) -> None:
    document = read(f'{{"config": {text}}}')

    assert document.value == {"config": value}
    assert remarks(document) == types


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            '{"config": {"User": "0", "Env": ["T=x"]}, "config": {"Cmd": ["x"]}}',
            {"User": "0", "Env": ["T=x"], "Cmd": ["x"]},
        ),
        ('{"config": {"User": "0"}, "config": null}', {"User": "0"}),
        ('{"config": {"User": "0"}, "CONFIG": {"user": "7"}}', {"User": "7"}),
    ],
)
def test_objects_that_come_twice_are_merged(text: str, value: dict[str, Any]) -> None:
    document = read(text)

    assert document.value["config"] == value
    assert _AMBIGUOUS in remarks(document)


def test_descriptors_of_a_list_that_comes_twice_are_merged_at_their_index() -> None:
    text = (
        '{"layers": [{"digest": "a", "size": 1, "urls": ["u"]}, {"digest": "b"}],'
        ' "layer\u017f": [{"digest": "c"}],'
        ' "Layers": [{}, {"size": 2}, {"size": 3}]}'
    )

    assert read(text, OCI_DOCUMENT).value["layers"] == [
        {"digest": "c", "size": 1, "urls": ["u"]},
        {"digest": "b", "size": 2},
        {"size": 3},
    ]


def test_history_items_that_are_null_are_items_without_values() -> None:
    assert read('{"history": [null, {"empty_layer": true}]}').value["history"] == [{}, {"empty_layer": True}]


def test_a_null_platform_is_none() -> None:
    document = read('{"manifests": [{"platform": {"os": "linux"}, "platform": null}]}', OCI_DOCUMENT)

    assert document.value == {"manifests": [{}]}


def test_manifest_json_is_a_list_of_images_or_one_manifest() -> None:
    assert read('[{"config": "c", "Layer\u017f": ["l"]}]', MANIFEST_JSON).value == [{"Config": "c", "Layers": ["l"]}]
    assert read('{"Config": {"Digest": "d"}}', MANIFEST_JSON).value == {"config": {"digest": "d"}}
    assert read("5", MANIFEST_JSON).value == 5


def test_keys_of_no_field_are_left_out_unless_they_are_wanted() -> None:
    assert read('{"x.vendor": {"a": [1, "b"]}, "config": {"x": {"a": [1, "b"]}}}').value == {
        "config": {"x": {"a": [1, "b"]}}
    }


def test_what_is_ambiguous_names_both_keys_and_where_they_are() -> None:
    (remark,) = read('{"config": {"User": "1", "u\u017fer": "2"}}').remarks

    assert remark.text.startswith("config.User and config.u\u017fer are one field to Go")


def test_remarks_are_bounded_and_what_is_ambiguous_is_among_them() -> None:
    document = read('{"config": {"Env": [' + ", ".join(["5"] * 100) + '], "User": "1", "user": "2"}}')

    assert remarks(document) == [_MISTYPED] * 19 + [_AMBIGUOUS]


# Folding


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("K", "\u212a"),
        ("s", "\u017f"),
        ("\u03c3", "\u03c2"),
        ("\u00df", "\u1e9e"),
        ("\u1f88", "\u1f80"),
        ("\u00c4", "\u00e4"),
    ],
)
def test_characters_of_one_orbit_fold_to_one(first: str, second: str) -> None:
    assert fold(first) == fold(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [("i", "\u0131"), ("i", "\u0130"), ("\u00df", "ss"), ("\ufb01", "fi"), ("s", "\u0455"), ("e\u0301", "\u00e9")],
)
def test_full_folding_turkish_letters_lookalikes_and_composition_are_no_folding(first: str, second: str) -> None:
    assert fold(first) != fold(second)


# Junk


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("1e999", []),
        ("-" + "9" * 10_000, []),
        ("[" * 500 + "]" * 500, []),
        ("[" * 5000 + "]" * 5000, [_JUNK]),
        ('{"a":' * 5000 + '"]}"' + "}" * 5000, [_JUNK]),
        ("[" * 20_000 + "]" * 20_000, [_UNREAD]),
        ('"\\ud800 \\u0000 \\udc00"', []),
        ('{"a": 1, "a": 2}', []),
    ],
)
def test_junk_that_no_field_needs_refuses_nothing(text: str, types: list[RemarkClass]) -> None:
    document = read(f'{{"x.vendor": {text}, "config": {{"User": "1", "x": {text}}}}}')

    assert document.value["config"]["User"] == "1"
    assert remarks(document) == types


def test_bytes_that_are_not_utf8_are_replacement_characters_one_for_each() -> None:
    document = read(b'{"config": {"User": "1", "Labels": {"a": "\xff\xe2\x82z"}}}')

    assert document.value["config"]["Labels"] == {"a": "\ufffd\ufffd\ufffdz"}
    assert remarks(document) == [_JUNK]


def test_half_of_a_surrogate_pair_is_a_replacement_character() -> None:
    text = '{"config": {"User": "\\ud800x", "Labels": {"\\udc00": "\\ud83d\\ude00"}}}'

    assert read(text).value["config"] == {"User": "\ufffdx", "Labels": {"\ufffd": "\U0001f600"}}


@pytest.mark.parametrize("rest", ["{}", "x", "\0", "]", "\n\n5"])
def test_what_follows_a_document_is_left_out(rest: str) -> None:
    document = read('{"config": {"User": "1"}}' + rest)

    assert document.value == {"config": {"User": "1"}}
    assert remarks(document) == [_UNREAD]


def test_blanks_around_a_document_are_part_of_it() -> None:
    assert read('\n {"os": "linux"}\r\n\t ') == Document({"os": "linux"})


# What is no JSON


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"", 0),
        (b"{", 1),
        (b'{"a": }', 6),
        (b"nonsense", 0),
        (b'{"a": NaN}', 6),
        (b'{"a": -Infinity}', 6),
        (b"\xef\xbb\xbf{}", 0),
        (b'{"a": "\n"}', 7),
        (b"{'a': 1}", 1),
        (b'{"a": 01}', 7),
        (b"\xff", 0),
        (b"[" * 100_000, 100_000),
        (b"[" * 2000 + b'"\\"' * 100_000, 302_000),
        ('["\u00e9\u00e9\u00e9", x]'.encode(), 11),
    ],
)
def test_anything_else_is_an_error_that_names_the_document(data: bytes, offset: int) -> None:
    with pytest.raises(ManifestError, match="not JSON") as caught:
        read_as_go(data, CONFIG, "index.json")

    assert (caught.value.position.source, caught.value.position.offset) == ("index.json", offset)


@pytest.mark.parametrize("shape", [Text(), Number(), Flag(), Slice(Text()), Map(Text()), Struct({}), TextOrTexts()])
def test_a_value_of_another_type_is_left_as_it_is_with_a_remark(shape: Shape) -> None:
    for text in ('"a"', "5", "true", "[5]", '{"a": 5}'):
        document = read(text, shape)
        assert document.value is not None
    assert read("null", shape) == Document(None)
    assert any(remarks(read(text, shape)) == [_MISTYPED] for text in ('"a"', "5"))


def test_the_shape_of_a_list_or_an_object_starts_empty() -> None:
    assert [shape.zero() for shape in (Text(), Number(), Flag(), Struct({}))] == ["", 0, False, {}]
    for shape in (Slice(Text()), Map(Text()), TextOrTexts(), Either(Text(), Text()), Struct({}, pointer=True)):
        assert shape.zero() is None
