from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from imgscan.advisories.database import Advisories, Source, import_into
from imgscan.advisories.sources import read_source
from imgscan.errors import ManifestError, UsageError
from tests.unit.advisories.made import TODAY, database, imported, record


def said(path: str, ecosystem: str, package: str) -> list[str]:
    with Advisories(path) as known:
        return [item.id for item in known.of_package(ecosystem, package)]


def test_what_is_imported_is_found_by_package(tmp_path: Path) -> None:
    path = database(tmp_path, record("GHSA-1", "npm", "left"), record("GHSA-2", "npm", "right"))

    assert said(path, "npm", "left") == ["GHSA-1"]
    assert said(path, "PyPI", "left") == []
    with Advisories(path) as known:
        assert known.sources() == (Source("OSV npm", TODAY, 2),)
        assert known.releases() == {"npm": {"": 2}}
        assert known.imported() == TODAY
        assert known.fault() == ""


def test_statements_come_back_as_they_were_told(tmp_path: Path) -> None:
    versions = [f"1.{number}" for number in range(500)]
    long = record("GHSA-1", "npm", "left", aliases=["CVE-2024-1"], summary="  a \n b ")
    affected = long["affected"]
    assert isinstance(affected, list)
    affected[0]["versions"] = versions
    affected[0]["ranges"].append({"type": "SEMVER", "events": [{"introduced": "3"}, {"last_affected": "4"}]})
    path = database(tmp_path, long)

    with Advisories(path) as known:
        (item,) = known.of_package("npm", "left")
    assert item.aliases == ("CVE-2024-1",)
    assert item.summary == "a b"
    assert list(item.statement.versions) == versions
    assert [event.last_affected for events in item.statement.ranges for event in events] == ["", "", "", "4"]


def test_an_import_adds_changes_and_withdraws(tmp_path: Path) -> None:
    first = [record(f"GHSA-{number}", "npm", "left") for number in range(3)]
    path = database(tmp_path, *first)
    changed = record("GHSA-1", "npm", "other", modified="2026-05-05T00:00:00Z")
    withdrawn = record("GHSA-2", "npm", "left", withdrawn="2026-05-05T00:00:00Z")

    counts = imported(path, tmp_path, first[0], changed, withdrawn, record("GHSA-9", "npm", "left"), day="2026-12-01")

    assert (counts.new, counts.changed, counts.same, counts.withdrawn) == (1, 1, 1, 1)
    assert said(path, "npm", "left") == ["GHSA-0", "GHSA-9"]
    assert said(path, "npm", "other") == ["GHSA-1"]
    with Advisories(path) as known:
        assert known.imported() == "2026-12-01"


@pytest.mark.parametrize(
    "damaged", [b'{"id": 7}', b'{"id": "X", "affected": "all"}', b"{", b'{"id": "\xff"}', b"[" * 100_000]
)
def test_a_damaged_record_is_named_and_the_old_database_stays(tmp_path: Path, damaged: bytes) -> None:
    path = database(tmp_path, record("GHSA-1", "npm", "left"))
    before = Path(path).read_bytes()
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("GHSA-0.json", json.dumps(record("GHSA-0", "npm", "left")))
        file.writestr("GHSA-x.json", damaged)

    with pytest.raises(ManifestError, match=r"GHSA-x\.json"):
        import_into(path, read_source(str(archive)), TODAY)

    assert Path(path).read_bytes() == before
    assert sorted(item.name for item in tmp_path.glob("advisories*")) == ["advisories.db"]


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    archive = tmp_path / "all.zip"
    archive.write_bytes(b"PK\x03\x04" + bytes(200))

    with pytest.raises(ManifestError, match=r"all\.zip"):
        list(read_source(str(archive)))


def test_a_bomb_in_an_archive_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("big.json", bytes(65 << 20))

    with pytest.raises(ManifestError, match="larger than"):
        list(read_source(str(archive)))


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        list(read_source(str(tmp_path / "absent")))
    with pytest.raises(UsageError, match="no advisories"):
        list(read_source(str(tmp_path)))


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    absent, other, foreign = tmp_path / "absent.db", tmp_path / "text.db", tmp_path / "foreign.db"
    other.write_text("hello, this is no database at all")
    with sqlite3.connect(foreign) as connection:
        connection.execute("create table meta (name, value)")

    for path, words in ((absent, "no such file"), (other, "no database"), (foreign, "another version")):
        with pytest.raises(UsageError, match=words):
            Advisories(str(path))
    with pytest.raises(UsageError, match="no database"):
        import_into(str(other), iter(()), TODAY)
    assert other.read_text().startswith("hello")


def test_a_damaged_database_is_an_error_and_check_says_so(tmp_path: Path) -> None:
    path = database(tmp_path, *(record(f"GHSA-{number}", "npm", "left", summary="x" * 200) for number in range(300)))
    data = bytearray(Path(path).read_bytes())
    for offset in range(8192, len(data) - 512, 4096):
        data[offset : offset + 512] = b"\xaa" * 512
    Path(path).write_bytes(data)

    with Advisories(path) as known, pytest.raises(UsageError, match="damaged"):
        list(known.of_package("npm", "left"))
    with Advisories(path) as known:
        assert known.fault() != ""


@pytest.mark.parametrize(
    "ask",
    [
        lambda known: list(known.named("GHSA-1")),
        lambda known: known.releases(),
        lambda known: known.ranks(["GHSA-1"]),
        lambda known: known.sources(),
    ],
)
def test_whatever_is_asked_of_a_damaged_database_is_an_error_that_names_it(
    tmp_path: Path, ask: Callable[[Advisories], object]
) -> None:
    path = database(tmp_path, record("GHSA-1", "npm", "left"))
    with Advisories(path) as known:
        data = bytearray(Path(path).read_bytes())
        data[4096:] = b"\xaa" * (len(data) - 4096)  # behind the first page, which has the tables' names
        Path(path).write_bytes(data)

        with pytest.raises(UsageError, match=r"advisories\.db: the database is damaged"):
            ask(known)


def test_a_database_whose_first_page_is_damaged_is_none(tmp_path: Path) -> None:
    path = database(tmp_path, record("GHSA-1", "npm", "left"))
    data = Path(path).read_bytes()
    Path(path).write_bytes(data.replace(b"CREATE TABLE meta", b"CREATE TABLE m\xec\xecA"))

    with pytest.raises(UsageError, match="no database of advisories"):
        Advisories(path)


def test_a_name_is_found_among_aliases(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        record("GHSA-1", "npm", "left", aliases=["CVE-2024-1"]),
        record("GHSA-2", "npm", "left"),
        record("DSA-7", "Debian:12", "bash", upstream=["CVE-2024-7", "CVE-2024-8"]),
    )

    with Advisories(path) as known:
        assert [item.id for item in known.named("CVE-2024-7")] == ["DSA-7"]
        assert [item.id for item in known.named("CVE-2024-1")] == ["GHSA-1"]
        assert [item.id for item in known.named("GHSA-2")] == ["GHSA-2"]
        assert list(known.named("CVE-2024-_")) == []
        assert list(known.named("%")) == []


def test_a_database_is_read_where_nothing_may_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "medium"
    folder.mkdir()
    path = Path(database(folder, record("GHSA-1", "npm", "left")))
    path.chmod(0o444)
    folder.chmod(0o555)
    try:
        assert said(str(path), "npm", "left") == ["GHSA-1"]
        assert [item.name for item in folder.iterdir() if item.name.startswith("advisories")] == ["advisories.db"]
    finally:
        folder.chmod(0o755)
