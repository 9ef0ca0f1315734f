"""Advisories that distributions publish in forms of their own: Debian's tracker, the secdb of Alpine and Wolfi.

Sources: security-tracker.debian.org/tracker/data/json; Alpine's and Wolfi's secdb (``packages[].pkg.secfixes``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from imgscan.advisories.order import UnorderedError, key_of
from imgscan.advisories.record import Advisory, Event, Statement
from imgscan.errors import ManifestError, Position
from imgscan.model.vulnerability import Rating

DEBIAN_RELEASES = {
    "wheezy": "7",
    "jessie": "8",
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "forky": "14",
}
_URGENCIES = {
    "high": Rating.HIGH,
    "medium": Rating.MEDIUM,
    "low": Rating.LOW,
    "unimportant": Rating.NEGLIGIBLE,
}
_ID = re.compile(r"(?:CVE|GHSA|XSA|ALPINE|CGA|TEMP|DSA)-[\w-]{3,60}|ZBX-\d+", re.ASCII)


class _Release(msgspec.Struct, frozen=True):
    status: str = ""
    fixed_version: str = ""
    urgency: str = ""
    nodsa: str | None = None
    nodsa_reason: str | None = None


class _Issue(msgspec.Struct, frozen=True):
    description: str = ""
    releases: dict[str, _Release] = {}


class _Package(msgspec.Struct, frozen=True):
    name: str
    secfixes: dict[str, list[str]] | None = None


class _Row(msgspec.Struct, frozen=True):
    pkg: _Package


class _SecDb(msgspec.Struct, frozen=True):
    packages: list[_Row]
    distroversion: str = ""
    reponame: str = ""
    urlprefix: str = ""


def debian_advisories(data: bytes, name: str) -> Iterator[Advisory]:
    """Yield what Debian's tracker says, one advisory a vulnerability and source package.

    Raises:
        ManifestError: it is no such document.
    """
    try:
        tracker = msgspec.json.decode(data, type=dict[str, dict[str, _Issue]])
    except (msgspec.DecodeError, RecursionError) as error:
        raise ManifestError(f"no data of Debian's security tracker ({error})", Position(source=name)) from None
    for package, issues in tracker.items():
        for identifier, issue in issues.items():
            statements = tuple(
                statement
                for release, state in issue.releases.items()
                if (statement := _of_release(package, release, state)) is not None
            )
            # The same vulnerability is told of each source package: what else a record of this id says must stay.
            yield Advisory(
                id=f"{identifier}+{package}",
                source="debian-tracker",
                aliases=(identifier,),
                summary=" ".join(issue.description[:600].split())[:300],
                statements=statements,
            )


def _of_release(package: str, release: str, state: _Release) -> Statement | None:
    number = DEBIAN_RELEASES.get(release)
    if number is None or state.status not in ("open", "resolved", "undetermined"):
        return None
    fixed = state.fixed_version if state.status == "resolved" else ""
    if fixed == "0":  # never affected
        return None
    note = "end-of-life" if state.urgency == "end-of-life" else ""
    if not note and (state.nodsa is not None or state.nodsa_reason is not None):
        note = "no-dsa"
    events = (Event(introduced="0"), Event(fixed=fixed)) if fixed else (Event(introduced="0"),)
    rating = _URGENCIES.get(state.urgency.partition("*")[0].strip(), Rating.UNKNOWN)
    return Statement(
        ecosystem="Debian", release=number, package=package, rating=str(rating), ranges=(events,), note=note
    )


def secdb_advisories(data: bytes, name: str) -> Iterator[Advisory]:
    """Yield what a secdb of Alpine, Wolfi or Chainguard says: the version that mends each vulnerability.

    Raises:
        ManifestError: it is no such document.
    """
    try:
        document = msgspec.json.decode(data, type=_SecDb)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ManifestError(f"no secdb of Alpine or Wolfi ({error})", Position(source=name)) from None
    ecosystem = "Alpine" if document.distroversion else "Chainguard" if "chainguard" in document.urlprefix else "Wolfi"
    release = document.distroversion
    for row in document.packages:
        for names, version in _fixes(ecosystem, row.pkg.secfixes or {}):
            yield Advisory(
                id=f"{names[0]}+{ecosystem}:{release}:{document.reponame}:{row.pkg.name}",
                source=f"secdb-{ecosystem.lower()}",
                aliases=names,
                statements=(
                    Statement(
                        ecosystem=ecosystem,
                        release=release,
                        package=row.pkg.name,
                        rating=str(Rating.UNKNOWN),
                        ranges=((Event(introduced="0"), Event(fixed=version)),),
                    ),
                ),
            )


def _fixes(ecosystem: str, secfixes: dict[str, list[str]]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each vulnerability's names with its fix: of several, where the first did not do, the highest."""
    fixes: dict[str, tuple[tuple[str, ...], str]] = {}
    for version, identifiers in secfixes.items():
        if version == "0":  # never affected
            continue
        for names in filter(None, map(tuple, map(_ID.findall, identifiers))):
            before = fixes.get(names[0])
            if before is None or _is_above(ecosystem, version, before[1]):
                fixes[names[0]] = names, version
    yield from fixes.values()


def _is_above(ecosystem: str, version: str, other: str) -> bool:
    try:
        return bool(key_of(ecosystem, version) > key_of(ecosystem, other))
    except UnorderedError:
        return False
