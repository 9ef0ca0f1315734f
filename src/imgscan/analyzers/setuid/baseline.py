"""Which SUID and SGID files a distribution is known to have. The table is ``baseline.toml``, with its sources."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib.resources import files
from typing import NamedTuple

import msgspec

from imgscan.formats.json import member
from imgscan.formats.packages.os_release import OsRelease
from imgscan.formats.toml import parse_toml
from imgscan.model.entry import ImagePath


class _Row(msgspec.Struct, frozen=True):
    path: str
    mode: str
    package: str
    user: str = "root"
    group: str = "root"


class _Table(msgspec.Struct, frozen=True):
    type: str
    ids: tuple[str, ...]
    source: str
    files: tuple[_Row, ...]
    releases: tuple[str, ...] | None = None


class Expected(NamedTuple):
    """One row: who is to own the file, with which mode, from which package, and where that is written."""

    mode: int
    user: str
    group: str
    package: str
    source: str


class Baseline:
    """The rows for one image's distribution; empty for one that the table does not have."""

    def __init__(self, rows: Mapping[ImagePath, tuple[Expected, ...]]) -> None:
        self._rows = rows

    def __bool__(self) -> bool:
        return bool(self._rows)

    def find(
        self, path: ImagePath, mode: int, users: Collection[str], groups: Collection[str] | None, package: str | None
    ) -> Expected | None:
        """Return the row that a file fits, None for none.

        ``users`` and ``groups`` are the names of its ids, None where nothing names groups; ``package`` is its owner's
        name, None when no database could be asked.
        """
        for row in self._rows.get(path, ()):
            fits = row.mode == mode and row.user in users and (groups is None or row.group in groups)
            if fits and package in (None, row.package):
                return row
        return None


def baseline_of(release: OsRelease | None, package_type: str | None) -> Baseline:
    """Return the rows for a release; without one those of the distributions that use ``package_type``."""
    rows: dict[ImagePath, tuple[Expected, ...]] = {}
    document = parse_toml(files("imgscan.analyzers.setuid").joinpath("baseline.toml").read_text("utf-8"))
    for table in msgspec.convert(member(document, "table"), list[_Table]):
        if _applies(table, release, package_type):
            for row in table.files:
                result = Expected(int(row.mode, 8), row.user, row.group, row.package, table.source)
                rows[row.path] = (*rows.get(row.path, ()), result)
    return Baseline(rows)


def _applies(table: _Table, release: OsRelease | None, package_type: str | None) -> bool:
    if release is None or release.id == "linux":
        return table.type == package_type
    if release.id in table.ids:
        return table.releases is None or release.version_id in table.releases
    return bool(set(release.like) & set(table.ids))
