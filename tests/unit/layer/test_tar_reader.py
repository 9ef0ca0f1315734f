"""The push parser: entries, contents and offsets; rows 22 to 34 of the cases' table where they are the tar's own."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass, field

import pytest

from imgscan.errors import InputError, LimitError, TarHeaderError, TruncatedError
from imgscan.layer.sinks import EntrySink
from imgscan.layer.tar_reader import TarReader
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.limits import Limits
from imgscan.model.problem import Problem, ProblemLog
from imgscan.testing import TarBuilder, extended_header, pax_records, sparse_member, tar_header, tar_number
from imgscan.testing.header import Dialect
from imgscan.testing.sparse import SPARSE_FORMATS, SparseFormat

from ..support import codes

BLOCK = 512


@dataclass
class Read:
    """What a reader handed out."""

    entries: list[Entry] = field(default_factory=list)
    heads: list[bytes | None] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    problems: tuple[Problem, ...] = ()
    error: InputError | None = None
    trailing: int = 0

    @property
    def paths(self) -> list[str]:
        return [entry.path for entry in self.entries]


class Sink:
    """Writes into one item of a ``Read``."""

    def __init__(self, read: Read, place: int) -> None:
        self.read = read
        self.place = place

    def write(self, data: memoryview) -> None:
        self.read.contents[self.place] += bytes(data)

    def hole(self, length: int) -> None:
        self.read.contents[self.place] += bytes(length)

    def close(self) -> None:
        self.read.ends[self.place] = "whole"

    def abort(self) -> None:
        self.read.ends[self.place] = "cut"


def read(tar: TarBuilder | bytes, window: int = 1 << 20, limits: Limits | None = None) -> Read:
    """Return all that a reader says of a tar; what it raises too."""
    data = tar.build() if isinstance(tar, TarBuilder) else tar
    found = Read()
    log = ProblemLog("layer", 20)

    def take(entry: Entry, head: bytes | None) -> EntrySink:
        found.entries.append(entry)
        found.heads.append(head)
        found.contents.append(b"")
        found.ends.append("open")
        return Sink(found, len(found.entries) - 1)

    reader = TarReader(take, log, limits or Limits())
    try:
        for at in range(0, len(data), window):
            reader.feed(data[at : at + window])
        reader.close()
    except InputError as error:
        found.error = error
    found.problems = log.problems()
    found.trailing = reader.trailing_bytes
    return found


# What is read


@pytest.mark.parametrize("dialect", ["v7", "ustar", "pax", "gnu", "star"])
@pytest.mark.parametrize("window", [1, 100, 511, 512, 513, 1 << 20])
def test_every_dialect_and_kind_is_read_in_any_windows(dialect: Dialect, window: int) -> None:
    tar = (
        TarBuilder(dialect)
        .directory("d/", mode=0o1777, uid=1, gid=2, mtime=3)
        .file("d/f", b"content", mode=0o4755)
        .file("d/empty")
        .file("d/block", b"x" * 512)
        .file("d/big", b"y" * 1500)
        .symlink("d/s", "../f")
        .hardlink("d/h", "d/f")
        .device("d/c", 1, 3)
        .device("d/b", 8, 0, b"4")
        .fifo("d/p")
    )

    found = read(tar, window)

    assert [(entry.path, str(entry.kind)) for entry in found.entries] == [
        ("d", "dir"),
        ("d/f", "file"),
        ("d/empty", "file"),
        ("d/block", "file"),
        ("d/big", "file"),
        ("d/s", "symlink"),
        ("d/h", "hardlink"),
        ("d/c", "char"),
        ("d/b", "block"),
        ("d/p", "fifo"),
    ]
    first = found.entries[0]
    assert (first.mode, first.uid, first.gid, first.mtime_ns) == (0o1777, 1, 2, 3 * 10**9)
    assert found.entries[1].mode == 0o4755
    assert (found.entries[5].link_target, found.entries[6].link_target) == ("../f", "d/f")
    assert found.entries[7].device == ((0, 0) if dialect == "v7" else (1, 3))
    assert found.contents == [b"", b"content", b"", b"x" * 512, b"y" * 1500, b"", b"", b"", b"", b""]
    assert found.heads == [b"", b"content", b"", b"x" * 16, b"y" * 16, b"", b"", b"", b"", b""]
    assert set(found.ends) == {"whole"}
    assert (found.problems, found.error) == ((), None)


def test_offsets_are_where_the_content_starts() -> None:
    tar = TarBuilder().file("a", b"1" * 600).file("n" * 150, b"2").file("c", b"3")
    data = tar.build()

    for entry in read(tar).entries:
        assert data[entry.offset : entry.offset + entry.size] in (b"1" * 600, b"2", b"3")


@pytest.mark.parametrize("dialect", ["ustar", "pax", "gnu"])
def test_long_names_and_links_are_read(dialect: Dialect) -> None:
    name = "/".join(["folder"] * 20 + ["name"])
    target = "t" * 300 if dialect != "ustar" else "t" * 100

    found = read(TarBuilder(dialect).file(name, b"x").symlink("s", target))

    assert found.paths == [name, "s"]
    assert found.entries[1].link_target == target
    assert found.contents[0] == b"x"


def test_extended_attributes_are_read_for_any_kind() -> None:
    attributes = {"security.capability": b"\1\0\0\2" + bytes(16), "user.\u00e9": b"\n=\n"}
    tar = TarBuilder().file("f", b"x", xattrs=attributes).directory("d", xattrs=attributes).file("plain")

    assert [entry.xattrs for entry in read(tar).entries] == [attributes, attributes, None]


def test_numbers_beyond_octal_are_read() -> None:
    tar = TarBuilder("gnu").file("f", uid=1 << 31, gid=(1 << 32) - 2, mtime=-1)
    (entry,) = read(tar).entries

    assert (entry.uid, entry.gid, entry.mtime_ns) == (1 << 31, (1 << 32) - 2, -(10**9))


def test_nobody_need_take_a_content() -> None:
    seen = []
    reader = TarReader(lambda entry, _head: seen.append(entry.path), ProblemLog("layer", 20), Limits())

    reader.feed(TarBuilder().file("a", b"x" * 5000).sparse("1.0", "s", [(5, b"y")], 100).file("b").build())
    reader.close()

    assert seen == ["a", "s", "b"]


def test_data_that_nobody_takes_can_be_stepped_over() -> None:
    data = TarBuilder().file("a", b"x" * 100_000).file("b", b"y").build()
    seen = []
    reader = TarReader(lambda entry, _head: seen.append(entry.offset), ProblemLog("layer", 20), Limits())
    at = fed = 0
    while at < len(data):
        window = data[at : at + 1024]
        reader.feed(window)
        fed += len(window)
        at += len(window)
        at += reader.skip(len(data) - at)
    reader.close()

    assert seen == [512, 512 + 100_352 + 512]
    assert fed < 5000


@pytest.mark.parametrize("form", SPARSE_FORMATS)
@pytest.mark.parametrize("window", [1, 512, 700, 1 << 20])
@pytest.mark.parametrize("count", [0, 1, 4, 5, 26, 60])
def test_row_34_sparse_files_come_out_expanded(form: SparseFormat, window: int, count: int) -> None:
    parts = [(number * 3000 + 7, b"%02d" % number) for number in range(count)]
    marked = [*parts, (200_000, b"")]  # the hole at the end, as GNU tar marks it
    tar = TarBuilder().file("before", b"x").sparse(form, "sparse", marked, 200_000).file("after", b"y")
    expected = bytearray(200_000)
    for offset, data in parts:
        expected[offset : offset + 2] = data

    found = read(tar, window)

    assert found.paths == ["before", "sparse", "after"]
    assert found.entries[1].size == 200_000
    assert found.heads[1] is None
    assert found.contents == [b"x", bytes(expected), b"y"]
    assert set(found.ends) == {"whole"}
    assert (found.problems, found.error) == ((), None)


# Rows 22 to 33


@pytest.mark.parametrize(
    ("name", "path"), [("./x", "x"), ("/x", "x"), ("a//x", "a/x"), ("a/./x", "a/x"), ("a/../x", "x")]
)
def test_row_22_names_are_cleaned(name: str, path: str) -> None:
    found = read(TarBuilder().file(name).hardlink("h", name))

    assert (found.paths[0], found.entries[1].link_target) == (path, path)
    assert found.problems == ()


def test_row_22_a_symlinks_text_stays_as_it_is() -> None:
    assert read(TarBuilder().symlink("s", "/a/../../b//c/")).entries[0].link_target == "/a/../../b//c/"


@pytest.mark.parametrize("name", ["", "./", "/"])
def test_row_22_a_file_without_a_name_is_left_out(name: str) -> None:
    found = read(TarBuilder().file(name, b"x" * 600).file("after", b"y"))

    assert found.paths == ["after"]
    assert codes(found.problems) == ["warning no-name"]


def test_row_22_the_root_may_have_an_entry() -> None:
    found = read(TarBuilder().directory("./").directory("/"))

    assert found.paths == ["", ""]
    assert found.problems == ()


def test_row_24_a_slash_makes_a_directory_of_type_nul_alone() -> None:
    tar = TarBuilder().file("f/", b"content").header("d/", typeflag=b"\0", size=600).file("after", b"x")

    found = read(tar)

    assert [(entry.path, str(entry.kind)) for entry in found.entries] == [
        ("f", "file"),
        ("d", "dir"),
        ("after", "file"),
    ]
    assert codes(found.problems) == ["warning size-ignored", "warning trailing-slash"]


def test_row_26_names_are_bytes() -> None:
    (entry,) = read(TarBuilder().file(b"caf\xe9\n\x1b[m")).entries

    assert entry.path == "caf\udce9\n\x1b[m"


def test_row_28_pax_records_rule_the_header() -> None:
    records = {"path": "p/real", "size": "3", "uid": "7", "gid": "8", "mtime": "1.5", "uname": "x", "atime": "2"}
    tar = TarBuilder().pax(records).header("ustar", size=600, uid=1, gid=2, mtime=3).raw(b"abc".ljust(BLOCK, b"\0"))

    found = read(tar.file("after", b"y"))

    entry = found.entries[0]
    assert (entry.path, entry.size, entry.uid, entry.gid, entry.mtime_ns) == ("p/real", 3, 7, 8, 1_500_000_000)
    assert found.contents == [b"abc", b"y"]
    assert found.problems == ()


def test_row_28_the_pax_size_rules_where_the_next_header_is() -> None:
    # CVE-2025-62518: a reader that trusts the ustar size of 0 takes the hidden tar inside the content for headers.
    hidden = TarBuilder().file("hidden", b"evil").build(0)
    tar = TarBuilder().pax({"size": str(len(hidden))}).header("outer", size=0).raw(hidden).file("after", b"y")

    found = read(tar)

    assert found.paths == ["outer", "after"]
    assert found.contents[0] == hidden


def test_row_28_pax_linkpath_rules_the_headers_link() -> None:
    tar = TarBuilder().pax({"linkpath": "long"}).header("s", typeflag=b"2", link="short")

    assert read(tar).entries[0].link_target == "long"


@pytest.mark.parametrize("key", ["path", "linkpath", "size", "uid", "gid", "mtime"])
def test_row_28_an_empty_value_leaves_the_header(key: str) -> None:
    tar = TarBuilder().pax([(key, "9"), (key, "")]).header("f", size=2, uid=1, gid=2, mtime=3).raw(b"xy" + bytes(510))

    (entry,) = read(tar).entries

    assert (entry.path, entry.size, entry.uid, entry.gid, entry.mtime_ns) == ("f", 2, 1, 2, 3 * 10**9)


def test_row_28_of_double_keys_the_last_counts() -> None:
    assert read(TarBuilder().pax([("path", "first"), ("path", "last")]).file("f")).paths == ["last"]


def test_row_28_records_hold_for_one_member() -> None:
    assert read(TarBuilder().pax({"path": "real"}).file("f").file("g")).paths == ["real", "g"]


@pytest.mark.parametrize("name_first", [True, False])
def test_row_29_a_gnu_long_name_wins_over_a_pax_path(name_first: bool) -> None:
    tar = TarBuilder()
    if name_first:
        tar.long_name("gnu").long_link("gnu-link")
    tar.pax({"path": "pax", "linkpath": "pax-link"})
    if not name_first:
        tar.long_name("gnu").long_link("gnu-link")

    found = read(tar.symlink("s", "x"))

    assert (found.paths, found.entries[0].link_target) == (["gnu"], "gnu-link")


def test_row_30_of_two_pax_headers_the_last_counts_whole_and_warns() -> None:
    tar = TarBuilder().pax({"path": "first", "uid": "5"})
    at = tar.at

    found = read(tar.pax({"path": "last"}).file("f"))

    assert (found.paths, found.entries[0].uid) == (["last"], 0)
    assert codes(found.problems) == ["warning double-header"]
    assert found.problems[0].offset == at


def test_row_30_of_two_long_names_the_last_counts_and_warns() -> None:
    found = read(TarBuilder().long_name("first").long_name("last").long_link("a").long_link("b").symlink("s", "x"))

    assert (found.paths, found.entries[0].link_target) == (["last"], "b")
    assert codes(found.problems) == ["warning double-header"] * 2


def test_row_31_a_global_header_is_not_applied_and_warns_when_it_matters() -> None:
    tar = TarBuilder().global_pax({"path": "global", "size": "9", "uid": "9", "comment": "x"}).file("f", b"abc")

    found = read(tar)

    assert (found.paths, found.contents, found.entries[0].uid) == (["f"], [b"abc"], 0)
    assert codes(found.problems) == ["warning global-header"]
    assert all(word in found.problems[0].message for word in ("path", "size", "uid"))


def test_row_31_a_global_comment_warns_of_nothing() -> None:
    found = read(TarBuilder().global_pax({"comment": "commit id"}).file("f"))

    assert (found.paths, found.problems) == (["f"], ())


def test_row_31_a_global_header_between_loses_the_pending_records_as_in_go() -> None:
    assert read(TarBuilder().pax({"path": "lost"}).global_pax({"comment": "x"}).file("f")).paths == ["f"]


@pytest.mark.parametrize("flag", [b"1", b"2", b"3", b"4", b"5", b"6"])
@pytest.mark.parametrize("records", [False, True])
def test_row_32_a_kind_without_content_has_none_whatever_its_size(flag: bytes, records: bool) -> None:
    tar = TarBuilder()
    if records:
        tar.pax({"comment": "x"})
    at = tar.at
    tar.header("odd", typeflag=flag, size=1000, link="f").file("after", b"y")

    found = read(tar)

    assert (found.paths, found.entries[0].size) == (["odd", "after"], 0)
    assert codes(found.problems) == ["warning size-ignored"]
    assert (found.problems[0].path, found.problems[0].offset) == ("odd", at)
    assert "1000" in found.problems[0].message


@pytest.mark.parametrize("blocks", [0, 1, 2, 3, 20])
def test_row_33_missing_end_blocks_are_accepted(blocks: int) -> None:
    found = read(TarBuilder().file("f", b"x").build(blocks))

    assert (found.paths, found.problems, found.error, found.trailing) == (["f"], (), None, 0)


@pytest.mark.parametrize("window", [1, 512, 1000, 1 << 20])
def test_row_33_data_after_the_end_is_not_read_and_told(window: int) -> None:
    end = TarBuilder().file("f", b"x").build()
    hidden = TarBuilder().file("hidden", b"y").build(0)

    found = read(end + bytes(1024) + hidden + bytes(2048), window)

    assert found.paths == ["f"]
    assert codes(found.problems) == ["warning trailing-data"]
    assert found.problems[0].offset == len(end) + 1024
    assert found.trailing == len(hidden) + 2048
    assert str(found.trailing) in found.problems[0].message


def test_row_33_an_empty_layer_is_fine() -> None:
    for data in (b"", bytes(512), bytes(1024), bytes(10240)):
        found = read(data)
        assert (found.entries, found.problems, found.error) == ([], (), None)


def test_row_33_a_header_behind_one_zero_block_is_an_error_as_in_go() -> None:
    found = read(TarBuilder().file("f").raw(bytes(512)).file("g"))

    assert found.paths == ["f"]
    assert isinstance(found.error, TarHeaderError)
    assert found.error.position.offset == 1024


# Damage: what precedes it is handed out, the error tells where it is


@pytest.mark.parametrize("window", [1, 700, 1 << 20])
@pytest.mark.parametrize(
    "bad",
    [
        tar_header("bad", checksum=0),
        tar_header("bad", size=b"9"),
        tar_header("bad", size=-1),
        tar_header("bad", mode=b"garbage"),
        tar_header("bad", uid=b"\x80\0\0\0"[:4] + b"zzzz")[:156] + b"0" * 356,
        b"not a header at all".ljust(512, b"!"),
        tar_header("bad", "ustar", typeflag=b"S"),
    ],
)
def test_a_damaged_header_ends_the_reading_at_its_offset(bad: bytes, window: int) -> None:
    tar = TarBuilder().file("whole", b"x" * 600)
    at = tar.at

    found = read(tar.raw(bad).file("unseen"), window)

    assert (found.paths, found.contents, found.ends) == (["whole"], [b"x" * 600], ["whole"])
    assert isinstance(found.error, TarHeaderError)
    assert found.error.position.offset == at


@pytest.mark.parametrize(
    "records",
    [
        b"garbage",
        pax_records({"size": "x"}),
        pax_records({"size": "-1"}),
        pax_records({"uid": "1.5"}),
        pax_records({"mtime": "now"}),
        pax_records({"atime": "x"}),
        pax_records({"path": b"a\0b"}),
    ],
)
def test_a_damaged_pax_record_is_an_error_with_its_offset(records: bytes) -> None:
    tar = TarBuilder().file("whole", b"x")
    at = tar.at

    found = read(tar.raw(extended_header(b"x", records)).file("bad"))

    assert found.paths == ["whole"]
    assert isinstance(found.error, TarHeaderError)
    assert found.error.position.offset in range(at, at + 3 * BLOCK)


def _sparse_pax(*records: tuple[str, str], data: bytes = b"") -> bytes:
    return TarBuilder().pax(records).file("sparse", data).build(0)


@pytest.mark.parametrize(
    "member",
    [
        sparse_member("old", "s", [(5, b"xx"), (4, b"y")], 100),
        sparse_member("old", "s", [(99, b"xx")], 100),
        tar_header("s", "gnu", typeflag=b"S", prefix=bytes(41) + b"9" * 114),
        sparse_member("0.0", "s", [(5, b"xx"), (4, b"y")], 100),
        sparse_member("0.1", "s", [(99, b"xx")], 100),
        sparse_member("1.0", "s", [(99, b"xx")], 100),
        _sparse_pax(("GNU.sparse.size", "-1"), ("GNU.sparse.map", "0,0")),
        _sparse_pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), data=b"x" * 512),
        _sparse_pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), data=b"9\n1\n"),
        _sparse_pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "x")),
        _sparse_pax(("GNU.sparse.size", "10"), ("GNU.sparse.numblocks", "2"), ("GNU.sparse.map", "0,5"), data=b"12345"),
        TarBuilder().pax({"GNU.sparse.map": "0,0"}).directory("d").build(0),
    ],
)
def test_a_damaged_sparse_map_is_an_error_with_its_offset(member: bytes) -> None:
    tar = TarBuilder().file("whole", b"x")
    at = tar.at

    found = read(tar.raw(member).file("after"))

    assert found.paths == ["whole"]
    assert isinstance(found.error, TarHeaderError)
    assert found.error.position.offset is not None
    assert found.error.position.offset >= at


@pytest.mark.parametrize("length", [*range(512 + 1, 512 + 600, 97), 512 + 599])
@pytest.mark.parametrize("window", [1, 512, 1 << 20])
def test_a_tar_cut_within_a_content_is_truncated_and_the_entry_told(length: int, window: int) -> None:
    found = read(TarBuilder().file("f", b"x" * 600).build()[:length], window)

    assert (found.paths, found.ends) == (["f"], ["cut"])
    assert found.contents == [b"x" * (length - 512)]
    assert isinstance(found.error, TruncatedError)
    assert found.error.position.offset == length


def test_a_tar_cut_right_behind_a_header_is_truncated_and_the_entry_told() -> None:
    found = read(TarBuilder().file("f", b"x" * 600).build()[:512])

    assert (found.paths, found.heads, found.ends) == (["f"], [b""], ["cut"])
    assert isinstance(found.error, TruncatedError)


@pytest.mark.parametrize("length", [1, 100, 511, 1024 + 1, 1024 + 511])
def test_a_tar_cut_within_a_header_is_truncated_at_the_headers_offset(length: int) -> None:
    found = read(TarBuilder().file("f", b"x").file("g").build()[:length])

    assert len(found.entries) == length // 1024
    assert isinstance(found.error, TruncatedError)
    assert found.error.position.offset == length // 512 * 512


def test_a_tar_cut_within_the_padding_is_whole() -> None:
    found = read(TarBuilder().file("f", b"x").build()[: 512 + 100])

    assert (found.paths, found.ends, found.error) == (["f"], ["whole"], None)


@pytest.mark.parametrize("form", SPARSE_FORMATS)
def test_a_tar_cut_anywhere_in_a_sparse_member_is_truncated(form: SparseFormat) -> None:
    data = TarBuilder().sparse(form, "s", [(number * 100, b"x") for number in range(40)], 5000).build(0)
    end = len(data) - (-40 % BLOCK)

    for length in range(1, end, 61):
        found = read(data[:length])
        assert isinstance(found.error, TruncatedError), length
        assert "whole" not in found.ends


@pytest.mark.parametrize("length", [512 + 9, 1024])
def test_a_tar_cut_behind_an_extended_header_is_truncated(length: int) -> None:
    found = read(TarBuilder().pax({"path": "x"}).file("f").build()[:length])

    assert isinstance(found.error, TruncatedError)
    assert found.error.position.offset == length


def test_an_extended_header_of_nothing_warns() -> None:
    found = read(TarBuilder().file("f").pax({"path": "x"}))

    assert (found.paths, found.error) == (["f"], None)
    assert codes(found.problems) == ["warning dangling-header"]


# Bounds


def test_an_extended_header_beyond_the_bound_is_a_limit_with_its_offset() -> None:
    for header in (extended_header(b"x", pax_records({"comment": "x" * 5000})), extended_header(b"L", b"x" * 5000)):
        tar = TarBuilder().file("whole")
        at = tar.at
        found = read(tar.raw(header).file("f"), limits=Limits(pax_bytes=4096))

        assert found.paths == ["whole"]
        assert isinstance(found.error, LimitError)
        assert found.error.position.offset == at
        assert "limits.pax_bytes" in found.error.message


def test_an_extended_header_may_claim_any_size_without_being_waited_for() -> None:
    found = read(TarBuilder().header("x", typeflag=b"x", size=1 << 60))

    assert isinstance(found.error, LimitError)


def test_entries_are_bounded() -> None:
    tar = TarBuilder()
    for number in range(10):
        tar.file(f"f{number}")

    assert read(tar, limits=Limits(layer_entries=10)).error is None
    found = read(tar, limits=Limits(layer_entries=9))

    assert len(found.entries) == 9
    assert isinstance(found.error, LimitError)
    assert found.error.position.offset == 9 * 512


@pytest.mark.parametrize("form", ["old", "1.0"])
def test_sparse_maps_are_bounded(form: SparseFormat) -> None:
    parts = [(number * 10, b"x") for number in range(500)]

    found = read(TarBuilder().sparse(form, "s", parts, 10_000), limits=Limits(sparse_map_bytes=2048))

    assert isinstance(found.error, InputError)
    assert "limits.sparse_map_bytes" in found.error.message


@pytest.mark.parametrize(
    ("path", "fits"),
    [
        ("a/" * 511 + "x", True),
        ("a/" * 512 + "x", False),
        ("x" * 4095, True),
        ("x" * 4096, False),
        ("\u00e9" * 2047, True),
        ("\u00e9" * 2048, False),
    ],
)
def test_paths_that_no_runtime_can_create_are_left_out(path: str, fits: bool) -> None:
    found = read(TarBuilder().file(path, b"x" * 600).file("after", b"y"))

    assert found.paths == ([path] if fits else []) + ["after"]
    assert codes(found.problems) == ([] if fits else ["error path-too-long"])
    assert found.contents[-1] == b"y"


# Other readers


def test_a_star_and_an_old_gnu_tar_of_pythons_own_suite_shape_are_read() -> None:
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as tar:
            info = tarfile.TarInfo("d/" * 40 + "file")
            info.size, info.mode, info.mtime, info.uname = 3, 0o4755, 5, "someone"
            tar.addfile(info, io.BytesIO(b"abc"))
        found = read(out.getvalue())
        assert (found.paths, found.contents, found.problems) == (["d/" * 40 + "file"], [b"abc"], ())


def test_a_kind_of_no_file_system_is_left_out_with_its_data() -> None:
    for flag in (b"V", b"M", b"N", b"X"):
        found = read(TarBuilder().member("label", b"data" * 200, typeflag=flag).file("after", b"y"))
        assert (found.paths, found.contents) == (["after"], [b"y"])
        assert codes(found.problems) == ["warning not-an-entry"]


def test_an_unknown_type_is_a_file() -> None:
    found = read(TarBuilder().member("odd", b"data", typeflag=b"!").file("after", b"y"))

    assert (found.paths, found.contents) == (["odd", "after"], [b"data", b"y"])
    assert found.entries[0].kind is EntryKind.FILE
    assert codes(found.problems) == ["warning unknown-type"]


def test_a_number_field_of_the_builder_is_what_the_reader_reads() -> None:
    for value in (0, 1, 0o7777777, 1 << 21, 1 << 40, -1):
        (entry,) = read(TarBuilder().raw(tar_header("f", uid=tar_number(value, 8)))).entries
        assert entry.uid == value
