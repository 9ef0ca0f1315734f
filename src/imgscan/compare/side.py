"""One of the two reports: what of ``imgscan.report/1`` is compared, checked, whoever wrote it."""

from __future__ import annotations

import msgspec

from imgscan.errors import ManifestError, UsageError
from imgscan.formats.json import parse_json
from imgscan.model.control import Status
from imgscan.model.finding import LayerPoint
from imgscan.policy.saved import saved_reports
from imgscan.printable import printable
from imgscan.report.document import SCHEMA
from imgscan.report.show import shown


class SideImage(msgspec.Struct, frozen=True, kw_only=True):
    """Identity, settings and sizes of the image; None where it has no config."""

    source: str
    references: tuple[str, ...]
    image_id: str | None
    manifest_digest: str | None
    platform: str | None
    created: str | None
    user: str | None
    exposed_ports: tuple[str, ...] | None
    stored_bytes: int
    uncompressed_bytes: int
    merged_bytes: int
    files: int


class SideLayer(msgspec.Struct, frozen=True):
    """One layer: its diff_id and sizes in bytes."""

    diff_id: str | None
    stored_bytes: int
    uncompressed_bytes: int


class SideControl(msgspec.Struct, frozen=True, kw_only=True):
    """One control's result."""

    id: str
    title: str
    edition: str
    status: Status
    severity: str
    reason: str
    suppressed: dict[str, object] | None = None
    findings: tuple[str, ...] = ()
    remediation: str = ""


class SideRemedy(msgspec.Struct, frozen=True, kw_only=True):
    """One command that answers a finding (since 1.1: a report of an older version has none)."""

    action: str
    command: str
    paths: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()


class SideFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One finding, as far as it is compared or answered."""

    rule: str
    severity: str
    path: str | None
    state: str
    message: str
    fingerprint: str
    suppressed: dict[str, object] | None = None
    line: int | None = None
    layer: LayerPoint | None = None
    evidence: dict[str, object] = {}
    remediation: str = ""
    remedies: tuple[SideRemedy, ...] = ()


class SideCoverage(msgspec.Struct, frozen=True):
    """Whether all of the image was read."""

    complete: bool


class SideVulnerability(msgspec.Struct, frozen=True, kw_only=True):
    """One vulnerability; ``deleted`` where only a lower layer has its package."""

    id: str
    package: str
    version: str
    severity: str
    fixed_in: str
    deleted: bool = False


class SideVulnerabilities(msgspec.Struct, frozen=True, kw_only=True):
    """The vulnerabilities that were folded into the report."""

    tool: str
    items: tuple[SideVulnerability, ...]


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One report. ``inventory`` is as it stands there: its items are read key by key, and odd ones left out."""

    image: SideImage
    layers: tuple[SideLayer, ...]
    controls: tuple[SideControl, ...]
    findings: tuple[SideFinding, ...]
    inventory: dict[str, object]
    coverage: SideCoverage
    vulnerabilities: SideVulnerabilities | None = None

    @property
    def name(self) -> str:
        """What to call the image: its first name, else its id, else where it came from."""
        image = self.image
        return next(iter(image.references), None) or image.image_id or image.source


def side_of(plain: dict[str, object], source: str) -> Side:
    """Return a report, given in the shape of ``imgscan.report/1``, as one side.

    Every text in it is made safe to show: a saved report may have been written by anybody.

    Raises:
        UsageError: it has another shape; the message says where.
    """
    try:
        return msgspec.convert(shown(plain), Side)
    except (msgspec.ValidationError, RecursionError) as error:
        raise UsageError(f"{printable(source)}: not a whole report of imgscan ({printable(str(error))})") from None


def parse_side(data: bytes, source: str, select: str | None = None) -> Side:
    """Return a saved report; of a collection the one that ``select`` names (name, id, digest or ``@N``).

    Raises:
        UsageError: not a report of imgscan, several and none chosen, or none of that name.
    """
    try:
        document = parse_json(data, source)
    except ManifestError as error:
        raise UsageError(str(error)) from None
    result = saved_reports(document)
    if result is None:
        raise UsageError(f"{printable(source)}: JSON, but not a report of imgscan ({SCHEMA})")
    sides = [side_of(item, source) for item in result]
    chosen = [side for number, side in enumerate(sides, 1) if select is None or select in _names(side, number)]
    if len(chosen) != 1:
        names = ", ".join(f"@{number} {side.name}" for number, side in enumerate(sides[:20], 1))
        raise UsageError(f"{printable(source)}: {len(chosen)} reports fit; there are: {names or 'none'}")
    return chosen[0]


def _names(side: Side, number: int) -> tuple[str | None, ...]:
    return (*side.image.references, side.image.image_id, side.image.manifest_digest, f"@{number}")
