"""Advisories as the OSV schema has them, and as the database keeps them.

Source: OSV schema 1.7 (ossf.github.io/osv-schema), "affected[]", "affected[].ranges[].events[]", "severity[]".
"""

from __future__ import annotations

import msgspec

from imgscan.errors import ManifestError, Position


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event of a range; just one of the fields is set."""

    introduced: str = ""
    fixed: str = ""
    last_affected: str = ""
    limit: str = ""


class Range(msgspec.Struct, frozen=True):
    """Events in an order of versions: SEMVER, that of the ecosystem, or GIT, which no package has."""

    type: str = "ECOSYSTEM"
    events: tuple[Event, ...] = ()


class Score(msgspec.Struct, frozen=True):
    """A severity: a CVSS vector, or a word of the source's own."""

    type: str = ""
    score: str = ""


class OsvPackage(msgspec.Struct, frozen=True):
    """A package as an ecosystem names it."""

    ecosystem: str = ""
    name: str = ""


class Details(msgspec.Struct, frozen=True):
    """What sources say beside the schema of how bad it is."""

    # Whatever a source likes to put there: a word, or something else.
    severity: object = None
    urgency: object = None
    informational: object = None
    """RustSec: what is told is no flaw, but that nobody maintains the crate, or that it is unsound."""

    def word(self) -> str:
        """Return the word, empty for none."""
        return next((text for text in (self.severity, self.urgency) if isinstance(text, str)), "")


class Affected(msgspec.Struct, frozen=True):
    """One package with the versions that are affected: in one of the ranges, or enumerated."""

    package: OsvPackage | None = None
    ranges: tuple[Range, ...] | None = ()
    versions: tuple[str, ...] | None = ()
    severity: tuple[Score, ...] | None = ()
    ecosystem_specific: Details | None = None
    database_specific: Details | None = None


class OsvRecord(msgspec.Struct, frozen=True):
    """One advisory of OSV."""

    id: str
    modified: str | None = ""
    withdrawn: str | None = None
    aliases: tuple[str, ...] | None = ()
    upstream: tuple[str, ...] | None = ()
    related: tuple[str, ...] | None = ()
    summary: str | None = ""
    severity: tuple[Score, ...] | None = ()
    affected: tuple[Affected, ...] | None = ()
    database_specific: Details | None = None


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What an advisory says of one package, as the database keeps it.

    ``release`` is what follows the ecosystem's colon (``12`` of ``Debian:12``). ``rating`` is a word of ``Rating``;
    ``note`` what the source says instead of a fix (``no-dsa``, ``end-of-life``); ``streams`` the modules of rpm that it
    is about (``nodejs:18``), empty where it is about none.
    """

    ecosystem: str
    release: str
    package: str
    rating: str
    ranges: tuple[tuple[Event, ...], ...] = ()
    versions: tuple[str, ...] = ()
    note: str = ""
    streams: tuple[str, ...] = ()


class Advisory(msgspec.Struct, frozen=True, kw_only=True):
    """One advisory: ``aliases`` are other names of the same vulnerability, ``related`` those that it is about, too."""

    id: str
    source: str
    modified: str = ""
    withdrawn: bool = False
    aliases: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    summary: str = ""
    statements: tuple[Statement, ...] = ()


_decode = msgspec.json.Decoder(OsvRecord).decode


def parse_osv(data: bytes, name: str) -> OsvRecord:
    """Return a record of OSV.

    Raises:
        ManifestError: it is none; ``name`` is the file or the member that it stands in.
    """
    try:
        return _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ManifestError(f"no advisory of OSV ({error})", Position(source=name)) from None
