"""Hits in bytes of a layer that are no file's content: where each is said to stand, and that none is missed."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator

import pytest

from imgscan.model.entry import Entry
from imgscan.model.fact import OutsideFact, Region
from imgscan.model.finding import Finding, Item
from imgscan.model.interest import Interest, Pattern
from imgscan.model.limits import Limits
from imgscan.model.observed import Content, Match
from imgscan.model.observer import Data
from imgscan.model.problem import Level
from imgscan.rootfs.view import ImageView
from imgscan.testing import TarBuilder, extended_header, survey, tar_header
from imgscan.testing.image import LayerSource

KEY = Pattern(id="p", expression="key-[0-9]{4}", before=16, after=4)
LINE = Pattern(id="p", expression="^key-[0-9]{4}$", before=16, after=4)


class Contents:
    """Looks at contents alone."""

    id = "hits"
    version = 1

    def __init__(self, pattern: Pattern = KEY) -> None:
        self.interest = Interest(patterns=(pattern,))

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        return iter(())

    def match(self, entry: Entry, match: Match) -> Iterator[Data]:
        yield {"end": match.end, "excerpt": match.excerpt.decode("latin-1")}

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        return iter(())


class Everywhere(Contents):
    """Looks at all bytes."""

    def match_outside(self, path: str, match: Match) -> Iterator[Data]:
        yield {"path": path, "end": match.end, "excerpt": match.excerpt.decode("latin-1")}


class Raising(Contents):
    """Has a fault."""

    def match_outside(self, path: str, match: Match) -> Iterator[Data]:
        raise ValueError(path)


def outside(layer: LayerSource, pattern: Pattern = KEY, limits: Limits | None = None) -> list[OutsideFact]:
    found = survey(layer, Everywhere(pattern), limits=limits or Limits())
    return found.outside.get("hits", [])


def stands(layer: LayerSource) -> list[tuple[Region, int | None]]:
    """Return where the hits stand, those that headers repeat of names and targets left out."""
    found = [(fact.region, fact.entry) for fact in outside(layer)]
    decoded = {entry for region, entry in found if region in (Region.NAME, Region.LINK_TARGET, Region.ATTRIBUTE)}
    return [(region, entry) for region, entry in found if region is not Region.HEADER or entry not in decoded]


def slack(at: int, text: bytes) -> bytes:
    """Return the header of an empty file with a text in the middle of it, its checksum right."""
    block = bytearray(tar_header("f"))
    block[at : at + len(text)] = text
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def test_a_name_is_searched() -> None:
    assert stands(TarBuilder().file("a").directory("d/key-1234/")) == [(Region.NAME, 1)]


def test_a_name_that_a_header_cuts_in_two_is_searched_whole() -> None:
    name = "x" * 60 + "/" + "y" * 38 + "key-1234"  # the prefix ends at the slash, the name field is full

    (fact,) = (fact for fact in outside(TarBuilder("ustar").file(name)) if fact.region is Region.NAME)

    assert fact.data == {"path": name, "end": len(name), "excerpt": "y" * 8 + "key-1234"}


def test_a_link_target_is_searched() -> None:
    assert stands(TarBuilder().symlink("s", "https://key-1234@host")) == [(Region.LINK_TARGET, 0)]


def test_attributes_are_searched_also_where_they_are_base64() -> None:
    value = base64.b64encode(b"the key-1234")

    assert stands(TarBuilder().file("f", xattrs={"user.note": b"a key-1234"})) == [(Region.ATTRIBUTE, 0)]
    assert stands(TarBuilder().pax({"LIBARCHIVE.xattr.user.note": value}).file("f")) == [(Region.ATTRIBUTE, 0)]


@pytest.mark.parametrize(
    "member",
    [
        slack(500, b"key-1234"),  # behind the prefix
        slack(504, b"key-1234"),  # to the last byte
        slack(20, b"key-1234"),  # behind the name's end
        slack(265, b"key-1234"),  # the owner's name
        slack(293, b"key-1234"),  # from one owner field into the next
        extended_header(b"x", b"20 comment=key-1234\n") + tar_header("f"),
        extended_header(b"x", b"19 vendor=key-1234\n") + tar_header("f"),
        extended_header(b"g", b"20 comment=key-1234\n") + tar_header("f"),
        extended_header(b"L", b"f\0 key-1234", dialect="gnu") + tar_header("x"),
        tar_header("volume", "gnu", typeflag=b"V", size=8) + b"key-1234".ljust(512, b"\0") + tar_header("f"),
        tar_header("pax", typeflag=b"x", size=9) + b"9 path=f\n".ljust(504, b"\0") + b"key-1234" + tar_header("f"),
    ],
)
def test_headers_are_searched_whatever_part_of_them_nobody_reads(member: bytes) -> None:
    tar = TarBuilder().file("before", b"x").raw(member)

    assert (Region.HEADER, 1) in stands(tar)


def test_padding_is_searched_to_its_first_and_last_byte() -> None:
    for padding in (b"key-1234".ljust(504, b"\0"), b"key-1234".rjust(504, b"\0"), b"key-1234" * 63):
        tar = TarBuilder().raw(tar_header("f", size=8)).raw(b"contents" + padding).file("g")

        assert {*stands(tar)} == {(Region.PADDING, 0)}


def test_data_behind_the_end_is_searched() -> None:
    tar = TarBuilder().file("f", b"x").build() + bytes(3000) + b"key-1234"

    (fact,) = outside(tar)

    assert (fact.region, fact.entry) == (Region.TRAILING, None)
    assert fact.data == {"path": "", "end": len(tar), "excerpt": "key-1234"}


def test_what_follows_a_fault_is_searched() -> None:
    tar = TarBuilder().file("f", b"x").build(0) + b"no header".ljust(512) + TarBuilder().file("g", b"key-1234").build()

    (fact,) = outside(tar)

    assert (fact.region, fact.entry) == (Region.UNREAD, None)


def test_what_is_no_tar_at_all_is_searched() -> None:
    (fact,) = outside(b"hsqs" + bytes(2000) + b"key-1234")

    assert fact.region is Region.UNREAD


@pytest.mark.parametrize("size", [8, 512])
def test_a_file_that_the_reader_leaves_out_is_searched(size: int) -> None:
    tar = TarBuilder().raw(tar_header("M", typeflag=b"M", size=size)).raw(b"key-1234".ljust(512)).file("f", b"x")

    assert stands(tar) == [(Region.HEADER, 0)]


def test_the_header_of_a_compressed_layer_is_searched() -> None:
    stored = b"\x1f\x8b\x08\x08" + bytes(6) + b"a key-1234\0" + gzip.compress(TarBuilder().file("f").build())[10:]

    (fact,) = outside(stored)

    assert (fact.region, fact.entry) == (Region.COMPRESSION, None)
    assert fact.data == {"path": "", "end": 20, "excerpt": "a key-1234\n"}


def test_contents_are_not_searched_twice() -> None:
    found = survey(TarBuilder().file("f", b"key-1234").file("g", b"x" * 512), Everywhere())

    assert [fact.entry for fact in found.facts["hits"]] == [0]
    assert found.outside == {}


@pytest.mark.parametrize("content", [b"key-", b"x" * 508 + b"key-"])
def test_a_match_does_not_reach_from_a_content_into_what_follows(content: bytes) -> None:
    padded = content + b"1234".ljust(-len(content) % 512, b"\0")
    tar = TarBuilder().raw(tar_header("f", size=len(content))).raw(padded[: -(-len(padded) // 512) * 512])

    assert outside(tar.file("1234")) == []


def test_a_match_does_not_reach_from_one_name_into_the_next() -> None:
    assert outside(TarBuilder().file("key-").file("1234")) == []


def test_a_field_that_is_filled_with_nuls_is_a_line() -> None:
    tar = TarBuilder().file("f", b"x" * 512).build() + bytes(500) + b"key-1234" + bytes(500)

    assert [fact.region for fact in outside(tar, LINE)] == [Region.TRAILING]


def test_a_long_piece_is_searched_in_pieces_and_each_hit_given_once() -> None:
    behind = b"".join(b"%06d key-%04d\n" % (number, number) for number in range(10_000)) * 12  # over 2 MiB

    found = outside(
        TarBuilder().file("f", b"x").build() + behind, limits=Limits(pattern_hits=200_000, layer_hits=200_000)
    )

    assert len(found) == 120_000
    assert len({fact.data["end"] for fact in found}) == 120_000


def test_an_analyzer_that_does_not_ask_for_it_is_not_given_it() -> None:
    assert survey(TarBuilder().file("key-1234"), Contents()).outside == {}


def test_hits_are_bounded() -> None:
    for tar in (
        TarBuilder().file("f").build() + b"key-1234 " * 50,
        TarBuilder().file("key-1234 " * 50).build(),
    ):
        found = survey(tar, Everywhere(), limits=Limits(layer_hits=10))

        assert len(found.outside["hits"]) == 10
        assert [problem.code for problem in found.problems if problem.level is Level.ERROR] == ["pattern-hits"]


def test_hits_of_one_pattern_are_bounded() -> None:
    tar = TarBuilder().file("f").build() + b"key-1234 " * 50

    found = survey(tar, Everywhere(), limits=Limits(pattern_hits=10))

    assert len(found.outside["hits"]) == 10
    assert [problem.code for problem in found.problems if problem.code == "pattern-hits"] == ["pattern-hits"]


def test_what_was_not_kept_of_a_compressed_stream_is_a_problem() -> None:
    stored = b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * 500 + b"\0" + gzip.compress(TarBuilder().build())[10:]

    found = survey(stored, Everywhere(), limits=Limits(aside_bytes=100))

    assert [problem.code for problem in found.problems] == ["aside-bytes"]


def test_an_analyzer_that_raises_is_a_problem() -> None:
    found = survey(TarBuilder().file("key-1234"), Raising())

    assert found.failed == ("hits",)
    assert {problem.code for problem in found.problems} == {"analyzer"}
