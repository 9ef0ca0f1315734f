"""One place where a secret stands, in a file of a layer, in the config or in the history."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from imgscan.analyzers.secrets.rating import Confidence, Doubt
from imgscan.analyzers.secrets.rule import RuleSet
from imgscan.model.finding import LayerPoint, Severity, State
from imgscan.system.file_items import absolute

_ORDER = (State.VISIBLE, State.CONFIG, State.HISTORY, State.ARCHIVE, State.OVERWRITTEN, State.DELETED)


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """A secret of one rule in one place.

    ``path`` is where people find the file, ``stored`` the path of its entry in ``layer``; ``inside`` the chain of
    archives and encodings in it; a binary file has no ``line``. Of config,
    history and bytes that are no file's content ``where`` says what it stands in. ``why`` is why it ranks low,
    ``installed_by`` the package that recorded the file's checksum, ``replaced`` whether the file was overwritten by one
    with another value of the rule.
    """

    rule: str
    kind: str
    severity: Severity
    confidence: Confidence
    length: int
    shown: str
    hash: str
    state: State
    layer: LayerPoint | None = None
    removed_in: LayerPoint | None = None
    path: str | None = None
    stored: str = ""
    line: int | None = None
    offset: int | None = None
    inside: str = ""
    where: str = ""
    why: str = ""
    installed_by: str = ""
    replaced: bool = False

    def key(self) -> tuple[str, str, int]:
        """Return what says that two are one secret; of a value that can be guessed as far as twelve bits tell."""
        return self.rule, self.hash, self.length

    def rank(self) -> tuple[int, bool, int, int, str, str, int]:
        """Return what sorts the place to tell first to the front."""
        layer = self.layer.index if self.layer else -1
        location = (self.path or self.where, self.inside, self.offset or 0)
        return (-self.severity, bool(self.installed_by), _ORDER.index(self.state), layer, *location)

    def location(self) -> dict[str, object]:
        """Return where it stands, as plain values."""
        values: dict[str, object] = {"state": str(self.state)}
        if self.path is not None:
            values |= {"path": absolute(self.path), "line": self.line}
        further = {
            "where": self.where or None,
            "offset": self.offset if self.line is None and not self.inside else None,
            "inside": self.inside or None,
            "layer": self.layer.index if self.layer is not None else None,
            "removed_in": self.removed_in.index if self.removed_in is not None else None,
        }
        values |= {key: value for key, value in further.items() if value is not None}
        return values


class Rank(NamedTuple):
    """How bad a secret is, and why no worse where it ranks low."""

    severity: Severity
    why: str = ""


def rank_of(rules: RuleSet, rule: str, confidence: Confidence, why: str) -> Rank:
    """Return the rule's severity, lowered by one step for medium confidence and to LOW at most for low.

    What a vendor or a specification prints is nobody's secret: INFO. Whatever ends at LOW or below has a reason.
    """
    rated = Severity[rules.by_id[rule].severity.upper()]
    severity = rated
    if confidence == Confidence.LOW:
        severity = min(rated, Severity.LOW)
    elif confidence == Confidence.MEDIUM and rated > Severity.LOW:
        severity = Severity(max(rated - 1, Severity.LOW))
    if why == Doubt.CHECKSUM:  # to be looked at, and no proof
        severity = min(severity, Severity.MEDIUM)
    if why == Doubt.PUBLISHED:
        return Rank(Severity.INFO, why)
    if severity > Severity.LOW:
        return Rank(severity, why if why in _OF_ITS_PLACE else "")
    return Rank(severity, why or str(_reason(rule, rated, confidence)))


def _reason(rule: str, rated: Severity, confidence: Confidence) -> Doubt:
    if rated <= Severity.LOW:
        return Doubt.PASSPHRASE if rule == "key.encrypted" else Doubt.OPEN
    return Doubt.NAME if confidence == Confidence.LOW else Doubt.UNSURE


# Told at any severity: these are of the file, and not of the value.
_OF_ITS_PLACE = frozenset({Doubt.SAMPLE, Doubt.LIBRARY})
