"""Archives inside a layer: every kind, to stated bounds, and what the bounds left out is told."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from copy import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.analyzers.secrets import Secrets, archives
from imgscan.analyzers.secrets.archives import (
    DEEP,
    IN_ALL,
    LARGE,
    MANY,
    MUCH,
    OBJECTS,
    UNREADABLE,
    ZIP,
    Unpacking,
    is_archive,
)
from imgscan.analyzers.secrets.examples import expand
from imgscan.formats.archives.git import GitObject, Kind
from imgscan.model.finding import Finding
from imgscan.model.ledger import Cause, Gap
from imgscan.model.observed import Allowance
from imgscan.testing import COMPRESSIONS, compress, merged, program, tar_of
from imgscan.testing.compress import Compression

from ...formats.archives import test_git as git
from ...formats.archives.test_members import ar, newc, rpm

TOKEN = expand("ghp_<<0-9A-Za-z|30>><<crc>>", "archives").encode()
SECRETS = Secrets()


def zip_of(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def members(data: bytes) -> dict[str, bytes]:
    return dict(Unpacking(data).members())


def skipped(data: bytes) -> dict[str, int]:
    unpacking = Unpacking(data)
    for _ in unpacking.members():
        pass
    return dict(unpacking.skipped)


@pytest.mark.parametrize("outer", COMPRESSIONS)
@pytest.mark.parametrize("inner", ["zip", "tar", "text"])
def test_every_archive_in_every_compression_is_opened(outer: Compression, inner: str) -> None:
    content = {"zip": zip_of({"a": TOKEN}), "tar": tar_of({"a": TOKEN}), "text": TOKEN}[inner]
    if outer == "none" and inner == "text":
        pytest.skip("neither an archive nor compressed")

    assert members(compress(content, outer)) == {"!" if inner == "text" else "!/a": TOKEN}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_method_of_zip_is_read(method: int) -> None:
    assert members(zip_of({"a": TOKEN}, method)) == {"!/a": TOKEN}


def _by_zipfile(data: bytes) -> dict[str, bytes] | None:
    """Return the members that zipfile reads, None where it finds no archive."""
    found = {}
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception:  # noqa: BLE001 (zipfile on damaged bytes raises many kinds)
        return None
    for info in archive.infolist():
        if info.file_size > 1 << 20:  # as it says: beyond the bound
            continue
        try:
            found["!/" + info.filename] = archive.open(info).read(info.file_size)
        except Exception as error:  # noqa: BLE001 (as above)
            if "differ" in str(error):  # a local name that is not the directory's: who reads by the directory reads it
                return None
    return {name: content for name, content in found.items() if content}


@given(
    st.dictionaries(st.sampled_from(["a.txt", "\xe4.txt", "b"]), st.binary(min_size=1, max_size=200), min_size=1),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=3),
)
def test_of_a_damaged_zip_the_members_are_read_that_zipfile_reads(
    files: dict[str, bytes], method: int, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(zip_of(files, method))
    for at, value in changes:
        data[4 + at % (len(data) - 4)] = value  # behind what it is known by
    expected = _by_zipfile(bytes(data))
    if expected is None or any(is_archive(content) for content in expected.values()):
        return

    assert members(bytes(data)) == expected


def test_the_way_into_nested_archives_is_the_chain() -> None:
    inner = zip_of({"app.properties": TOKEN})

    assert members(zip_of({"lib/b.jar": inner, "c.tgz": compress(tar_of({"d": b"x"}), "gzip")})) == {
        "!/lib/b.jar!/app.properties": TOKEN,
        "!/c.tgz!/d": b"x",
    }


def test_archives_nested_too_deep_are_not_opened_and_told() -> None:
    data = zip_of({"a": TOKEN})
    for _ in range(archives.MAX_DEPTH - 1):
        data = zip_of({"z.zip": data})

    assert TOKEN in members(data).values()
    assert members(zip_of({"z.zip": data})) == {}
    assert skipped(zip_of({"z.zip": data})) == {DEEP: 1}


def test_a_member_over_the_bound_is_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBER", 1000)
    data = zip_of({"large": bytes(1001), "small": TOKEN})

    assert members(data) == {"!/small": TOKEN}
    assert skipped(data) == {LARGE: 1}
    assert skipped(tar_of({"large": bytes(1001)})) == {LARGE: 1}
    assert skipped(compress(bytes(1001), "gzip")) == {LARGE: 1}


def test_more_members_than_the_bound_are_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    files = {f"{number}": b"x" for number in range(5)}

    for data in (zip_of(files), tar_of(files)):
        assert len(members(data)) == 3
        assert skipped(data) == {MANY: 1}


def test_more_bytes_than_the_bound_are_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_TOTAL", 2500)

    data = zip_of({f"{number}": bytes(1000) for number in range(5)})

    assert len(members(data)) == 2
    assert skipped(data) == {MUCH: 3}


def test_a_small_archive_of_much_is_cut_at_its_ratio() -> None:
    data = zip_of({f"{number}": bytes(1 << 20) for number in range(20)})

    unpacked = sum(map(len, members(data).values()))

    assert unpacked <= archives.LEAST_TOTAL + archives.MAX_RATIO * len(data)
    assert skipped(data)[MUCH] > 10


def test_texts_are_unpacked_before_programs() -> None:
    assert next(iter(members(zip_of({"A.class": b"1", "b.jar": b"2", "c.yml": b"3"})))) == "!/c.yml"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_that_is_cut_short_is_read_by_its_members_headers(method: int) -> None:
    whole = zip_of({"a": TOKEN, "b": b"second", "c": b"third"}, method)

    found = members(whole[: whole.rindex(b"PK\3\4")])

    assert found == {"!/a": TOKEN, "!/b": b"second"}
    assert skipped(whole[:-30]) == {UNREADABLE: 1}


def with_directory(number: int, size: int, content: bytes) -> bytes:
    """Return a zip whose directory has so many names, each with another checksum, for one deflated member."""
    packed = zlib.compress(content, 9)[2:-4]
    body = ZIP + struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, len(packed), len(content), 1, 0) + b"a" + packed
    rows = b""
    for index in range(number):
        row = (20, 20, 0, 8, 0, 0, index, len(packed), size + index, 5, 0, 0, 0, 0, 0, 0)
        rows += b"PK\1\2" + struct.pack("<HHHHHHIIIHHHHHII", *row) + b"%05d" % index
    return body + rows + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, number, number, len(rows), len(body), 0)


def test_members_that_fail_count_against_the_bounds() -> None:
    data = with_directory(600, 1 << 20, bytes(1 << 20))

    assert skipped(data)[UNREADABLE] < 3
    assert skipped(data)[MUCH] > 590


def test_many_names_of_the_same_bytes_are_read_once() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", TOKEN)
        info = archive.infolist()[0]
        archive.filelist += [copy(info) for _ in range(50)]

    assert list(Unpacking(out.getvalue()).members()) == [("!/a", TOKEN)]
    assert skipped(out.getvalue()) == {}


def test_a_directory_of_more_members_than_are_listed_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_LISTED", 20)

    assert members(zip_of({f"{n}": b"x" for n in range(19)})) == {f"!/{n}": b"x" for n in range(19)}
    assert skipped(zip_of({f"{n}": b"x" for n in range(19)})) == {}
    assert members(zip_of({f"{n}": b"x" for n in range(21)})) == {f"!/{n}": b"x" for n in range(21)}
    assert skipped(zip_of({f"{n}": b"x" for n in range(21)}))[MANY] == 1


def test_an_encrypted_member_is_told() -> None:
    data = bytearray(zip_of({"a": TOKEN}))
    data[6] |= 1
    data[data.rindex(b"PK\1\2") + 8] |= 1

    assert skipped(bytes(data)) == {UNREADABLE: 1}


def test_what_was_left_out_is_in_the_coverage() -> None:
    data = zip_of({"z.zip": zip_of({"z.zip": zip_of({"z.zip": zip_of({"a": TOKEN})})})})
    view, problems = merged({"app/a.jar": data, "app/b.jar": data}, analyzers=(SECRETS,))

    told = list(SECRETS.conclude(view))

    assert problems == ()
    what = "packed or encoded content"
    assert told == [
        Gap(cause=Cause.LIMIT, what=what, count=2, why=DEEP, layer=0, path="app/a.jar", rules=("secrets.*",))
    ]


def test_a_secret_in_a_jar_is_told_with_the_way_to_it() -> None:
    view, _ = merged({"app/a.jar": zip_of({"config.properties": b"x\ntoken " + TOKEN})}, analyzers=(SECRETS,))

    (finding,) = SECRETS.conclude(view)

    assert isinstance(finding, Finding)
    assert (finding.path, finding.line, finding.evidence["inside"]) == ("app/a.jar", 2, "!/config.properties")
    assert finding.evidence["places"][0]["inside"] == "!/config.properties"
    assert "inside config.properties" in finding.message


@pytest.mark.parametrize(("name", "count"), [("settings.conf", 1), ("settings.py", 0)])
def test_in_an_archive_a_file_is_read_as_it_would_be_outside(name: str, count: int) -> None:
    text = b"db_password = kX9vQ2mLw7\n"
    files = {f"app/{name}": text, "app/a.zip": zip_of({name: text}), f"app/{name}.gz": compress(text, "gzip")}

    for path, content in files.items():
        view, _ = merged({path: content}, analyzers=(SECRETS,))
        assert len(list(SECRETS.conclude(view))) == count, path


def _deb() -> bytes:
    data = compress(tar_of({"etc/app.conf": b"token " + TOKEN}), "xz")
    return ar(("debian-binary", b"2.0\n"), ("data.tar.xz", data))


PACKED = {
    "a.deb": (_deb(), "!/data.tar.xz!/etc/app.conf"),
    "initrd": (newc("etc/app.conf", b"token " + TOKEN) + newc("TRAILER!!!", b""), "!/etc/app.conf"),
    "initrd.gz": (
        compress(newc("etc/app.conf", b"token " + TOKEN) + newc("TRAILER!!!", b""), "gzip"),
        "!/etc/app.conf",
    ),
    "a.rpm": (
        rpm(compress(newc("etc/app.conf", b"token " + TOKEN) + newc("TRAILER!!!", b""), "zstd")),
        "!/etc/app.conf",
    ),
    "app.jar": (b'#!/bin/sh\nexec java -jar "$0"\n' + zip_of({"app.conf": b"token " + TOKEN}), "!/app.conf"),
    "app": (program() + zip_of({"app.conf": b"token " + TOKEN}), "!/app.conf"),
    "setup.run": (
        b"#!/bin/sh\ntail -n +3 $0 | tar xz\n" + compress(tar_of({"app.conf": b"token " + TOKEN}), "gzip"),
        "!/app.conf",
    ),
}


# What changes is the middle of the token alone: of the delta that a pack keeps nothing looks like one.
BEFORE = git.BASE + b" token ghp_" + b"0" * 36 + b"\n" + git.BASE
AFTER = BEFORE.replace(b"ghp_" + b"0" * 36, TOKEN)
AT = len(git.BASE) + len(b" token ghp_")
CHANGE = git.delta(
    git.copy(0, AT),
    git.insert(TOKEN[4:]),
    git.copy(AT + 36, len(BEFORE) - AT - 36),
    base=len(BEFORE),
    target=len(AFTER),
)
FIRST = git.entry(Kind.BLOB, BEFORE)
HISTORY = git.pack(FIRST, git.entry(Kind.OFFSET_DELTA, CHANGE, git.offset(len(FIRST))))
COMMITS = git.pack(git.entry(Kind.COMMIT, b"tree 1\n\nadd token " + TOKEN), git.entry(Kind.COMMIT, b"tree 2"))
PACKED |= {
    "objects/ab/cdef": (zlib.compress(b"blob 40\0token " + TOKEN, 1), "!"),
    "history.pack": (HISTORY, f"!/{GitObject(Kind.BLOB, AFTER, 0).id}"),
    "commits.pack": (COMMITS, "!/commits"),
    "tree.pack": (git.pack(git.entry(Kind.TREE, b"100644 " + TOKEN + b"\0" + bytes(20))), "!/trees"),
    "all.bundle": (
        b"# v2 git bundle\n" + b"a" * 40 + b" refs/heads/main\n\n" + HISTORY,
        f"!/{GitObject(Kind.BLOB, AFTER, 0).id}",
    ),
}


@pytest.mark.parametrize("name", PACKED)
def test_what_is_packed_behind_or_inside_something_else_is_opened(name: str) -> None:
    content, inside = PACKED[name]
    view, _ = merged({f"opt/{name}": content}, analyzers=(SECRETS,))

    found = [item for item in SECRETS.conclude(view) if isinstance(item, Finding)]

    assert [item.path for item in found] == [f"opt/{name}"]
    assert inside in {place.get("inside") for item in found for place in item.evidence["places"]}


@pytest.mark.parametrize(
    "content", [program(), b"#!/bin/sh\necho a\n", program() + bytes(40), ar(("a.o", b"\x7fELF" + b"x" * 99))]
)
def test_a_program_script_or_library_with_nothing_behind_it_is_silent(content: bytes) -> None:
    view, _ = merged({"usr/bin/a": content}, analyzers=(SECRETS,))

    assert list(SECRETS.conclude(view)) == []


@pytest.mark.parametrize(
    "content", [b"7z\xbc\xaf\x27\x1c" + bytes(90), b"hsqs" + bytes(90), rpm(b"no payload of ours")[:110]]
)
def test_what_cannot_be_opened_is_left_open(content: bytes) -> None:
    view, _ = merged({"opt/a": content}, analyzers=(SECRETS,))

    (gap,) = SECRETS.conclude(view)

    assert isinstance(gap, Gap)
    assert (gap.path, gap.rules, gap.cause) == ("opt/a", ("secrets.*",), Cause.UNSUPPORTED)


@pytest.mark.parametrize("content", [git.pack(FIRST), zlib.compress(b"blob 1\0a"), b"x^2 + y^2 = z^2", b"x\x01\xff"])
def test_objects_of_git_without_a_secret_and_what_only_looks_like_one_are_silent(content: bytes) -> None:
    view, _ = merged({"app/.git/objects/a": content}, analyzers=(SECRETS,))

    assert list(SECRETS.conclude(view)) == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (HISTORY[:-60], UNREADABLE),
        (git.pack(git.entry(Kind.REFERENCE_DELTA, CHANGE, bytes(20))), OBJECTS),
        (zlib.compress(bytes(4 << 20)), MUCH),
    ],
)
def test_objects_of_git_that_are_not_read_are_told(content: bytes, why: str) -> None:
    assert skipped(content) == {why: 1}


def test_more_files_in_a_pack_than_the_bound_are_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_BLOBS", 2)
    data = git.pack(*(git.entry(Kind.BLOB, text) for text in (b"a", b"b", b"c")))

    assert list(members(data).values()) == [b"a", b"b"]
    assert skipped(data) == {OBJECTS: 1}


def test_packs_of_a_layer_share_what_their_deltas_make() -> None:
    allowance = Allowance(1 << 20)
    first = git.entry(Kind.BLOB, bytes(1 << 19))
    whole = git.delta(git.copy(0, 1 << 19), base=1 << 19, target=1 << 19)
    entries, at = [first], len(first)
    for _ in range(20):
        entries.append(git.entry(Kind.OFFSET_DELTA, whole, git.offset(at)))
        at += len(entries[-1])
    data = git.pack(*entries)

    unpackings = [Unpacking(data, allowance) for _ in range(3)]
    counts = [len(list(unpacking.members())) for unpacking in unpackings]

    assert counts[0] < 12
    assert counts[1] < counts[0] // 4
    assert all(unpacking.skipped for unpacking in unpackings)
    assert allowance.left == 0


def test_a_file_that_unpacks_to_itself_ends() -> None:
    data = b"x"
    for _ in range(9):
        data = compress(data, "gzip")

    assert sum(skipped(data).values()) == 1


def test_archives_of_a_layer_share_what_they_unpack_to_beyond_the_usual() -> None:
    allowance = Allowance(60_000)
    data = zip_of({"a": b"a" * 50_000, "b": b"b" * 50_000, "c": TOKEN})

    first = Unpacking(data, allowance)
    assert [chain for chain, _ in first.members()] == ["!/a", "!/c"]
    assert first.skipped == {IN_ALL: 1}
    second = Unpacking(data, allowance)
    assert [chain for chain, _ in second.members()] == ["!/c"]
    assert second.skipped == {IN_ALL: 2}


def test_archives_that_grow_as_usual_take_nothing_of_what_is_shared() -> None:
    allowance = Allowance(1000)
    data = zip_of({"a": bytes(range(256)) * 40, "c": TOKEN}, zipfile.ZIP_STORED)

    for _ in range(50):
        unpacking = Unpacking(data, allowance)
        assert len(list(unpacking.members())) == 2
        assert not unpacking.skipped
    assert allowance.left == 1000
