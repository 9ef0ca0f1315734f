"""The packages of an image held against the database of advisories: what is known, and what could not be decided."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec

from imgscan.advisories.affected import fixed_in, is_affected
from imgscan.advisories.database import Advisories, Known
from imgscan.advisories.ecosystem import Subject, subjects_of
from imgscan.advisories.modules import is_about
from imgscan.advisories.order import UnorderedError, is_ordered, key_of
from imgscan.model.items import PackageItem, ReleaseItem, read_item, read_items
from imgscan.model.ledger import Cause, Gap
from imgscan.model.vulnerability import OWN, Rating, Vulnerabilities, Vulnerability

MAX_AGE_DAYS = 30
_RULES = ("vulnerabilities.*",)
_CONTROLS = ("4.4",)
_OF_SYSTEMS = ("deb", "apk", "rpm", "alpm")
_ORDER = {rating: number for number, rating in enumerate(Rating)}
_DISTRO = re.compile(r"[?&]distro=([a-z][a-z0-9_-]*?)-([^&#]+)", re.IGNORECASE)
_LIKELY = 0.5
"""EPSS from which on a vulnerability ranks one step higher."""


class Matched(msgspec.Struct, frozen=True):
    """The vulnerabilities, ranked, and what could not be matched."""

    vulnerabilities: Vulnerabilities
    gaps: tuple[Gap, ...]


def match_packages(
    inventory: Mapping[str, object],
    former: Iterable[PackageItem],
    database: Advisories,
    today: str | None,
    image_id: str | None,
) -> Matched:
    """Return what the database knows of the packages of an inventory; of a package in several places once.

    ``former`` are packages that only lower layers have.

    ``today`` (ISO date) says how old the database is, None: nobody asks.

    Raises:
        UsageError: the database is damaged.
    """
    release = read_item(inventory, ReleaseItem)
    search = _Search(database)
    for package in read_items(inventory, PackageItem):
        # What a distribution's package brings, its own advisories speak of: it mends without a new version.
        if package.package is None or package.type in _OF_SYSTEMS:
            search.add(package, subjects_of(package, _release_of(package, release)))
    search.deleted = True
    for package in former:
        search.add(package, subjects_of(package, _release_of(package, release)))
    matches = search.matches.values()
    ranked = sorted(matches, key=_rank)
    gaps = [*search.gaps(), *_age(database, today)]
    return Matched(
        Vulnerabilities(tool=OWN, items=tuple(ranked), image_id=image_id, as_of=database.imported()), tuple(gaps)
    )


class _Search:
    """The packages held against the database one by one; what cannot be decided is counted."""

    def __init__(self, database: Advisories) -> None:
        self.deleted = False
        """Whether the packages are of lower layers alone: what cannot be decided of them leaves nothing open."""
        self.matches: dict[tuple[str, str, str, bool], Vulnerability] = {}
        self._database = database
        self._releases = database.releases()
        self._said: dict[tuple[str, str], list[Known]] = {}
        self._undecided: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, package: PackageItem, subjects: Sequence[Subject]) -> None:
        """Look for what is known of one package."""
        if not subjects or not package.version:
            self._open("no ecosystem of advisories has them, or their release is not known", package.type)
            return
        subject = subjects[0]
        covered = self._releases.get(subject.ecosystem, {})
        if subject.selective and not self._is_listed(subject):
            self._open("the database has no advisories on such programs", package.type)
            return
        if not is_ordered(subject.ecosystem) or not any(map(subject.fits, covered)):
            name = f"{subject.ecosystem} {subject.release}".rstrip()
            self._open("the database has no advisories of their ecosystem or release", name)
            return
        affecting: list[Known] = []
        for subject in subjects:
            said = self._of(subject)
            try:
                key_of(subject.ecosystem, subject.version)
            except UnorderedError:
                # What is said of all versions, or of this very text, holds all the same.
                if not any(subject.version in item.statement.versions for item in said):
                    self._open("their versions are none of their ecosystem", subject.ecosystem)
                said = [item for item in said if _affects(item, subject.version)]
            else:
                said = [item for item in said if self._affects(item, subject)]
            affecting += (each for item in said for each in _singly(item))
        for group in _same(affecting):
            item = self._vulnerability(package, subject.version, group)
            self.matches.setdefault((item.id, item.package, item.version, item.deleted), item)

    def _is_listed(self, subject: Subject) -> bool:
        self._of(subject)
        return bool(self._said[subject.ecosystem, subject.name])

    def _affects(self, item: Known, subject: Subject) -> bool:
        try:
            return is_affected(item.statement, subject.version)
        except UnorderedError:
            if not item.statement.versions:  # what is enumerated is all of it
                self._open("an advisory names versions that are none of their ecosystem", subject.ecosystem)
            return False

    def _open(self, why: str, name: str) -> None:
        self._undecided[why][name] += not self.deleted

    def _of(self, subject: Subject) -> list[Known]:
        key = (subject.ecosystem, subject.name)
        if key not in self._said:
            self._said[key] = list(self._database.of_package(*key))
        return [
            item
            for item in self._said[key]
            if subject.fits(item.statement.release) and is_about(item.statement, subject.version, subject.stream)
        ]

    def _vulnerability(self, package: PackageItem, version: str, group: Sequence[Known]) -> Vulnerability:
        names = sorted({name for item in group for name in (*_names(item), *item.collective)})
        identifier = next((name for name in names if name.startswith("CVE-")), names[0])
        rating = min(map(_rating, group), key=_ORDER.__getitem__)
        epss, exploited = self._database.ranks(names)
        return Vulnerability(
            id=identifier,
            package=package.name,
            version=package.version,
            rating=_raised(rating, exploited or epss >= _LIKELY),
            fixed_in=_fix(group, version),
            aliases=tuple(name for name in names if name != identifier),
            layer=package.layer,
            path=package.path,
            deleted=self.deleted,
            exploited=exploited,
            epss=epss or None,
            note=next((item.statement.note for item in group if item.statement.note), ""),
        )

    def gaps(self) -> Iterator[Gap]:
        """Yield what could not be matched."""
        for why, counts in self._undecided.items():
            for name, count in sorted((+counts).items()):
                yield _gap(f"packages ({name}) not matched with advisories", why, count)


def _rank(item: Vulnerability) -> tuple[bool, int, bool, str, str]:
    return item.deleted, _ORDER[item.rating], not item.exploited, item.id, item.package


def _affects(item: Known, version: str) -> bool:
    try:
        return is_affected(item.statement, version)
    except UnorderedError:
        return False


def _fix(group: Iterable[Known], version: str) -> str:
    try:
        return fixed_in([item.statement for item in group], version)
    except UnorderedError:
        return ""


def _release_of(package: PackageItem, release: ReleaseItem | None) -> ReleaseItem | None:
    """Return the release that a package is of: its URL names it, since an image may hold several systems."""
    match = _DISTRO.search(package.purl or "")
    return release if match is None else ReleaseItem(id=match[1], version_id=match[2])


def _singly(item: Known) -> Iterator[Known]:
    """Yield an advisory that is about several vulnerabilities (a DSA, an ALSA) once for each of them."""
    several = [name for name in item.related if name.startswith("CVE-")]
    if not several:
        yield item
    for name in several:
        yield msgspec.structs.replace(item, id=name, aliases=(), collective=(item.id, *item.aliases))


def _names(item: Known) -> tuple[str, ...]:
    return (item.id.partition("+")[0], *item.aliases)


def _rating(item: Known) -> Rating:
    return Rating(item.statement.rating) if item.statement.rating in set(Rating) else Rating.UNKNOWN


def _same(items: Iterable[Known]) -> Iterable[list[Known]]:
    """Return advisories that are about one vulnerability together: they name one another, or the same CVE."""
    roots: dict[str, str] = {}

    def root(name: str) -> str:
        while roots.setdefault(name, name) != name:
            roots[name] = roots[roots[name]]
            name = roots[name]
        return name

    given = list(items)
    for item in given:
        first = root(_names(item)[0])
        for name in item.aliases:
            roots[root(name)] = first
    groups: dict[str, list[Known]] = {}
    for item in given:
        groups.setdefault(root(_names(item)[0]), []).append(item)
    return groups.values()


def _raised(rating: Rating, likely: bool) -> Rating:
    """Return the rating, one step higher for what is exploited or likely to be."""
    steps = [Rating.LOW, Rating.MEDIUM, Rating.HIGH, Rating.CRITICAL]
    if not likely:
        return rating
    if rating not in steps:
        return Rating.MEDIUM
    return steps[min(steps.index(rating) + 1, len(steps) - 1)]


def _gap(what: str, why: str, count: int = 1) -> Gap:
    return Gap(cause=Cause.MISSING, what=what, count=count, why=why, rules=_RULES, controls=_CONTROLS)


def _age(database: Advisories, today: str | None) -> Iterable[Gap]:
    imported = database.imported()
    if today is None or not imported:
        return
    days = (date.fromisoformat(today) - date.fromisoformat(imported)).days
    if days > MAX_AGE_DAYS:
        yield _gap("advisories of the last days", f"the database is {days} days old")
