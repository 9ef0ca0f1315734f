"""One layer to its facts: what is kept of whole and of broken ones, and analyzers that raise."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from hashlib import sha256

import pytest

from imgscan.analyzers.builtin import BUILTIN
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.finding import Finding, Item
from imgscan.model.interest import Interest, Pattern
from imgscan.model.limits import Limits
from imgscan.model.observed import Content, Match
from imgscan.model.observer import Data
from imgscan.rootfs.view import ImageView
from imgscan.testing import COMPRESSIONS, TarBuilder, compress, survey
from imgscan.testing.compress import Compression

from ..support import codes, problem


class Names:
    """Notes every path; raises on those that hold ``raise``, and on hits in files that hold ``match``."""

    version = 1

    def __init__(self, name: str = "names", patterns: tuple[Pattern, ...] = ()) -> None:
        self.id = name
        self.interest = Interest(globs=("*",), kinds=frozenset(EntryKind), patterns=patterns)

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        yield {"path": entry.path}
        if "raise" in entry.path:
            raise RuntimeError("an analyzer's own fault")

    def match(self, entry: Entry, match: Match) -> Iterator[Data]:
        if "match" in entry.path:
            raise ValueError("another one")
        yield {"path": entry.path, "end": match.end}

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        return iter(())


SECRET = Pattern(id="secret", expression="secret-[0-9]+;", before=64, after=8)


# Whole layers


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_the_facts_of_a_layer(compression: Compression) -> None:
    tar = TarBuilder().directory("d").file("d/f", b"abc").symlink("s", "d/f").build()
    stored = compress(tar, compression)

    found = survey(stored, Names())

    assert found.complete
    assert found.problems == ()
    assert [entry.path for entry in found.entries] == ["d", "d/f", "s"]
    assert found.sha256 == [None, sha256(b"abc").hexdigest(), None]
    assert [fact.entry for fact in found.facts["names"]] == [0, 1, 2]
    assert (found.compression, found.stored_bytes, found.uncompressed_bytes) == (compression, len(stored), len(tar))
    assert found.digest == "sha256:" + sha256(stored).hexdigest()
    assert found.diff_id == "sha256:" + sha256(tar).hexdigest()
    assert found.failed == ()


def test_digests_are_computed_when_asked_for_alone() -> None:
    assert survey({"f": b"abc"}, digests=False).sha256 is None
    assert survey({"f": b"abc"}).sha256 == [sha256(b"abc").hexdigest()]


def test_a_hole_beyond_the_bound_has_no_digest_and_warns() -> None:
    tar = TarBuilder().sparse("1.0", "s", [(0, b"x"), (5000, b"")], 5000).file("f", b"y")

    found = survey(tar, limits=Limits(sparse_hash_bytes=4000))

    assert found.sha256 == [None, sha256(b"y").hexdigest()]
    assert codes(found.problems) == ["warning no-digest"]
    assert survey(tar, limits=Limits(sparse_hash_bytes=5000)).problems == ()


def test_content_kept_for_analyzers_is_bounded() -> None:
    class Greedy(Names):
        def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
            yield {"kept": len(content.data), "size": content.size}

    greedy = Greedy()
    greedy.interest = Interest(globs=("*",), max_content_bytes=1 << 40)

    (fact,) = survey({"f": bytes(5000)}, greedy, limits=Limits(content_bytes=1000)).facts["names"]

    assert fact.data == {"kept": 1000, "size": 5000}


# Analyzers that raise


def test_an_analyzer_that_raises_becomes_a_problem_and_the_rest_goes_on() -> None:
    tar = TarBuilder().file("a").file("raise").file("z", b"secret-1;").file("match", b"secret-2;")
    at = tar.at

    found = survey(tar.file("last"), Names("bad", (SECRET,)), Names("good"))

    assert found.complete
    assert found.failed == ("bad", "good")
    assert [fact.data["path"] for fact in found.facts["good"]] == ["a", "raise", "z", "match", "last"]
    bad = [(fact.data["path"], fact.data.get("end")) for fact in found.facts["bad"]]
    assert bad == [("a", None), ("raise", None), ("z", None), ("z", 9), ("match", None), ("last", None)]
    assert codes(found.problems) == ["error analyzer"] * 3
    told = [(item.path, "RuntimeError" in item.message) for item in found.problems]
    assert sorted(told) == [("match", False), ("raise", True), ("raise", True)]
    assert {item.offset for item in found.problems} == {1024, at - 512}


def test_problems_of_a_raising_analyzer_are_bounded() -> None:
    tar = TarBuilder()
    for number in range(30):
        tar.file(f"raise{number}")

    found = survey(tar, Names(), limits=Limits(problems_per_kind=3))

    assert len(found.problems) == 4
    assert "27 more" in found.problems[-1].message


# Broken layers: what precedes the fault is kept


def test_a_damaged_header_leaves_all_before_it_and_the_digests() -> None:
    tar = TarBuilder().file("whole", b"secret-1;")
    at = tar.at
    data = tar.header("bad", checksum=0).file("unseen", b"secret-2;").build()

    found = survey(data, Names(patterns=(SECRET,)))

    assert not found.complete
    assert [entry.path for entry in found.entries] == ["whole"]
    assert [fact.data.get("end") for fact in found.facts["names"]] == [None, 9]
    assert codes(found.problems) == ["error tarheader"]
    assert found.problems[0].offset == at
    assert found.diff_id == "sha256:" + sha256(data).hexdigest()


@pytest.mark.parametrize("chunk_bytes", [100, 1 << 20])
@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_a_cut_layer_keeps_what_came_before(compression: Compression, chunk_bytes: int) -> None:
    noise = b"".join(sha256(b"%d" % number).digest() for number in range(10_000))
    tar = TarBuilder().file("first", b"secret-1;").file("cut", b"secret-2;" + noise, mode=0o4755)
    stored = compress(tar.build(), compression)

    found = survey(stored[: len(stored) // 2], Names(patterns=(SECRET,)), *BUILTIN, chunk_bytes=chunk_bytes)

    assert not found.complete
    assert [entry.path for entry in found.entries] == ["first", "cut"]
    assert [fact.data.get("end") for fact in found.facts["names"]] == [None, 9, None, 9]
    assert [(fact.entry, fact.data.sha256) for fact in found.facts["setuid"]] == [(1, None)]
    assert codes(found.problems) == ["error truncated"]


@pytest.mark.parametrize("where", ["checksum", "garbage"])
def test_damage_at_the_end_of_the_stream_leaves_all_entries(where: str) -> None:
    tar = TarBuilder().file("a", b"secret-1;").file("b", b"x").build()
    stored = bytearray(gzip.compress(tar, mtime=0))
    if where == "checksum":
        stored[-8] ^= 1
    else:
        stored += b"garbage"

    found = survey(bytes(stored), Names(patterns=(SECRET,)))

    assert not found.complete
    assert [entry.path for entry in found.entries] == ["a", "b"]
    assert [fact.data.get("end") for fact in found.facts["names"]] == [None, 9, None]
    assert codes(found.problems) == ["error decompression"]
    assert found.digest == "sha256:" + sha256(stored).hexdigest()
    assert found.diff_id is None


def test_a_bound_is_a_problem_that_names_it() -> None:
    found = survey({"a": b"", "b": b"", "c": b""}, limits=Limits(layer_entries=2))

    assert [entry.path for entry in found.entries] == ["a", "b"]
    assert codes(found.problems) == ["error limit"]
    assert "limits.layer_entries" in found.problems[0].message


def test_a_plain_tar_whose_first_name_begins_like_bzip2_is_read() -> None:
    found = survey({"BZh-notes.txt": b"x", "bin/su": (0o4755, b"")})

    assert found.complete
    assert [entry.path for entry in found.entries] == ["BZh-notes.txt", "bin/su"]


def test_what_is_no_tar_is_named() -> None:
    for data, word in ((b"PK\x03\x04" + bytes(2000), "zip"), (b"\x04\x22\x4d\x18" + b"x" * 2000, "lz4")):
        found = survey(data)
        assert (found.entries, found.complete) == ([], False)
        assert word in found.problems[0].message


# eStargz


def test_row_36_a_toc_that_disagrees_warns_and_the_tar_is_the_truth() -> None:
    toc = b'{"version":1,"entries":[{"name":"bin/su","type":"reg","size":3},{"name":"hidden","type":"reg"}]}'
    found = survey(TarBuilder().file("bin/su", b"1234").file("stargz.index.json", toc))

    assert [entry.path for entry in found.entries] == ["bin/su", "stargz.index.json"]
    assert found.entries[0].size == 4
    assert codes(found.problems) == ["warning toc-disagrees"] * 2
    assert {"/bin/su" in item.message or "/hidden" in item.message for item in found.problems} == {True}


def test_row_36_a_toc_that_agrees_warns_of_nothing() -> None:
    toc = b'{"version":1,"entries":[{"name":"bin/su","type":"reg","size":4},{"name":"bin/","type":"dir"}]}'

    assert survey(TarBuilder().file("bin/su", b"1234").file("stargz.index.json", toc)).problems == ()


def test_row_36_a_toc_too_large_to_read_is_told() -> None:
    toc = b'{"version":1,"entries":[' + b" " * 5000 + b"]}"

    found = survey(TarBuilder().file("stargz.index.json", toc), limits=Limits(json_bytes=1000))

    assert "cannot be read" in problem(found.problems, "toc-disagrees").message


# What analyzers share


class Deriving:
    """Derives something from each content and tells whose content it was derived from."""

    version = 1

    def __init__(self, name: str, interest: Interest) -> None:
        self.id = name
        self.interest = interest

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        yield {"from": content.derived(id), "digest": content.sha256}

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        return iter(())


def derived(*interests: Interest) -> list[Data]:
    analyzers = [Deriving(str(number), interest) for number, interest in enumerate(interests)]
    found = survey(TarBuilder().file("f", b"abc").build(), *analyzers, digests=False).facts
    return [found[analyzer.id][0].data for analyzer in analyzers]


def test_analyzers_that_ask_for_the_same_are_shown_one_content() -> None:
    wide = Interest(names=frozenset({"f"}), max_content_bytes=9)

    one, other = derived(wide, Interest(globs=("*",), max_content_bytes=9))

    assert one["from"] == other["from"]


def test_analyzers_that_ask_for_more_are_shown_another_content() -> None:
    plain = Interest(globs=("*",), max_content_bytes=9)

    one, other = derived(plain, Interest(globs=("*",), max_content_bytes=9, sha256=True))

    assert one["from"] != other["from"]
    assert one["digest"] is None
    assert other["digest"] == sha256(b"abc").hexdigest()
