"""The database of advisories: one file of SQLite, written whole and then only read.

A new one is made beside the old and takes its place at the end: whatever goes wrong on the way, the old one stays.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from types import TracebackType
from typing import Self
from urllib.parse import quote

import msgspec

from imgscan.advisories.record import Advisory, Event, Statement
from imgscan.advisories.sources import Exploited, Imported
from imgscan.errors import UsageError
from imgscan.printable import printable

FORMAT = "imgscan.advisories/2"
_BATCH = 2000
_PACKED = 300
"""Bytes from which on enumerated versions are kept compressed."""

_TABLES = """
create table meta (name text primary key, value text not null) without rowid;
create table source (name text primary key, imported text not null, advisories integer not null) without rowid;
create table advisory (number integer primary key, id text not null unique, source text not null,
  modified text not null, aliases text not null, related text not null, summary text not null);
create table package (number integer primary key, ecosystem text not null, name text not null,
  unique (ecosystem, name));
create table statement (package integer not null, release text not null, advisory integer not null,
  rating text not null, ranges text not null, versions blob not null, note text not null, streams text not null);
create table covered (ecosystem text not null, release text not null, statements integer not null,
  primary key (ecosystem, release)) without rowid;
create table rank (id text primary key, epss real, exploited integer not null default 0) without rowid;
"""
_INDEXES = """
create index if not exists by_package on statement (package);
create index if not exists by_advisory on statement (advisory);
"""
_DAMAGE = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises on a damaged file; the other where the message itself quotes a name that was damaged."""
_events = msgspec.json.Decoder(tuple[tuple[Event, ...], ...]).decode


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the database says of one package, and of the advisory that says it."""

    id: str
    aliases: tuple[str, ...]
    related: tuple[str, ...]
    summary: str
    statement: Statement
    collective: tuple[str, ...] = ()
    """The names of an advisory on several vulnerabilities, of which this is one."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did."""

    new: int
    changed: int
    same: int
    withdrawn: int
    ranks: int


class Source(msgspec.Struct, frozen=True):
    """Where advisories came from, when they were imported (ISO date), and how many there are."""

    name: str
    imported: str
    advisories: int


def import_into(path: str, items: Iterable[Imported], today: str) -> Counts:
    """Add advisories to the database at ``path``, which is made where it is not there yet.

    Raises:
        UsageError: it cannot be written, or what is there is no such database.
        ManifestError: whatever ``items`` raise; the old database stays as it was.
    """
    draft = f"{path}.new"
    with suppress(FileNotFoundError):
        os.unlink(draft)
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
            _begin(connection, path)
            counts = _Import(connection, today).run(items)
            connection.executescript(_INDEXES)
            connection.execute("delete from covered")
            connection.execute(
                "insert into covered select ecosystem, release, count(*) from statement "
                "join package on package.number = statement.package group by ecosystem, release"
            )
            connection.execute("analyze")
        os.replace(draft, path)
    except _DAMAGE as error:
        raise UsageError(f"{printable(path)}: the database cannot be written ({error})") from None
    except OSError as error:
        raise UsageError(f"{printable(path)}: the database cannot be written ({error.strerror})") from None
    finally:
        with suppress(OSError):
            os.unlink(draft)
    return counts


def _begin(connection: sqlite3.Connection, path: str) -> None:
    connection.execute("pragma journal_mode = off")
    connection.execute("pragma synchronous = off")
    if os.path.exists(path):
        with Advisories(path) as former:
            former.copy_to(connection)
        return
    connection.executescript(_TABLES)
    connection.execute("insert into meta values ('format', ?)", (FORMAT,))


