"""rpm's headers and its three databases."""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest

from imgscan.errors import PackageDataError
from imgscan.formats.packages.rpm_db import read_header_blobs
from imgscan.formats.packages.rpm_header import parse_rpm_header
from imgscan.formats.packages.sqlite import read_table
from imgscan.model.package import PackageFile
from imgscan.testing.rpm import berkeley, header, ndb, package, sqlite

DIGEST = sha256(b"x").hexdigest()
BLOBS = [package("one", a=(0o100755, DIGEST)), header({1000: "big", 1005: "d" * 9000}), package("three")]


def names(data: bytes) -> list[str]:
    return [parse_rpm_header(blob).name for blob in read_header_blobs(data)]


def test_a_header_gives_name_version_and_architecture() -> None:
    found = parse_rpm_header(
        header({1000: "bash", 1001: "5.2", 1002: "3.fc40", 1003: [2], 1022: "x86_64", 1014: "GPL"})
    )

    assert (found.name, found.version, found.epoch, found.arch, found.license) == (
        "bash",
        "5.2-3.fc40",
        "2",
        "x86_64",
        "GPL",
    )


@pytest.mark.parametrize(("label", "module"), [("nodejs:18:8080:63b3", "nodejs:18"), ("(none)", ""), ("", "")])
def test_a_header_gives_the_stream_of_its_module(label: str, module: str) -> None:
    assert parse_rpm_header(header({1000: "nodejs", 5096: label})).module == module


def test_a_file_has_mode_owner_digest_and_flags() -> None:
    blob = header(
        {
            1000: "p",
            1030: [0o104711, 0o100644, 0o100644, 0o120777, 0o040755],
            1035: [DIGEST, DIGEST, "", "", ""],
            1037: [0, 1 | 2, 64, 0, 0],
            1039: ["root"] * 5,
            1040: ["root", "mail", "root", "root", "root"],
            1045: [0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF],
            1116: [0, 1, 1, 0, 0],
            1117: ["su", "c.conf", "ghost", "link", "dir"],
            1118: ["/usr/bin/", "/etc/"],
            5011: [8],
        }
    )

    assert parse_rpm_header(blob).files == (
        PackageFile("usr/bin/su", f"sha256:{DIGEST}", 0o4711, "root:root", ""),
        PackageFile("etc/c.conf", f"sha256:{DIGEST}", 0o644, "root:mail", "cdv"),
        PackageFile("etc/ghost", "", 0o644, "root:root", "g"),
        PackageFile("usr/bin/link", "", 0o777, "root:root", "l"),
    )


def test_an_old_header_has_whole_names_and_md5() -> None:
    blob = header({1000: "old", 1027: ["/bin/a"], 1030: [0o100755], 1035: ["0" * 32]})

    assert parse_rpm_header(blob).files == (PackageFile("bin/a", "md5:" + "0" * 32, 0o755, ":", ""),)


def test_a_directory_of_a_megabyte_is_not_repeated_for_each_of_its_files() -> None:
    blob = header({1000: "p", 1116: [0, 0], 1117: ["a", "b"], 1118: ["/" + "d" * 1_000_000]})

    assert parse_rpm_header(blob).files == ()


def test_a_directory_that_is_not_there_leaves_its_file_out() -> None:
    blob = header({1000: "p", 1116: [7, 0], 1117: ["a", "b"], 1118: ["/d/"]})

    assert [file.path for file in parse_rpm_header(blob).files] == ["d/b"]


@pytest.mark.parametrize("blob", [b"", bytes(24), b"\0\0\0\1\xff\xff\xff\xff" + bytes(40), header({1001: "1"})])
def test_what_is_no_header_is_refused(blob: bytes) -> None:
    with pytest.raises(PackageDataError):
        parse_rpm_header(blob)


@pytest.mark.parametrize("make", [sqlite, ndb, berkeley], ids=["sqlite", "ndb", "berkeley"])
def test_each_database_gives_all_headers(make) -> None:  # type: ignore[no-untyped-def]  # three signatures
    assert list(read_header_blobs(make(BLOBS))) == BLOBS


def test_a_berkeley_database_may_be_of_the_other_byte_order() -> None:
    assert names(berkeley(BLOBS, order=">")) == ["one", "big", "three"]


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
def test_an_sqlite_database_of_many_pages_is_read_as_the_library_reads_it(page_size: int) -> None:
    blobs = [header({1000: f"p{number}", 1005: "d" * (number * 37)}) for number in range(400)]

    assert list(read_header_blobs(sqlite(blobs, page_size))) == blobs


def test_rows_of_any_table_are_those_that_the_library_gives() -> None:
    with sqlite3.connect(":memory:") as database:
        database.execute("create table t (a integer, b text, c blob, d)")
        rows = [
            (0, "", b"", None),
            (1, "one", b"\0\1", 2),
            (-1, "x" * 5000, bytes(3000), 1 << 40),
            (-(1 << 62), "y", b"z", 7),
        ]
        database.executemany("insert into t values (?, ?, ?, ?)", rows)
        database.commit()
        data = database.serialize()
    database.close()

    assert list(read_table(data, b"t")) == [(a, b.encode(), c, d) for a, b, c, d in rows]


def test_a_package_that_only_the_log_has_is_read_from_it(tmp_path: Path) -> None:
    path = tmp_path / "rpmdb.sqlite"
    path.write_bytes(sqlite([package("old")], 4096))
    database = sqlite3.connect(path)
    database.execute("pragma journal_mode = wal")
    database.execute("pragma wal_autocheckpoint = 0")
    database.execute("insert into Packages (blob) values (?)", (header({1000: "new", 1005: "d" * 20_000}),))
    database.commit()
    log = (tmp_path / "rpmdb.sqlite-wal").read_bytes()
    main = path.read_bytes()
    database.close()

    assert names(main) == ["old"]
    assert "new" in names(log)


def test_a_log_without_a_commit_has_no_packages(tmp_path: Path) -> None:
    log = bytes.fromhex("377f0682002de218") + (1024).to_bytes(4, "big") + bytes(20) + bytes(24 + 1024)

    assert names(log) == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"something else" * 100,
        b"SQLite format 3\0" + bytes(600),
        sqlite([package("p")])[:1500],
        b"RpmP" + bytes(40),
        ndb([package("p")])[:4100],
        b"\x37\x7f\x06\x82",
        berkeley([header({1000: "big", 1005: "d" * 9000})])[:9000],
    ],
)
def test_a_damaged_database_is_refused(data: bytes) -> None:
    with pytest.raises(PackageDataError):
        list(read_header_blobs(data))


def test_an_overflow_chain_that_runs_in_a_circle_ends() -> None:
    data = bytearray(berkeley([header({1000: "big", 1005: "d" * 9000})]))
    data[3 * 4096 + 16 : 3 * 4096 + 20] = (2).to_bytes(4, "little")  # the second page leads back to the first
    at = 4096 + data[4096:8192].rindex(b"\3\0\0\0\2\0\0\0")
    data[at + 8 : at + 12] = (len(data)).to_bytes(4, "little")

    assert sum(map(len, read_header_blobs(bytes(data)))) <= 2 * len(data)


def test_slots_that_share_one_blob_do_not_multiply_the_work() -> None:
    one = ndb([header({1000: "p", 1005: "d" * 100_000})])
    slot = one[32:48]
    data = one[:32] + slot * 254 + one[32 + 254 * 16 :]

    with pytest.raises(PackageDataError):
        list(read_header_blobs(data))
