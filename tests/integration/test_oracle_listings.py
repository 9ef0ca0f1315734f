"""Listings against those that other implementations made of the same images (testdata/listings, its origin beside)."""

from __future__ import annotations

import csv
import hashlib
import json
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zstandard

from imgscan.model.entry import Entry
from imgscan.model.fact import LayerFacts
from imgscan.model.limits import Limits
from imgscan.model.problem import Level
from imgscan.survey.survey import Surveyor

from .support import ALPINE, CORPUS, TESTDATA, Row, child, differences, imgscan

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus does not lie beside this checkout")

VARIANTS_OF = "dive.test-docker-image.tar"
VARIANTS = sorted((CORPUS / "variants").iterdir()) if CORPUS.is_dir() else []


class Oracle(NamedTuple):
    """One listing: the image's name, how to choose it in its archive, and the rows by path."""

    image: str
    reference: str | None
    rows: dict[str, Row]

    @property
    def words(self) -> tuple[str, ...]:
        return ("--image", self.reference) if self.reference else ()

    def __str__(self) -> str:
        return self.image + (f"@{self.reference}" if self.reference else "")


def unpacked(path: Path) -> list[Row]:
    data = zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read()
    return [json.loads(line) for line in data.splitlines()]


def oracles() -> Iterator[Oracle]:
    for path in sorted((TESTDATA / "listings").glob("*.zst")):
        if path.name != "tar_members.jsonl.zst":
            head, *rows = unpacked(path)
            yield Oracle(head["image"], head["ref"], {row["path"]: row for row in rows})


def image_path(name: str) -> Path:
    """Return where the image that a listing names is kept."""
    return ALPINE if name == "trivy.alpine-310.tar.gz" else TESTDATA / "images" / name


ORACLES = list(oracles())
ARCHIVES = [oracle for oracle in ORACLES if image_path(oracle.image).is_file()]


def listing(*words: str | Path, stdin: bytes | None = None) -> dict[str, Row]:
    run = imgscan("ls", *words, "-f", "jsonl", "--digests", stdin=stdin)
    assert run.code == 0, run.err
    return run.by_path


@pytest.mark.parametrize("oracle", ORACLES, ids=str)
def test_a_listing_is_what_independent_implementations_see(oracle: Oracle) -> None:
    found = listing(image_path(oracle.image), *oracle.words)
    assert differences(oracle.rows, found) == []


@pytest.mark.parametrize("oracle", ARCHIVES, ids=str)
def test_a_listing_from_standard_input_is_the_same(oracle: Oracle) -> None:
    path = image_path(oracle.image)
    assert listing("-", *oracle.words, stdin=path.read_bytes()) == listing(path, *oracle.words)


def test_there_is_a_listing_for_every_image_but_the_one_that_no_oracle_reads() -> None:
    listed = {oracle.image for oracle in ORACLES} - {"trivy.alpine-310.tar.gz"}
    assert {path.name for path in (TESTDATA / "images").iterdir()} - listed == {"moby.emptyLayer.tar"}


def test_the_image_that_no_oracle_reads_is_read_by_its_repositories_and_its_chain_of_parents() -> None:
    run = imgscan(TESTDATA / "images" / "moby.emptyLayer.tar", "-f", "json")
    assert run.report["image"]["format"] == "docker-archive-v1"
    assert [layer["stored_bytes"] for layer in run.report["layers"]].count(0) == 1  # its empty layer.tar
    assert run.code == 0


# The whole corpus, real pipes


@pytest.mark.slow
@needs_corpus
@pytest.mark.parametrize("path", VARIANTS, ids=lambda path: path.name)
def test_every_archive_format_and_compression_of_one_image_gives_the_same_listing(path: Path) -> None:
    expected = next(oracle for oracle in ORACLES if oracle.image == VARIANTS_OF)
    assert differences(expected.rows, listing(path)) == []


@pytest.mark.slow
@needs_corpus
@pytest.mark.parametrize("path", [path for path in VARIANTS if path.is_file()], ids=lambda path: path.name)
def test_every_archive_format_and_compression_is_read_from_a_pipe(path: Path) -> None:
    expected = next(oracle for oracle in ORACLES if oracle.image == VARIANTS_OF)
    run = child(["ls", "-", "-f", "jsonl", "--digests"], stdin=path.read_bytes())
    assert (run.code, run.err) == (0, "")
    assert differences(expected.rows, run.by_path) == []


@pytest.mark.slow
@needs_corpus
def test_testdata_is_the_corpus_byte_for_byte() -> None:
    with (CORPUS / "INDEX.tsv").open() as file:
        known = {row["sha256"] for row in csv.DictReader(file, delimiter="\t")}
    kept = [path for folder in ("tars", "broken") for path in (TESTDATA / folder).iterdir() if path.is_file()]
    kept += [path for path in (TESTDATA / "images").iterdir() if path.is_file()]
    assert [path.name for path in [*kept, ALPINE] if hashlib.sha256(path.read_bytes()).hexdigest() not in known] == []


