"""The report as values that are safe to show: the JSON contract ``imgscan.report/1`` (``schema.json``) with fields.

Every string has what acts on a terminal or a page made visible, paths are absolute. All formats but ``text`` are
written from these; a saved JSON report is read back into the same. The order of the fields is that of the JSON.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

Json: TypeAlias = object
"""What JSON can hold and no struct describes: evidence, items of the inventory."""

Evidence: TypeAlias = dict[str, Json]
Section: TypeAlias = list[dict[str, Json]] | dict[str, Json]
"""A section of the inventory: a list of items, or one object (``elf``)."""


class ShownTool(msgspec.Struct, frozen=True, kw_only=True):
    """What made the report, as ``Tool``."""

    name: str
    version: str
    analyzers: dict[str, int]
    rules_digest: str | None
    not_run: tuple[str, ...] | UnsetType = UNSET
    controls_off: tuple[str, ...] | UnsetType = UNSET


class ShownImage(msgspec.Struct, frozen=True, kw_only=True):
    """Identity, run settings and sizes in bytes; what a config would say is None where the image has none."""

    source: str
    format: str
    references: tuple[str, ...]
    image_id: str | None
    manifest_digest: str | None
    platform: str | None
    created: str | None
    user: str | None
    entrypoint: tuple[str, ...] | None
    cmd: tuple[str, ...] | None
    exposed_ports: tuple[str, ...] | None
    labels: dict[str, str] | None
    stored_bytes: int
    uncompressed_bytes: int
    merged_bytes: int
    files: int

    @property
    def name(self) -> str:
        """What to call the image: its first name, else its id, else where it came from."""
        return next(iter(self.references), None) or self.image_id or self.source


class ShownVerified(msgspec.Struct, frozen=True):
    """Whether a layer is what was promised; None where there is nothing to compare with."""

    digest: bool | None
    diff_id: bool | None


class ShownLayer(msgspec.Struct, frozen=True, kw_only=True):
    """One layer, as ``LayerReport``."""

    index: int
    diff_id: str | None
    digest: str | None
    media_type: str
    compression: str
    stored_bytes: int
    uncompressed_bytes: int
    entries: int
    created_by: str | None
    verified: ShownVerified
    complete: bool


class ShownSuppression(msgspec.Struct, frozen=True):
    """The exception that excuses something."""

    reason: str
    owner: str
    expires: str | None


class ShownControl(msgspec.Struct, frozen=True, kw_only=True):
    """One control's result; ``findings`` are fingerprints."""

    id: str
    title: str
    edition: str
    status: str
    severity: str
    reason: str
    evidence: tuple[str, ...]
    findings: tuple[str, ...]
    remediation: str
    suppressed: ShownSuppression | None


class ShownPoint(msgspec.Struct, frozen=True):
    """A layer as a finding names it."""

    index: int
    diff_id: str
    created_by: str | None


class ShownRemedy(msgspec.Struct, frozen=True):
    """One command that answers a finding."""

    action: str
    command: str
    edits: tuple[str, ...]
    paths: tuple[str, ...]


class ShownFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One finding; ``path`` begins with a slash."""

    rule: str
    analyzer: str
    severity: str
    path: str | None
    line: int | None
    state: str
    layer: ShownPoint | None
    removed_in: ShownPoint | None
    message: str
    evidence: Evidence
    remediation: str
    remedies: tuple[ShownRemedy, ...]
    fingerprint: str
    suppressed: ShownSuppression | None
    known: bool | None


class ShownUsage(msgspec.Struct, frozen=True):
    """A directory or file of many bytes, and the layer that brought most of them."""

    path: str
    type: str
    bytes: int
    files: int
    layer: int
    layer_bytes: int


class ShownProblem(msgspec.Struct, frozen=True):
    """What is wrong with the image, or was not read."""

    level: str
    stage: str
    code: str
    message: str
    source: str | None
    diff_id: str | None
    path: str | None
    offset: int | None


class ShownGap(msgspec.Struct, frozen=True):
    """One entry of the ledger of what is not known."""

    what: str
    count: int
    why: str
    cause: str
    layer: int | None
    path: str | None
    rules: tuple[str, ...]
    controls: tuple[str, ...]


class ShownCoverage(msgspec.Struct, frozen=True):
    """What was looked at, and what was not."""

    complete: bool
    layers: int
    entries: int
    bytes_read: int
    bytes_matched: int
    skipped: tuple[ShownGap, ...]
    from_store: int | UnsetType = UNSET


class ShownVulnerability(msgspec.Struct, frozen=True):
    """One vulnerability; ``fixed_in`` is empty where no version is. The rest is there where it is known.

    ``reason`` is why one does not count.
    """

    id: str
    package: str
    version: str
    severity: str
    fixed_in: str
    aliases: tuple[str, ...] | UnsetType = UNSET
    layer: int | UnsetType = UNSET
    path: str | UnsetType = UNSET
    deleted: bool | UnsetType = UNSET
    exploited: bool | UnsetType = UNSET
    epss: float | UnsetType = UNSET
    note: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class ShownVulnerabilities(msgspec.Struct, frozen=True):
    """The vulnerabilities of the image, and whose report they are."""

    tool: str
    image_id: str | None
    same_image: bool | None
    counts: dict[str, int]
    fixable: dict[str, int]
    items: tuple[ShownVulnerability, ...]
    as_of: str | UnsetType = UNSET
    excused: tuple[ShownVulnerability, ...] | UnsetType = UNSET
    unfixed_left_out: int | UnsetType = UNSET


class ShownSelection(msgspec.Struct, frozen=True):
    """What the report was asked to leave out."""

    min_severity: str
    left_out: int


class ShownAnalyzerTime(msgspec.Struct, frozen=True):
    """What an analyzer took of a stage."""

    id: str
    cpu_seconds: float


class ShownStage(msgspec.Struct, frozen=True):
    """How long a stage took, and what analyzers took of it."""

    stage: str
    seconds: float
    cpu_seconds: float
    analyzers: tuple[ShownAnalyzerTime, ...] = ()


class ShownReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report of one image."""

    schema: str
    tool: ShownTool
    image: ShownImage
    layers: tuple[ShownLayer, ...]
    controls: tuple[ShownControl, ...]
    findings: tuple[ShownFinding, ...]
    inventory: dict[str, Section]
    usage: tuple[ShownUsage, ...]
    problems: tuple[ShownProblem, ...]
    coverage: ShownCoverage
    vulnerabilities: ShownVulnerabilities | None
    date: str | UnsetType = UNSET
    details: dict[str, str] | UnsetType = UNSET
    selection: ShownSelection | UnsetType = UNSET
    timing: tuple[ShownStage, ...] | UnsetType = UNSET
