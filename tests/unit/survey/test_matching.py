"""Patterns' hits mapped to entries: across windows, never across entries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from imgscan.errors import UsageError
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding, Item
from imgscan.model.interest import Interest, Pattern
from imgscan.model.limits import Limits
from imgscan.model.observed import Content, Match
from imgscan.model.observer import Data
from imgscan.model.problem import Level
from imgscan.rootfs.view import ImageView
from imgscan.survey import matching
from imgscan.survey.patterns import PatternSet
from imgscan.survey.spans import DIGESTED
from imgscan.testing import TarBuilder, survey
from imgscan.testing.image import LayerSource
from imgscan.testing.sparse import SPARSE_FORMATS, SparseFormat


class Hits:
    """Notes all hits of its patterns."""

    id = "hits"
    version = 1

    def __init__(self, *patterns: Pattern) -> None:
        self.interest = Interest(patterns=patterns)

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        return iter(())

    def match(self, entry: Entry, match: Match) -> Iterator[Data]:
        excerpt = match.excerpt.decode("latin-1")
        yield {"path": entry.path, "id": match.pattern, "end": match.end, "start": match.start, "excerpt": excerpt}

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        return iter(())


def pattern(expression: str, before: int = 64, after: int = 8, name: str = "p", ignore_case: bool = False) -> Pattern:
    return Pattern(id=name, expression=expression, before=before, after=after, ignore_case=ignore_case)


def hits(
    layer: LayerSource, *patterns: Pattern, chunk_bytes: int = 1 << 20, limits: Limits | None = None
) -> list[Data]:
    found = survey(layer, Hits(*patterns), limits=limits or Limits(), digests=False, chunk_bytes=chunk_bytes)
    return [fact.data for fact in found.facts.get("hits", ())]


def ends(layer: LayerSource, *patterns: Pattern, chunk_bytes: int = 1 << 20) -> list[tuple[object, object]]:
    """Return path and end of each hit."""
    return [(hit["path"], hit["end"]) for hit in hits(layer, *patterns, chunk_bytes=chunk_bytes)]


KEY = pattern("key-[0-9]{4}", before=16, after=4)


def test_a_hit_names_its_entry_its_end_and_the_bytes_around_it() -> None:
    content = b"x" * 30 + b"key-1234" + b"y" * 30

    (hit,) = hits({"a": b"nothing", "f": content, "z": b"key-12"}, KEY)

    assert hit == {"path": "f", "id": "p", "end": 38, "start": 22, "excerpt": "x" * 8 + "key-1234" + "yyyy"}


def test_an_excerpt_ends_where_the_file_does() -> None:
    (hit,) = hits({"a": b"before", "f": b"key-1234", "z": b"behind"}, KEY)

    assert (hit["start"], hit["end"], hit["excerpt"]) == (0, 8, "key-1234")


def test_binaries_are_searched_too() -> None:
    assert ends({"f": b"\x7fELF\0\0key-1234\0\xff"}, KEY) == [("f", 14)]


def test_case_counts_unless_it_does_not() -> None:
    tar = {"f": b"KEY-1234"}

    assert ends(tar, KEY) == []
    assert ends(tar, pattern("key-[0-9]{4}", ignore_case=True)) == [("f", 8)]


def test_every_place_where_a_match_ends_is_a_hit() -> None:
    assert ends({"f": b"key-1 key-22"}, pattern("key-[0-9]+")) == [("f", 5), ("f", 11), ("f", 12)]


def test_several_patterns_are_told_apart() -> None:
    found = hits({"f": b"one two"}, pattern("one", name="first"), pattern("two", name="second"))

    assert [(hit["id"], hit["end"]) for hit in found] == [("first", 3), ("second", 7)]


def test_directories_and_links_are_not_searched() -> None:
    tar = TarBuilder().directory("key-1111").symlink("s", "key-1234").long_name("key-2222").file("f").fifo("key-3333")

    assert hits(tar, KEY) == []


# Files begin and end lines


@pytest.mark.parametrize("content", [b"key", b"key\n", b"a\nkey", b"a\nkey\nb", b"x" * 509 + b"\nkey" + b"\ny" * 200])
def test_a_line_may_begin_and_end_with_the_file(content: bytes) -> None:
    end = content.index(b"key") + 3

    assert ends({"before": b"z" * 512, "f": content, "after": b"z"}, pattern("^key$")) == [("f", end)]


@pytest.mark.parametrize("content", [b"xkey", b"keyx", b"a xkey\n"])
def test_a_line_of_more_is_another(content: bytes) -> None:
    assert ends({"f": content}, pattern("^key$")) == []


@pytest.mark.parametrize("size", [3, 512, 1024])
def test_white_space_may_be_the_end_of_the_file(size: int) -> None:
    content = b"key".rjust(size, b"x")
    found = hits({"f": content, "after": b"z"}, pattern("key(?:[\\s;]|$)"))

    assert [(hit["end"], hit["excerpt"]) for hit in found] == [(size, content[-64:].decode())]


def test_white_space_of_the_file_itself_counts_as_it_is() -> None:
    assert ends({"f": b"key\nkey; key"}, pattern("key[\\s;]")) == [("f", 4), ("f", 8), ("f", 12)]


@pytest.mark.parametrize(("content", "found"), [(b"key", 1), (b"key.", 1), (b"keys", 0), (b"akey", 0)])
def test_a_word_ends_with_the_file_too(content: bytes, found: int) -> None:
    assert len(hits({"f": content}, pattern("\\bkey\\b", after=0))) == found


# Never across entries


@pytest.mark.parametrize("between", [".*", "[^z]*", "(?s:.)*", "\\x00*", "\\s*", "[\\s\\x00]*"])
def test_a_match_never_spans_two_files(between: str) -> None:
    tar = {"a": b"xx begin", "b": b"end xx", "c": b"begin--end"}
    found = ends(tar, pattern(f"begin{between}end", before=4000))

    assert found in ([("c", 10)], [])  # the middle of c is neither space nor NUL


@pytest.mark.parametrize("kind", ["padding", "header", "end", "trailing"])
def test_what_is_no_content_is_not_searched(kind: str) -> None:
    tar = TarBuilder().file("f", b"x")
    if kind == "padding":
        data = tar.raw(b"").build()
        data = data[:520] + b"key-1234" + data[528:]
    elif kind == "header":
        data = tar.file("key-1234", b"x").build()
    elif kind == "end":
        data = tar.build() + b"key-1234"
    else:
        data = tar.build() + TarBuilder().file("g", b"key-1234").build()

    assert hits(data, KEY) == []


# Bounds of a match


def test_what_is_longer_than_before_is_not_found() -> None:
    limited = pattern("begin[^z]*end", before=20)

    assert ends({"f": b"begin" + b"-" * 12 + b"end"}, limited) == [("f", 20)]
    assert ends({"f": b"begin" + b"-" * 14 + b"end"}, limited) == []


def test_hits_of_one_pattern_in_one_file_are_bounded() -> None:
    tar = {"a": b"key-1234 " * 50, "b": b"key-1234"}

    found = hits(tar, KEY, pattern("key-12", name="q"), limits=Limits(pattern_hits=7))

    assert [(hit["path"], hit["id"]) for hit in found].count(("a", "p")) == 7
    assert [(hit["path"], hit["id"]) for hit in found].count(("a", "q")) == 7
    assert [(hit["path"], hit["id"]) for hit in found].count(("b", "p")) == 1


# Across windows


@pytest.mark.parametrize("batch", [64, 100, 1 << 20])
@pytest.mark.parametrize("chunk_bytes", [1, 7, 512, 1000, 1 << 20])
def test_hits_do_not_depend_on_windows(batch: int, chunk_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_BATCH", batch)
    tar = TarBuilder()
    for number in range(20):
        tar.file(f"f{number}", b"x" * (number * 61) + b"key-%04d" % number + b"^\nkey\n" + b"y" * number)
    patterns = (KEY, pattern("^key$", name="line"), pattern("[x^]\\n", name="end", after=0))

    found = hits(tar, *patterns, chunk_bytes=chunk_bytes)

    assert len(found) == 60
    assert found == hits(tar, *patterns)


@pytest.mark.parametrize("around", range(-20, 21))
def test_a_hit_at_a_boundary_of_windows_is_told_once(around: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_BATCH", 4096)
    content = bytearray(b"-" * 10_000)
    at = 4096 - 512 + around
    content[at : at + 8] = b"key-1234"

    assert ends({"f": bytes(content)}, KEY, chunk_bytes=4096) == [("f", at + 8)]


@pytest.mark.parametrize("around", range(-12, 30))
def test_what_precedes_a_match_is_seen_across_a_boundary_too(around: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_BATCH", 4096)
    exact = pattern("\\bkey-[0-9]{4}", before=8, after=0)
    at = 4096 - 512 + around
    content = b"x" * at + b"key-1234" + b"-" * 3000

    assert ends({"f": content}, exact, chunk_bytes=4096) == []
    assert ends({"f": content.replace(b"xkey", b" key")}, exact, chunk_bytes=4096) == [("f", at + 8)]


def test_a_file_that_ends_with_the_tar_ends_a_line() -> None:
    tar = TarBuilder().file("f", b"key".rjust(512, b"x")).build(0)

    assert [(hit["path"], hit["end"]) for hit in hits(tar, pattern("key\\s"))] == [("f", 512)]


@pytest.mark.parametrize("start", range(1, 40))
def test_a_file_that_begins_at_a_boundary_of_windows_is_searched_from_its_first_byte(
    start: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "_BATCH", 1024 + start)
    tar = TarBuilder().file("a", b"x").file("f", b"key-1234" + b"y" * 1000)  # its content begins at 1536

    assert ends(tar, KEY, chunk_bytes=512 + start) == [("f", 8)]


# Sparse files


@pytest.mark.parametrize("form", SPARSE_FORMATS)
def test_hits_in_a_sparse_file_are_told_by_their_place_in_the_file(form: SparseFormat) -> None:
    parts = [(1000, b"key-1111"), (5000, b"..key-2222.."), (9000, b"key-"), (9100, b"3333"), (10_000, b"")]
    tar = TarBuilder().sparse(form, "s", parts, 10_000).file("after", b"key-4444")

    assert ends(tar, KEY) == [("s", 1008), ("s", 5010), ("after", 8)]


@pytest.mark.parametrize("form", SPARSE_FORMATS)
def test_parts_that_touch_are_one(form: SparseFormat) -> None:
    tar = TarBuilder().sparse(form, "s", [(1000, b"key-"), (1004, b"1111"), (5000, b"")], 5000)

    (hit,) = hits(tar, KEY)

    assert (hit["start"], hit["end"], hit["excerpt"]) == (1000, 1008, "key-1111")


# Compiling


@pytest.mark.parametrize("expression", ["(", "[", "a*"])
def test_a_pattern_that_cannot_be_compiled_is_the_callers_error_and_named(expression: str) -> None:
    with pytest.raises(UsageError, match="the content pattern bad"):
        survey({"a": b"key-1111"}, Hits(KEY, pattern(expression, name="bad")))


def test_analyzers_without_patterns_need_no_database() -> None:
    assert PatternSet.of((Hits(),)) is None


# Digests


def digests(layer: LayerSource, chunk_bytes: int = 1 << 20) -> dict[str, list[str]]:
    found = survey(layer, Hits(KEY), digests=False, chunk_bytes=chunk_bytes)
    return {found.entries[place].path: sorted(kinds) for place, kinds in found.digests.items()}


def test_digests_are_taken_of_files_in_which_something_was_found_and_of_no_others() -> None:
    content = b"a key-1234 in it"

    found = survey({"with": content, "without": b"none"}, Hits(KEY), digests=False)

    assert found.digests == {0: {name: hashlib.new(name, content).hexdigest() for name in ("md5", "sha1", "sha256")}}


def test_digests_of_large_and_sparse_files_are_not_taken() -> None:
    tar = TarBuilder().file("large", b"key-1111" + bytes(DIGESTED)).file("fits", bytes(DIGESTED))
    tar.sparse("1.0", "sparse", [(0, b"key-1111"), (9000, b"")], 9000)

    assert digests(tar) == {}


@pytest.mark.parametrize("batch", [1 << 20, 10_000, 3000, 700])
@pytest.mark.parametrize("at", [0, 30_000, 59_990])
def test_digests_do_not_depend_on_the_windows(monkeypatch: pytest.MonkeyPatch, batch: int, at: int) -> None:
    files = {f"{number}": (bytes(at) + b"key-1234" + bytes(60_000 - at)) for number in range(5)}
    whole = survey(files, Hits(KEY), digests=False).digests
    monkeypatch.setattr(matching, "_BATCH", batch)

    found = survey(files, Hits(KEY), digests=False, chunk_bytes=batch).digests

    assert found == whole
    assert len(found) == 5


# Bounds


def test_more_hits_than_the_bound_are_a_problem_that_names_pattern_and_file() -> None:
    found = survey({"few": b"key-1234 " * 3, "many": b"key-1234 " * 9}, Hits(KEY), limits=Limits(pattern_hits=3))

    assert [(fact.entry) for fact in found.facts["hits"]] == [0] * 3 + [1] * 3
    (problem,) = found.problems
    assert (problem.code, problem.path) == ("pattern-hits", "many")
    assert "the pattern p" in problem.message
    assert "limits.pattern_hits" in problem.message


def test_more_hits_in_a_layer_than_the_bound_are_an_error_and_the_first_are_told() -> None:
    files = dict.fromkeys("abc", b"key-1234 " * 3)

    found = survey(files, Hits(KEY), limits=Limits(layer_hits=5))
    all_told = survey(files, Hits(KEY), limits=Limits(layer_hits=9))

    assert [fact.entry for fact in found.facts["hits"]] == [0] * 3 + [1] * 2
    (problem,) = found.problems
    assert (problem.code, problem.level) == ("pattern-hits", Level.ERROR)
    assert "limits.layer_hits" in problem.message
    assert all_told.problems == ()


# Lines


class LinesOfHits(Hits):
    """Notes the line of each hit."""

    def match(self, entry: Entry, match: Match) -> Iterator[Data]:
        yield {"path": entry.path, "line": match.line}


@pytest.mark.parametrize("chunk_bytes", [512, 4096, 1 << 20])
def test_a_hit_has_its_line_in_text_and_none_in_a_binary(chunk_bytes: int) -> None:
    lines = b"line\n" * (2 << 18)
    layer = (
        TarBuilder()
        .file("text", lines + b"secret-1;")
        .file("elf", b"\x7fELF\x02\x01\x01" + bytes(9) + lines + b"secret-2;")
        .file("later", b"0123456789abcdef" + bytes(99) + b"\n\nsecret-3;")
    )

    facts = survey(layer, LinesOfHits(pattern("secret-[0-9];")), digests=False, chunk_bytes=chunk_bytes).facts["hits"]

    assert [tuple(fact.data.values()) for fact in facts] == [("text", (2 << 18) + 1), ("elf", None), ("later", 3)]
