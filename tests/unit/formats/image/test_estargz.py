"""The TOC of an eStargz layer against its tar."""

from __future__ import annotations

import json
from typing import Any

import pytest

from imgscan.formats.image.estargz import compare_toc
from imgscan.model.entry import Entry
from imgscan.testing import TarBuilder, survey

TAR = (
    TarBuilder()
    .directory("bin/")
    .file("bin/sh", b"shell")
    .symlink("sh", "bin/sh")
    .hardlink("ash", "bin/sh")
    .file(".no.prefetch.landmark", b"\x0f")
    .file("stargz.index.json", b"{}")
)
TOC: list[dict[str, Any]] = [
    {"name": "bin/", "type": "dir"},
    {"name": "bin/sh", "type": "reg", "size": 5, "chunkDigest": "sha256:0"},
    {"name": "bin/sh", "type": "chunk", "chunkOffset": 3},
    {"name": "sh", "type": "symlink", "linkName": "bin/sh"},
    {"name": "ash", "type": "hardlink", "linkName": "bin/sh"},
    {"name": ".no.prefetch.landmark", "type": "reg", "size": 1},
]


def entries() -> list[Entry]:
    return survey(TAR).entries


def compared(items: Any, most: int = 10) -> list[str]:
    return list(compare_toc(json.dumps({"version": 1, "entries": items}).encode(), entries(), most))


def test_a_toc_that_agrees_says_nothing() -> None:
    assert compared(TOC) == []


def test_an_entry_of_the_tar_alone_is_told() -> None:
    assert compared([item for item in TOC if item["name"] != "sh"]) == ["/sh is in the tar alone"]


def test_an_entry_of_the_toc_alone_is_told() -> None:
    assert compared([*TOC, {"name": "evil", "type": "reg", "size": 1}]) == ["/evil is in the TOC alone"]


def test_another_size_is_told() -> None:
    found = compared([*TOC[2:], TOC[0], {**TOC[1], "size": 6}])

    assert found == ["/bin/sh is a file of 6 bytes in the TOC, a file of 5 in the tar"]


def test_another_kind_is_told() -> None:
    (found,) = compared([*(item for item in TOC if item["name"] != "sh"), {"name": "sh", "type": "reg"}])

    assert found.startswith("/sh is a file of 0 bytes in the TOC, a symlink")


def test_the_differences_are_bounded() -> None:
    assert len(compared([{"name": f"f{number}", "type": "reg"} for number in range(100)], 7)) == 7


@pytest.mark.parametrize("toc", [b"", b"{", b"[]", b"null", b'{"entries": {}}', b'{"entries": null}'])
def test_a_toc_that_is_none_is_told(toc: bytes) -> None:
    (found,) = compare_toc(toc, entries(), 10)

    assert "TOC" in found


@pytest.mark.parametrize(
    "item", [None, 5, [], {}, {"name": "x"}, {"type": "reg"}, {"name": [], "type": "reg"}, {"name": "x", "type": []}]
)
def test_an_item_that_is_none_is_passed_over(item: Any) -> None:
    assert compared([*TOC, item]) == []


def test_a_size_that_is_no_number_differs() -> None:
    assert len(compared([*TOC, {"name": "x", "type": "reg", "size": {"a": []}}])) == 1
