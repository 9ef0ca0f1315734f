"""Advisories of OSV to those of the database."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.advisories.ecosystem import normal_name
from imgscan.advisories.modules import named_streams
from imgscan.advisories.record import Advisory, Affected, Details, OsvRecord, Statement
from imgscan.advisories.severity import rating_of
from imgscan.model.vulnerability import Rating

_MAX_SUMMARY = 300
_OF_ADVISORIES = ("DSA-", "DLA-", "ALSA-", "RLSA-", "RHSA-", "RHBA-", "USN-", "SUSE-", "openSUSE-", "MGASA-")
"""Advisories that are about several vulnerabilities, which they name as related or upstream."""


def advisory_of(record: OsvRecord) -> Advisory:
    """Return a record as the database keeps it; ranges of commits are left out: no package has them."""
    collective = record.id.startswith(_OF_ADVISORIES)
    upstream = record.upstream or ()
    aliases = record.aliases or ()
    single = upstream if len(upstream) == 1 and not collective else ()
    about = (*upstream, *(record.related or ()), *(name for name in aliases if name.startswith("CVE-")))
    # Several vulnerabilities are no names of one another.
    names = (name for name in (*aliases, *single) if not (collective and name.startswith("CVE-")))
    statements = tuple(_statements(record))
    return Advisory(
        id=record.id,
        source=f"OSV {statements[0].ecosystem}" if statements else "OSV",
        modified=record.modified or "",
        withdrawn=bool(record.withdrawn),
        aliases=tuple(dict.fromkeys(names)),
        related=tuple(dict.fromkeys(about)) if collective else (),
        summary=" ".join((record.summary or "")[: 2 * _MAX_SUMMARY].split())[:_MAX_SUMMARY],
        statements=statements,
    )


def _statements(record: OsvRecord) -> Iterator[Statement]:
    for item in record.affected or ():
        if item.package is None or not item.package.name:
            continue
        ecosystem, _, release = item.package.ecosystem.partition(":")
        ranges = tuple(part.events for part in item.ranges or () if part.type != "GIT" and part.events)
        if ecosystem and (ranges or item.versions):
            rating, note = _rated(record, item)
            yield Statement(
                ecosystem=ecosystem,
                release=release,
                package=normal_name(ecosystem, item.package.name),
                rating=str(rating),
                note=note,
                ranges=ranges,
                versions=tuple(item.versions or ()),
                # OSV has no field for the stream; the vendors put it in the title.
                streams=named_streams(record.summary or "", (event.fixed for events in ranges for event in events)),
            )


def _rated(record: OsvRecord, item: Affected) -> tuple[Rating, str]:
    """Return the rating, and what the source says in place of a fix or of a flaw."""
    if record.id.startswith("MAL-"):  # OpenSSF: the package itself is the attack
        return Rating.CRITICAL, "malicious package"
    word = _word(item)
    if word in ("unimportant", "negligible"):  # who builds the package knows better than a vector what it does there
        return Rating.NEGLIGIBLE, word
    rating = rating_of(record, item.severity, word)
    informational = _informational(item.ecosystem_specific) or _informational(item.database_specific)
    if informational:
        return (Rating.LOW if rating is Rating.UNKNOWN else rating), informational
    return rating, "end-of-life" if word == "end-of-life" else ""


def _informational(details: Details | None) -> str:
    text = details.informational if details is not None else None
    return text[:60] if isinstance(text, str) else ""


def _word(item: Affected) -> str:
    given = (item.ecosystem_specific, item.database_specific)
    return next((details.word() for details in given if details is not None and details.word()), "")
