"""Where a result is. Source: SARIF 2.1.0, sections 3.4 "artifactLocation", 3.28 "location", 3.33 "logicalLocation"."""

from __future__ import annotations

from urllib.parse import quote

from imgscan.model.finding import Finding
from imgscan.report.shown import ShownFinding, ShownProblem

BASE = "ROOTFS"
"""The ``uriBaseId`` of paths inside the image; it has no URI, since the files are nowhere on a disk."""


def archive_name(source: str) -> str:
    """Return the relative URI that stands for the archive itself: its last name, percent-encoded."""
    name = source.rstrip("/").rpartition("/")[2]
    return encoded("standard-input" if name in ("", "-", ".", "..") else name)


def encoded(path: str) -> str:
    """Return a path, relative to the image root, as a relative URI, every byte outside the unreserved ones encoded.

    The colon too: before the first slash it would end a scheme (RFC 3986, 4.2).
    """
    return quote(path.encode("utf-8", "surrogateescape"), safe="/") if path else "."


def location_of(finding: Finding, plain: ShownFinding, archive: str) -> dict[str, object]:
    """Return the place of a finding: its file, or for the config and the history the archive.

    A region is always there, since code scanning asks for one: without a known line it is the first.
    """
    artifact = {"uri": archive} if finding.path is None else {"uri": encoded(finding.path), "uriBaseId": BASE}
    line = finding.line if finding.line and finding.line > 0 else 1
    location: dict[str, object] = {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line}}}
    logical = _logical(plain)
    return {**location, "logicalLocations": logical} if logical else location


def _logical(plain: ShownFinding) -> list[dict[str, object]]:
    layer = plain.layer
    if layer is not None:
        return [{"kind": "layer", "name": f"layer {layer.index}", "fullyQualifiedName": layer.diff_id}]
    return [{"kind": "image", "name": plain.state}] if plain.path is None else []


def problem_location(problem: ShownProblem, archive: str) -> dict[str, object]:
    """Return the place of a problem, given as plain values: the archive, with the layer that it is about."""
    location: dict[str, object] = {"physicalLocation": {"artifactLocation": {"uri": archive}}}
    if problem.diff_id:
        location["logicalLocations"] = [{"kind": "layer", "fullyQualifiedName": problem.diff_id}]
    return location