class _Import:
    """One import: what is the same is passed over."""

    def __init__(self, connection: sqlite3.Connection, today: str) -> None:
        self._connection = connection
        self._today = today
        self._known = {
            identifier: (number, modified)
            for number, identifier, modified in connection.execute("select number, id, modified from advisory")
        }
        self._next = max((number for number, _ in self._known.values()), default=0) + 1
        self._packages = {
            (ecosystem, name): number
            for number, ecosystem, name in connection.execute("select number, ecosystem, name from package")
        }
        self._statements: list[tuple[object, ...]] = []
        self._sources: dict[str, int] = {}
        self._new = self._changed = self._same = self._withdrawn = self._ranks = 0

    def run(self, items: Iterable[Imported]) -> Counts:
        self._connection.execute("begin")
        for item in items:
            if isinstance(item, Advisory):
                self._add(item)
            elif isinstance(item, Exploited):
                for identifier in item.ids:
                    self._rank(identifier, "exploited", 1)
            else:
                self._rank(item.id, "epss", item.score)
        self._flush()
        for source in self._sources:
            total = self._connection.execute("select count(*) from advisory where source = ?", (source,)).fetchone()[0]
            if total:
                self._connection.execute("insert or replace into source values (?, ?, ?)", (source, self._today, total))
        if self._ranks:
            total = self._connection.execute("select count(*) from rank").fetchone()[0]
            self._connection.execute("insert or replace into source values ('ranks', ?, ?)", (self._today, total))
        self._connection.execute("insert or replace into meta values ('imported', ?)", (self._today,))
        self._connection.execute("commit")
        return Counts(
            new=self._new, changed=self._changed, same=self._same, withdrawn=self._withdrawn, ranks=self._ranks
        )

    def _rank(self, identifier: str, column: str, value: float) -> None:
        self._ranks += 1
        insert = f"insert into rank (id, {column}) values (?, ?)"  # noqa: S608 (a name of ours)
        update = f"on conflict (id) do update set {column} = excluded.{column}"
        self._connection.execute(f"{insert} {update}", (identifier, value))

    def _add(self, item: Advisory) -> None:
        self._sources[item.source] = self._sources.get(item.source, 0) + 1
        known = self._known.get(item.id)
        if known is not None and item.modified and known[1] == item.modified and not item.withdrawn:
            self._same += 1
            return
        if known is not None:
            self._flush()
            self._connection.execute("delete from statement where advisory = ?", (known[0],))
            self._connection.execute("delete from advisory where number = ?", (known[0],))
            del self._known[item.id]
        if item.withdrawn:
            self._withdrawn += 1
            return
        if known is None:
            self._new += 1
        else:
            self._changed += 1
        number = self._next
        self._next += 1
        self._known[item.id] = (number, item.modified)
        self._connection.execute(
            "insert into advisory values (?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                item.id,
                item.source,
                item.modified,
                "\n".join(item.aliases),
                "\n".join(item.related),
                item.summary,
            ),
        )
        self._statements += [
            (
                self._package(statement.ecosystem, statement.package),
                statement.release,
                number,
                statement.rating,
                _range_text(statement.ranges),
                _packed(statement.versions),
                statement.note,
                " ".join(statement.streams),
            )
            for statement in item.statements
        ]
        if len(self._statements) >= _BATCH:
            self._flush()

    def _package(self, ecosystem: str, name: str) -> int:
        number = self._packages.get((ecosystem, name))
        if number is None:
            number = self._packages[ecosystem, name] = len(self._packages) + 1
            self._connection.execute("insert into package values (?, ?, ?)", (number, ecosystem, name))
        return number

    def _flush(self) -> None:
        self._connection.executemany("insert into statement values (?, ?, ?, ?, ?, ?, ?, ?)", self._statements)
        self._statements.clear()


def _range_text(ranges: tuple[tuple[Event, ...], ...]) -> str:
    """Return ranges as the database has them: of the most frequent form, all below a fix, that version alone."""
    if len(ranges) == 1 and len(ranges[0]) == 2:
        first, last = ranges[0]
        if first == Event(introduced="0") and last == Event(fixed=last.fixed) and last.fixed[:1] not in ("", "["):
            return last.fixed
    return msgspec.json.encode(ranges).decode() if ranges else ""


def _ranges(text: str | bytes) -> tuple[tuple[Event, ...], ...]:
    if text and not str(text).startswith("["):
        return ((Event(introduced="0"), Event(fixed=str(text))),)
    return _events(text) if text else ()


def _packed(versions: Sequence[str]) -> bytes:
    data = "\n".join(versions).encode("utf-8", "replace")
    return b"z" + zlib.compress(data, 6) if len(data) >= _PACKED else b"p" + data if data else b""


def _unpacked(data: bytes) -> tuple[str, ...]:
    text = zlib.decompress(data[1:]) if data[:1] == b"z" else data[1:]
    return tuple(text.decode().split("\n")) if text else ()


