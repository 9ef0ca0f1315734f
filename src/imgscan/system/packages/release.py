"""The distribution's release, and whether its maker still mends it."""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files

import msgspec

from imgscan.formats.packages.os_release import OsRelease
from imgscan.formats.toml import parse_toml
from imgscan.model.finding import State
from imgscan.rootfs.view import ImageView
from imgscan.system.packages.facts import ReleaseFile
from imgscan.system.packages.gathered import gathered_facts


class Phase(StrEnum):
    """Who still gets security updates of a release."""

    FULL = "full"
    """Everyone, from its own maker."""
    LONG_TERM = "long-term"
    """Everyone, of fewer packages and architectures: Debian's LTS."""
    CONTRACT = "contract"
    """Who has a contract or a subscription: ELTS, ESM, ELS."""
    ENDED = "ended"


class EndOfLife(msgspec.Struct, frozen=True):
    """When security updates end (ISO dates), and the date of the table that says so.

    ``extended`` ends what goes on for everyone after ``date``, ``contract`` what goes on for those with a contract.
    """

    date: str
    table_date: str
    extended: str = ""
    contract: str = ""

    @property
    def phase(self) -> Phase:
        """Who got updates when the table was made."""
        today = self.table_date
        if today < self.date:
            return Phase.FULL
        if today < self.extended:
            return Phase.LONG_TERM
        return Phase.CONTRACT if today < self.contract else Phase.ENDED

    @property
    def past(self) -> bool:
        """Whether it was past when the table was made: a report must not depend on the day it is made."""
        return self.date <= self.table_date


def release_of_image(view: ImageView) -> OsRelease | None:
    """Return what the visible os-release says, ``etc/`` before ``usr/lib/``; made for ``view.derived``."""
    return release_of(view, "")


def release_of(view: ImageView, root: str) -> OsRelease | None:
    """Return the release of the system in the directory ``root``, the image's own where that is empty."""
    facts = view.derived(gathered_facts).within(root).of(ReleaseFile)
    result = [fact for fact in facts if fact.state is State.VISIBLE]
    if not result:
        return None
    first = f"{root}/etc/os-release".lstrip("/")
    fact = min(result, key=lambda fact: min(name != first for name in fact.names))
    return fact.data.release


_FOR_EVERYONE = frozenset({"debian"})
"""Distributions whose extended support needs no contract."""


def end_of_life(release: OsRelease) -> EndOfLife | None:
    """Return when a release's support ends, None for one that the table does not have."""
    table = end_of_life_table()
    releases = table.releases.get(release.id, {})
    version = release.version_id
    result = releases.get(version) or releases.get(_prefix(version, 2)) or releases.get(_prefix(version, 1))
    if result is None:
        return None
    free = release.id in _FOR_EVERYONE
    later, contract = result.extended, result.contract
    return EndOfLife(result.end, table.date, later if free else "", contract if free else later)


class Dates(msgspec.Struct, frozen=True):
    """When updates of one release end, as ISO dates."""

    end: str
    extended: str = ""
    contract: str = ""


class EndOfLifeTable(msgspec.Struct, frozen=True):
    """``end_of_life.toml``: when it was made, and the dates by distribution and release."""

    date: str
    releases: dict[str, dict[str, Dates]]


def end_of_life_table() -> EndOfLifeTable:
    """Return the table of releases."""
    return msgspec.convert(load_table("end_of_life.toml"), EndOfLifeTable)


def load_table(name: str) -> dict[str, object]:
    """Return one of the tables that lie beside this module."""
    return parse_toml(files("imgscan.system.packages").joinpath(name).read_text("utf-8"))


def _prefix(version: str, parts: int) -> str:
    return ".".join(version.split(".")[:parts])
