"""The distribution's release, and whether its maker still mends it."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import msgspec

from imgscan.analyzers.packages.gathered import gathered_facts
from imgscan.formats.packages.os_release import OsRelease
from imgscan.formats.toml import parse_toml
from imgscan.model.finding import State
from imgscan.rootfs.view import ImageView


class EndOfLife(msgspec.Struct, frozen=True):
    """When security updates end (ISO date), of whom the date is, and the date of the table that says so."""

    date: str
    table_date: str
    extended: str = ""

    @property
    def past(self) -> bool:
        """Whether it was past when the table was made: a report must not depend on the day it is made."""
        return self.date <= self.table_date


def release_of_image(view: ImageView) -> OsRelease | None:
    """Return what the visible os-release says, ``etc/`` before ``usr/lib/``; made for ``view.derived``."""
    found = [fact for fact in view.derived(gathered_facts).of("os-release") if fact.state is State.VISIBLE]
    if not found:
        return None
    fact = min(found, key=lambda fact: min(name != "etc/os-release" for name in fact.names))
    values = {key: value for key, value in fact.data.items() if key not in ("what", "like")}
    return OsRelease(like=tuple(fact.data["like"]), **values)


def end_of_life(release: OsRelease) -> EndOfLife | None:
    """Return when a release's support ends, None for one that the table does not have."""
    table = load_table("end_of_life.toml")
    releases = table["releases"].get(release.id, {})
    version = release.version_id
    found = releases.get(version) or releases.get(_prefix(version, 2)) or releases.get(_prefix(version, 1))
    if found is None:
        return None
    return EndOfLife(found["end"], table["date"], found.get("extended", ""))


def load_table(name: str) -> dict[str, Any]:
    """Return one of the tables that lie beside this module."""
    return parse_toml(files("imgscan.analyzers.packages").joinpath(name).read_text("utf-8"))


def _prefix(version: str, parts: int) -> str:
    return ".".join(version.split(".")[:parts])
