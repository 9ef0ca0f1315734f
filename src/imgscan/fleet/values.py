"""What tasks of a fleet are given and give back: plain values, small beside what they are about."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from imgscan.archive.blobs.location import BlobLocation
from imgscan.report.summary import SummaryRow


class Claim(NamedTuple):
    """What a layer is said to be: the digest that manifest or config promise, and its stored size.

    Layers of one claim are taken for one and surveyed once; each copy is held against its digest all the same.
    """

    digest: str
    size: int


class PlannedLayer(msgspec.Struct, frozen=True, kw_only=True):
    """A layer of a source: the archive's name of it, what it promises, and where it lies on a disk (None: elsewhere).

    ``kept`` is true where facts are kept already under what it promises.
    """

    blob: str
    claim: Claim
    digest: str
    diff_id: str
    location: BlobLocation | None
    kept: bool


class Share(NamedTuple):
    """Images of a source that are reported on by one task, by their positions in it, and the blobs that they need.

    No positions: all images, of a source that is read only when they are reported on.
    """

    positions: tuple[int, ...]
    blobs: tuple[str, ...]


class Plan(msgspec.Struct, frozen=True):
    """What there is to do for a source."""

    layers: tuple[PlannedLayer, ...]
    shares: tuple[Share, ...]


class Collected(NamedTuple):
    """A folder that is no image and holds some: what to scan in its place."""

    sources: tuple[str, ...]


class Refused(NamedTuple):
    """A source, or an image of it, that gave no report, and why."""

    source: str
    reason: str


class Surveyed(NamedTuple):
    """How the survey of a layer came out.

    ``digest`` is that of its stored bytes, under which its facts are kept now; None where they were not: a layer that
    is not what was promised, or was not read whole.
    """

    digest: str | None
    uncompressed_bytes: int
    cpu_seconds: float
    known: bool = False
    """Whether its facts were kept already."""


class Brought(msgspec.Struct, frozen=True):
    """Findings of one rule that one layer brings to an image; ``diff_id`` None: its config does.

    ``path`` is one of them, of those that have one.
    """

    diff_id: str | None
    created_by: str | None
    rule: str
    severity: str
    findings: int
    path: str | None = None


class ImageResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one image comes to; ``reports`` are its files by format, relative to the fleet's folder.

    Strings are safe to show. ``diff_ids`` are those of its layers.
    """

    position: int
    row: SummaryRow
    reports: dict[str, str]
    code: int
    diff_ids: tuple[str, ...]
    brought: tuple[Brought, ...]


class Reported(NamedTuple):
    """What came of the images of a share."""

    images: tuple[ImageResult, ...]
    refused: tuple[Refused, ...]
    surveyed_here: int
    hashed_bytes: int
    cpu_seconds: float