# Single tars, member by member, against Go's archive/tar: what Docker, containerd and podman act on.

MEMBERS: dict[str, list[Row]] = {}
for row in unpacked(TESTDATA / "listings" / "tar_members.jsonl.zst"):
    # Go hands out global pax headers and Solaris' extended headers as members; to us they are no entries.
    if row["p"] == "go" and row["type"] not in ("type g", "type X"):
        MEMBERS.setdefault(row["file"], []).append(row)
GO_ERRORS = {
    (row := json.loads(line))["file"]: row["go"][1]
    for line in (TESTDATA / "listings" / "TARLISTS.jsonl").read_text().splitlines()
}

NAMELESS = {
    # Go hands out a member without a name, or with "/" alone; no runtime can create one: a warning, and left out.
    # (The root as a directory, "./", is an entry.)
    "libarchive.test_read_format_tar_empty_filename.tar",
    "node-tar.path-missing.tar",
    "tar-rs.empty_filename.tar",
}
CUT_SHORT = {
    # Ends inside a member's data: the oracle hashed what is there, we do not call that the file's digest.
    "commons-compress.COMPRESS-544_truncated_in_content-fail.tar": "test/bar",
}
ONLY_LIBARCHIVE_XATTRS = {
    # Go knows SCHILY.xattr alone; the attributes that libarchive writes in its own way are listed by us too.
    "libarchive.test_pax_xattr_header_libarchive.tar",
}
NOT_DECOMPRESSED = {
    # The oracles were given the tar that lz4(1) makes of it; no container format has lz4 layers.
    "libarchive.test_compat_lz4_1.tar.lz4",
    "libarchive.test_compat_lz4_2.tar.lz4",
    "libarchive.test_compat_lz4_B7BD.tar.lz4",
}


def survey(path: Path) -> LayerFacts:
    return Surveyor((), Limits(), digests=True).survey([path.read_bytes()])


def as_go_sees_it(row: Row) -> tuple[Any, ...]:
    kind = "dir" if row["type"] == "type D" else row["type"]  # GNU incremental: a directory with its list of names
    link = row.get("linkname") if kind == "symlink" else None
    size = row["size"] if kind == "file" else None
    path = posixpath.normpath("/" + row["path"]).lstrip("/")
    xattrs = row.get("xattrs") or None
    return (path, kind, row["mode"], row["uid"], row["gid"], row["mtime"], size, link, xattrs)


def as_we_see_it(entry: Entry) -> tuple[Any, ...]:
    link = entry.link_target if entry.kind == "symlink" else None
    size = entry.size if entry.kind == "file" else None
    xattrs = {name: value.hex() for name, value in (entry.xattrs or {}).items()} or None
    seconds = entry.mtime_ns // 10**9
    return (entry.path, str(entry.kind), f"{entry.mode:04o}", entry.uid, entry.gid, seconds, size, link, xattrs)


def compare_with_go(path: Path) -> None:
    facts = survey(path)
    theirs = MEMBERS.get(path.name, [])
    errors = [problem for problem in facts.problems if problem.level is Level.ERROR]

    assert bool(errors) == bool(GO_ERRORS[path.name])
    if path.name in NAMELESS:
        assert [problem.code for problem in facts.problems] == ["no-name"]
        return
    without_xattrs = -1 if path.name in ONLY_LIBARCHIVE_XATTRS else None
    found = [as_we_see_it(entry)[:without_xattrs] for entry in facts.entries]
    assert found == [as_go_sees_it(row)[:without_xattrs] for row in theirs]
    assert facts.sha256 is not None
    for entry, digest, row in zip(facts.entries, facts.sha256, theirs, strict=True):
        if entry.kind == "file" and "sha256" in row:  # they hashed nothing empty and nothing over 512 MB
            assert digest == (None if entry.path == CUT_SHORT.get(path.name) else row["sha256"]), entry.path
    assert all(error.offset is not None for error in errors)


TARS = [path for folder in ("tars", "broken") for path in sorted((TESTDATA / folder).iterdir())]
TARS = [path for path in TARS if path.name in GO_ERRORS and path.name not in NOT_DECOMPRESSED]


@pytest.mark.parametrize("path", TARS, ids=lambda path: path.name)
def test_a_tar_has_the_members_that_go_sees_and_ends_in_an_error_where_go_does(path: Path) -> None:
    compare_with_go(path)


CORPUS_TARS = sorted((CORPUS / "tars").iterdir()) if CORPUS.is_dir() else []
CORPUS_TARS = [path for path in CORPUS_TARS if path.name not in NOT_DECOMPRESSED]


@pytest.mark.slow
@needs_corpus
@pytest.mark.parametrize("path", CORPUS_TARS, ids=lambda path: path.name)
def test_every_tar_of_the_corpus_has_the_members_that_go_sees(path: Path) -> None:
    compare_with_go(path)