class Advisories:
    """The database, opened to be read; use it in a ``with`` block.

    It is never written, not even by a lock, so that several may read it, also from a medium that cannot be written.
    """

    def __init__(self, path: str) -> None:
        """Open the database at ``path``.

        Raises:
            UsageError: there is none.
        """
        self.path = path
        if not os.path.isfile(path):
            raise UsageError(f"{printable(path)}: no such file; imgscan db import makes it")
        try:
            self._connection = sqlite3.connect(f"file:{quote(os.path.abspath(path))}?mode=ro&immutable=1", uri=True)
            version = self._connection.execute("select value from meta where name = 'format'").fetchone()
        except _DAMAGE as error:
            raise UsageError(f"{printable(path)}: no database of advisories ({error})") from None
        if version is None or version[0] != FORMAT:
            raise UsageError(f"{printable(path)}: a database of advisories of another version; import it anew")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def copy_to(self, connection: sqlite3.Connection) -> None:
        """Copy it into another connection, to be added to."""
        self._connection.backup(connection)

    def of_package(self, ecosystem: str, package: str) -> Iterator[Known]:
        """Yield all that is said of a package, of whatever release.

        Raises:
            UsageError: the database is damaged.
        """
        query = (
            "select id, aliases, related, summary, release, rating, ranges, versions, note, streams from statement "
            "join advisory on advisory.number = statement.advisory "
            "where package = (select number from package where ecosystem = ? and name = ?)"
        )
        with self._whole():
            for row in self._connection.execute(query, (ecosystem, package)):
                yield _known(ecosystem, package, row)

    def named(self, identifier: str) -> Iterator[Known]:
        """Yield what advisories of this id, or with it among their aliases, say.

        Raises:
            UsageError: the database is damaged, as it does in all that follows.
        """
        query = (
            "select id, aliases, related, summary, ecosystem, name, release, rating, ranges, versions, note, streams "
            "from advisory join statement on advisory.number = statement.advisory "
            "join package on package.number = statement.package "
            "where id = ? or char(10) || aliases || char(10) || related || char(10) like ? escape '!' "
            "order by id, ecosystem, name, release"
        )
        pattern = identifier.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        with self._whole():
            for row in self._connection.execute(query, (identifier, f"%\n{pattern}\n%")):
                yield _known(row[4], row[5], (*row[:4], *row[6:]))

    def releases(self) -> dict[str, dict[str, int]]:
        """Return by ecosystem and release how many statements there are."""
        result: dict[str, dict[str, int]] = {}
        with self._whole():
            for ecosystem, release, count in self._connection.execute("select * from covered"):
                result.setdefault(str(ecosystem), {})[str(release)] = int(count)
        return result

    def ranks(self, identifiers: Sequence[str]) -> tuple[float, bool]:
        """Return the highest EPSS of these ids, 0 for none, and whether one is known to be exploited."""
        best, used = 0.0, False
        query = "select epss, exploited from rank where id = ?"
        with self._whole():
            for identifier in identifiers:
                row = self._connection.execute(query, (identifier,)).fetchone()
                if row is not None:
                    best, used = max(best, float(row[0] or 0.0)), used or bool(row[1])
        return best, used

    def sources(self) -> tuple[Source, ...]:
        """Return where its content came from."""
        with self._whole():
            rows = self._connection.execute("select * from source order by name").fetchall()
            return tuple(Source(str(name), str(day), int(count)) for name, day, count in rows)

    def imported(self) -> str:
        """Return the day of the last import (ISO)."""
        with self._whole():
            row = self._connection.execute("select value from meta where name = 'imported'").fetchone()
        return str(row[0]) if row is not None else ""

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Turn what a damaged file leads to into an error of the user's."""
        try:
            yield
        except (*_DAMAGE, msgspec.DecodeError, zlib.error, ValueError, TypeError) as error:
            raise UsageError(f"{printable(self.path)}: the database is damaged ({error})") from None

    def fault(self) -> str:
        """Return what is wrong with the file as SQLite checks it, empty for nothing."""
        try:
            result = self._connection.execute("pragma integrity_check(1)").fetchone()[0]
        except _DAMAGE as error:
            return str(error)
        return "" if result == "ok" else str(result)


def _known(ecosystem: str, package: str, row: Sequence[str | bytes]) -> Known:
    identifier, aliases, related, summary, release, rating, ranges, versions, note, streams = row
    return Known(
        id=str(identifier),
        aliases=tuple(filter(None, str(aliases).split("\n"))),
        related=tuple(filter(None, str(related).split("\n"))),
        summary=str(summary),
        statement=Statement(
            ecosystem=ecosystem,
            release=str(release),
            package=package,
            rating=str(rating),
            ranges=_ranges(ranges),
            versions=_unpacked(versions if isinstance(versions, bytes) else b""),
            note=str(note),
            streams=tuple(str(streams).split()),
        ),
    )
