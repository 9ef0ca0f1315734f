"""Reports as plain values, every string made safe to show: what all machine formats are written from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from imgscan.model.control import Control
from imgscan.model.finding import Finding, LayerPoint, Suppression, fingerprint
from imgscan.model.image import ImageConfig
from imgscan.model.ledger import Gap
from imgscan.model.problem import Problem
from imgscan.model.remedy import Remedy
from imgscan.model.usage import PlaceUsage
from imgscan.printable import printable
from imgscan.report.document import SCHEMA, LayerReport, Report, Tool


def plain_report(report: Report) -> dict[str, Any]:
    """Return the report in the shape of ``imgscan.report/1`` (``schema.json``)."""
    plain: dict[str, Any] = shown(
        {
            "schema": SCHEMA,
            "tool": _tool(report.tool),
            "image": _image(report),
            "layers": [_layer(layer) for layer in report.layers],
            "controls": [_control(control) for control in report.controls],
            "findings": [_finding(finding) for finding in report.findings],
            "inventory": {section: _section(report, section) for section in _sections(report)},
            "usage": [_usage(place) for place in report.usage],
            "problems": [_problem(problem) for problem in report.problems],
            "coverage": {
                "complete": report.coverage.complete,
                "layers": report.coverage.layers,
                "entries": report.coverage.entries,
                "bytes_read": report.coverage.bytes_read,
                "bytes_matched": report.coverage.bytes_matched,
                "skipped": [_gap(gap) for gap in report.coverage.skipped],
            },
            "vulnerabilities": _vulnerabilities(report),
        }
    )
    for described, control in zip(plain["controls"], report.controls, strict=True):
        described["remediation"] = "\n".join(map(printable, control.remediation.split("\n")))  # of several lines
    if report.date is not None:
        plain["date"] = report.date
    if report.details:
        plain["details"] = shown(report.details)
    if report.selection is not None:
        plain["selection"] = {
            "min_severity": report.selection.least.name,
            "left_out": report.selection.left_out,
        }
    if report.timing is not None:
        plain["timing"] = [msgspec.to_builtins(item) for item in report.timing]
    return plain


def _tool(tool: Tool) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "name": tool.name,
        "version": tool.version,
        "analyzers": tool.analyzers,
        "rules_digest": tool.rules_digest,
    }
    if tool.not_run:
        plain["not_run"] = tool.not_run
    if tool.controls_off:
        plain["controls_off"] = tool.controls_off
    return plain


_SECTIONS = (
    "setuid",
    "setgid",
    "capabilities",
    "shells",
    "interpreters",
    "package_managers",
    "network_tools",
    "debug_tools",
    "compilers",
    "container_tools",
    "daemons",
    "elf",
)
_OBJECTS = frozenset({"elf"})
"""Sections that are one object, not a list."""


def _sections(report: Report) -> list[str]:
    return list(dict.fromkeys((*_SECTIONS, *sorted(report.inventory))))


def _section(report: Report, section: str) -> list[Any] | dict[str, Any]:
    items = report.inventory.get(section, ())
    if section in _OBJECTS:
        return dict(items[0]) if items else {}
    return list(items)


def _image(report: Report) -> dict[str, Any]:
    image = report.image
    config: ImageConfig | None = image.config if image.config.present else None
    return {
        "source": report.source,
        "format": report.format,
        "references": list(image.references),
        "image_id": image.image_id,
        "manifest_digest": image.manifest_digest,
        "platform": str(image.platform) if image.platform else None,
        "created": config.created if config else None,
        "user": config.user if config else None,
        "entrypoint": list(config.entrypoint) if config and config.entrypoint is not None else None,
        "cmd": list(config.cmd) if config and config.cmd is not None else None,
        "exposed_ports": list(config.exposed_ports) if config else None,
        "labels": dict(config.labels) if config else None,
        "stored_bytes": sum(layer.stored_bytes for layer in report.layers),
        "uncompressed_bytes": sum(layer.uncompressed_bytes for layer in report.layers),
        "merged_bytes": report.merged_bytes,
        "files": report.files,
    }


def _layer(layer: LayerReport) -> dict[str, Any]:
    return {
        "index": layer.index,
        "diff_id": layer.diff_id,
        "digest": layer.digest,
        "media_type": layer.media_type,
        "compression": layer.compression,
        "stored_bytes": layer.stored_bytes,
        "uncompressed_bytes": layer.uncompressed_bytes,
        "entries": layer.entries,
        "created_by": layer.created_by,
        "verified": layer.verified,
        "complete": layer.complete,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "analyzer": finding.analyzer,
        "severity": finding.severity.name,
        "path": None if finding.path is None else "/" + finding.path,
        "line": finding.line,
        "state": str(finding.state),
        "layer": _point(finding.layer),
        "removed_in": _point(finding.removed_in),
        "message": finding.message,
        "evidence": finding.evidence,
        "remediation": finding.remediation,
        "remedies": [_remedy(remedy) for remedy in finding.remedies],
        "fingerprint": fingerprint(finding),
        "suppressed": _suppression(finding.suppressed),
        "known": finding.known,
    }


def _remedy(remedy: Remedy) -> dict[str, Any]:
    return {
        "action": str(remedy.action),
        "command": remedy.command,
        "edits": list(remedy.edits),
        "paths": list(remedy.paths),
    }


def _control(control: Control) -> dict[str, Any]:
    return {
        "id": control.id,
        "title": control.title,
        "edition": control.edition,
        "status": str(control.status),
        "severity": control.severity.name,
        "reason": control.reason,
        "evidence": list(control.evidence),
        "findings": list(control.findings),
        "remediation": control.remediation,
        "suppressed": _suppression(control.suppressed),
    }


def _point(point: LayerPoint | None) -> dict[str, Any] | None:
    return None if point is None else {"index": point.index, "diff_id": point.diff_id, "created_by": point.created_by}


def _suppression(item: Suppression | None) -> dict[str, Any] | None:
    return None if item is None else {"reason": item.reason, "owner": item.owner, "expires": item.expires}


def _usage(place: PlaceUsage) -> dict[str, Any]:
    return {
        "path": "/" + place.path,
        "type": str(place.kind),
        "bytes": place.size,
        "files": place.files,
        "layer": place.layer,
        "layer_bytes": place.layer_size,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "what": gap.what,
        "count": gap.count,
        "why": gap.why,
        "cause": str(gap.cause),
        "layer": gap.layer,
        "path": None if gap.path is None else "/" + gap.path,
        "rules": list(gap.rules),
        "controls": list(gap.controls),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "level": str(problem.level),
        "stage": problem.stage,
        "code": problem.code,
        "message": problem.message,
        "source": problem.source,
        "diff_id": problem.diff_id,
        "path": None if problem.path is None else "/" + problem.path,
        "offset": problem.offset,
    }


def _vulnerabilities(report: Report) -> dict[str, Any] | None:
    result = report.vulnerabilities
    if result is None:
        return None
    return {
        "tool": result.tool,
        "image_id": result.image_id,
        "same_image": report.same_image,
        "counts": result.counts(),
        "fixable": result.counts(fixable=True),
        "items": [
            {
                "id": item.id,
                "package": item.package,
                "version": item.version,
                "severity": str(item.rating),
                "fixed_in": item.fixed_in,
            }
            for item in result.items
        ],
    }


def shown(value: Any) -> Any:
    """Return ``value`` as JSON can hold it, with every string in it, keys too, made safe to show."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {printable(str(key)): shown(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    if value is None or isinstance(value, float) or (isinstance(value, int) and -(1 << 63) <= value < 1 << 64):
        return value
    return printable(str(value))  # evidence of a third party's analyzer: bytes, a set, a date
