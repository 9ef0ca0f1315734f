"""What a fleet comes to: a row for each image, and which layer brings which finding to how many of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from imgscan.fleet.values import Brought, ImageResult, Refused
from imgscan.model.finding import Severity
from imgscan.printable import printable
from imgscan.report.summary import Summary, SummaryRow, Unread


class FleetImage(msgspec.Struct, frozen=True, kw_only=True):
    """An image of a fleet: its row, its files by format (relative to the fleet's folder), its exit code, its layers."""

    source: str
    name: str
    bytes: int
    files: int
    findings: dict[str, int]
    checks: dict[str, int]
    complete: bool
    exit_code: int
    reports: dict[str, str]
    layers: tuple[str, ...]


class LayerFinding(msgspec.Struct, frozen=True):
    """Findings of one rule that a layer brings: to how many images, how many in the image that has the most of them.

    ``path`` is one of them.
    """

    rule: str
    severity: str
    images: int
    findings: int
    path: str | None


class FleetLayer(msgspec.Struct, frozen=True):
    """A layer: how many images have it, and what it brings to how many, the worst first."""

    diff_id: str
    created_by: str | None
    images: int
    findings: tuple[LayerFinding, ...]


class FleetSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A fleet: its images by source, what was not read, what layers bring (the worst first), and what configs do.

    A function of the images, the options and the version, whoever did the work, in whatever order.
    """

    images: tuple[FleetImage, ...]
    unread: tuple[Unread, ...]
    findings: dict[str, int]
    layers: tuple[FleetLayer, ...]
    config: tuple[LayerFinding, ...]

    def table(self) -> Summary:
        """Return the rows as those of several images in one run."""
        rows = tuple(
            SummaryRow(image.source, image.name, image.bytes, image.files, image.findings, image.checks, image.complete)
            for image in self.images
        )
        return Summary(rows, self.unread)


class _Key(NamedTuple):
    layer: str | None
    rule: str
    severity: str


class Tally:
    """Adds up what images come to; what it holds grows with the images and with the layers, not with the findings."""

    def __init__(self) -> None:
        self._images: list[tuple[str, int, FleetImage]] = []
        self._unread: list[Unread] = []
        self._findings: dict[_Key, LayerFinding] = {}
        self._created_by: dict[str, str] = {}
        self._having: dict[str, int] = {}

    def add(self, source: str, images: Iterable[ImageResult]) -> None:
        """Add the images of a source."""
        for image in images:
            row = image.row
            item = FleetImage(
                source=row.source,
                name=row.name,
                bytes=row.bytes,
                files=row.files,
                findings=row.findings,
                checks=row.checks,
                complete=row.complete,
                exit_code=image.code,
                reports=image.reports,
                layers=image.diff_ids,
            )
            self._images.append((source, image.position, item))
            for diff_id in image.diff_ids:
                self._having[diff_id] = self._having.get(diff_id, 0) + 1
            for brought in image.brought:
                self._bring(brought)

    def refuse(self, refused: Refused) -> None:
        """Add what gave no report."""
        self._unread.append(Unread(printable(refused.source), printable(refused.reason)))

    @property
    def images(self) -> int:
        """How many images there are so far."""
        return len(self._images)

    @property
    def refused(self) -> int:
        """How many gave no report."""
        return len(self._unread)

    def summary(self) -> FleetSummary:
        """Return what it comes to, in an order that does not depend on who was done first."""
        images = tuple(item for _, _, item in sorted(self._images, key=lambda row: row[:2]))
        by_layer: dict[str | None, list[LayerFinding]] = {}
        for key, finding in self._findings.items():
            by_layer.setdefault(key.layer, []).append(finding)
        layers = [
            FleetLayer(diff_id, self._created_by.get(diff_id), count, _ranked(by_layer.get(diff_id, [])))
            for diff_id, count in self._having.items()
        ]
        return FleetSummary(
            images=images,
            unread=tuple(sorted(self._unread, key=lambda item: (item.source, item.reason))),
            findings={
                level.name: sum(image.findings.get(level.name, 0) for image in images) for level in reversed(Severity)
            },
            layers=tuple(sorted(layers, key=_layer_order)),
            config=_ranked(by_layer.get(None, [])),
        )

    def _bring(self, item: Brought) -> None:
        key = _Key(item.diff_id, item.rule, item.severity)
        before = self._findings.get(key)
        # The first by name, so that the order in which images were done shows nowhere.
        paths = [path for path in (item.path, before.path if before is not None else None) if path is not None]
        self._findings[key] = LayerFinding(
            item.rule,
            item.severity,
            1 + (before.images if before is not None else 0),
            max(item.findings, before.findings if before is not None else 0),
            min(paths, default=None),
        )
        if item.diff_id is not None and item.created_by is not None:
            known = self._created_by.get(item.diff_id)
            self._created_by[item.diff_id] = item.created_by if known is None else min(known, item.created_by)


def _ranked(findings: Iterable[LayerFinding]) -> tuple[LayerFinding, ...]:
    return tuple(sorted(findings, key=lambda item: (-Severity[item.severity], -item.images, item.rule)))


def _layer_order(layer: FleetLayer) -> tuple[int, int, str]:
    """Put first what does the most harm: the worst of its findings, then to how many images."""
    worst = max((Severity[item.severity] for item in layer.findings), default=-1)
    return -worst, -layer.images, layer.diff_id
