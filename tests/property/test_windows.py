"""Law: what a survey says depends on the layer's bytes alone, however they come."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.analyzers.api import Analyzer
from imgscan.analyzers.builtin import BUILTIN
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.fact import LayerFacts
from imgscan.model.finding import Finding, Item
from imgscan.model.interest import Buffer, DigestRule, Excerpt, Interest, Pattern
from imgscan.model.limits import Limits
from imgscan.model.observed import Content, Match
from imgscan.model.observer import Data
from imgscan.rootfs.view import ImageView
from imgscan.survey import between, matching
from imgscan.testing import COMPRESSIONS, TarBuilder, compress, survey
from imgscan.testing.compress import Compression

from .strategies import damaged, tars

PATTERNS = (
    Pattern(id="key", expression="key-[0-9]{4}", before=24, after=4),
    Pattern(id="line", expression="^key$", before=8, after=0),
    Pattern(id="run", expression="x+", before=5, after=3),
    Pattern(id="wide", expression="-[^z]*=", before=40, after=0),
    Pattern(id="end", expression="[x=]\\s", before=2, after=1),
)


class Everything:
    """Is shown everything and finds everything; raises now and then."""

    id = "everything"
    version = 1
    interest = Interest(globs=("*",), kinds=frozenset(EntryKind), max_content_bytes=100, sha256=True, patterns=PATTERNS)

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        yield {
            "data": content.data.hex(),
            "size": content.size,
            "sha256": content.sha256,
            "cut": content.cut,
            "digests": content.digests,
            "excerpt": content.excerpt.hex(),
            "more": [[offset, bytes(piece).hex()] for offset, piece in content.more],
        }
        if entry.path.endswith("e"):
            raise ValueError(entry.path)

    def match(self, entry: Entry, match: Match) -> Iterator[Data]:
        if entry.path == "b":
            raise KeyError(match.end)
        yield {
            "pattern": match.pattern,
            "end": match.end,
            "start": match.start,
            "excerpt": match.excerpt.hex(),
            "line": match.line,
        }

    def match_outside(self, path: str, match: Match) -> Iterator[Data]:
        if path == "b":
            raise KeyError(match.end)
        yield {
            "path": path,
            "pattern": match.pattern,
            "end": match.end,
            "start": match.start,
            "excerpt": match.excerpt.hex(),
        }

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        return iter(())


class Heads(Everything):
    """Is shown what begins with certain bytes."""

    id = "heads"
    interest = Interest(magics=(b"\x7fELF", b"x", b"key-1234 key-123"), patterns=PATTERNS[:1])


def _ends(prefix: Buffer, size: int) -> tuple[tuple[int, int], ...]:
    """Name the middle and the end of a content, and what its first byte points to."""
    first = prefix[0] if len(prefix) else 0
    return ((first, first + 5), (size // 2, size // 2 + 9), (size - 20, size))


class Ranged(Everything):
    """Is shown the beginning, the middle and the end of a content."""

    id = "ranged"
    interest = Interest(globs=("*",), max_content_bytes=10, ranges=_ends)


class Tail(Everything):
    """Is shown everything but the beginning."""

    id = "tail"
    interest = Interest(globs=("*a*", "b*"), ranges=_ends)


class Pieces(Everything):
    """Is shown digests and pieces."""

    id = "pieces"
    interest = Interest(
        folders=frozenset({"bin", "d", ""}),
        digests=(DigestRule(("b",), ("md5", "sha256"), max_bytes=500), DigestRule(("",), ("sha1",))),
        excerpt=Excerpt(b"key", b"key-1[0-9]*", 24, 30),
    )


OWN: tuple[Analyzer, ...] = (Everything(), Heads(), Ranged(), Tail(), Pieces())
ANALYZERS = (*OWN, *BUILTIN)
CREWS = st.sampled_from([ANALYZERS, ANALYZERS, (Tail(),), (Ranged(), Pieces()), (Heads(), Tail())])


def surveyed(
    stored: bytes, chunk: int, window: int, batch: int, analyzers: tuple[Analyzer, ...] = ANALYZERS
) -> LayerFacts:
    limits = Limits(window_bytes=window, pattern_hits=50)
    with patch.object(matching, "_BATCH", batch), patch.object(between, "_BATCH", batch):
        return survey(stored, *analyzers, limits=limits, chunk_bytes=chunk)


SIZES = st.sampled_from([1, 7, 100, 511, 512, 513, 1000, 5000])


@given(tars(), st.sampled_from(COMPRESSIONS), SIZES, SIZES, st.sampled_from([64, 500, 1 << 20]), CREWS)
def test_facts_do_not_depend_on_chunks_windows_or_compression(
    tar: bytes, compression: Compression, chunk: int, window: int, batch: int, crew: tuple[Analyzer, ...]
) -> None:
    expected = surveyed(tar, 1 << 20, 1 << 20, 1 << 20, crew)
    stored = compress(tar, compression)

    found = surveyed(stored, max(chunk, len(stored) // 3000), window, batch, crew)

    assert found.complete
    assert (found.stored_bytes, found.compression) == (len(stored), compression)
    same = msgspec.structs.replace(found, stored_bytes=len(tar), compression="none", digest=expected.digest)
    assert same == expected


@given(damaged(), st.sampled_from(COMPRESSIONS), SIZES, SIZES, st.sampled_from([64, 500, 1 << 20]), CREWS)
def test_facts_of_a_damaged_tar_do_not_either(
    tar: bytes, compression: Compression, chunk: int, window: int, batch: int, crew: tuple[Analyzer, ...]
) -> None:
    expected = surveyed(tar, 1 << 20, 1 << 20, 1 << 20, crew)
    stored = compress(tar, compression)

    found = surveyed(stored, max(chunk, len(stored) // 3000), window, batch, crew)

    same = msgspec.structs.replace(found, stored_bytes=len(tar), compression="none", digest=expected.digest)
    assert same == expected


@given(tars(), st.sampled_from((*OWN, *OWN, *BUILTIN)))
def test_an_analyzers_facts_do_not_depend_on_the_others(tar: bytes, analyzer: Analyzer) -> None:
    together = surveyed(tar, 1000, 1000, 500)

    alone = surveyed(tar, 1000, 1000, 500, (analyzer,))

    assert alone.facts.get(analyzer.id) == together.facts.get(analyzer.id)
    assert alone.outside.get(analyzer.id) == together.outside.get(analyzer.id)


@given(tars(least=2), st.sampled_from(COMPRESSIONS[1:]), st.integers(0, 1 << 30), SIZES)
def test_what_a_cut_stream_says_is_the_beginning_of_what_the_whole_says(
    tar: bytes, compression: Compression, where: int, chunk: int
) -> None:
    whole = surveyed(tar, 1 << 20, 1 << 20, 1 << 20)
    stored = compress(tar, compression)
    stored = stored[: 10 + where % max(len(stored) - 10, 1)]  # fewer do not tell bzip2 from a tar's first name

    found = surveyed(stored, chunk, 1000, 500)

    assert not found.complete
    assert found.entries == whole.entries[: len(found.entries)]
    assert found.diff_id is None


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_facts_do_not_depend_on_threads(compression: Compression) -> None:
    tar = TarBuilder()
    for number in range(60):
        tar.file(f"bin/f{number}", b"%06d key-%04d\n" % (number, number) * 10 + bytes(50_000), mode=0o4755)
    data = tar.build()
    stored = compress(data, compression)

    threaded = surveyed(stored, max(1 << 18, len(stored) // 5), 1 << 20, 1 << 20)
    alone = surveyed(stored, 1 << 17, 1 << 16, 1 << 18)

    assert threaded == alone
    assert len(threaded.facts["setuid"]) == 60
    assert threaded.uncompressed_bytes == len(data)


@given(st.integers(-30, 30), st.integers(1, 3), st.sampled_from([4096, 5000, 8192]), st.sampled_from(COMPRESSIONS))
def test_a_pattern_planted_anywhere_around_a_boundary_is_found_once(
    around: int, number: int, window: int, compression: Compression
) -> None:
    at = number * window - 512 + around
    content = bytearray(b"." * 30_000)
    content[at : at + 8] = b"key-1234"
    stored = compress(TarBuilder().file("f", bytes(content)).build(), compression)

    facts = surveyed(stored, window, window, window).facts["everything"]

    assert [fact.data["end"] for fact in facts if "end" in fact.data] == [at + 8]
