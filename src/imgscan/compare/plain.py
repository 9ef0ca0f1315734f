"""A comparison as plain values, contract ``imgscan.comparison/1`` (``schema.json``)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from imgscan.compare.comparison import Comparison
from imgscan.compare.controls import ControlChange
from imgscan.compare.inventory import SectionChange
from imgscan.compare.side import Side, SideControl, SideFinding, SideVulnerability
from imgscan.compare.sizes import Amount
from imgscan.compare.vulnerabilities import VulnerabilityChanges
from imgscan.formats.json import parse_json

SCHEMA = "imgscan.comparison/1"


def plain_comparison(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison in the shape of ``imgscan.comparison/1``."""
    findings = comparison.findings
    packages = comparison.packages
    return {
        "schema": SCHEMA,
        "before": _side(comparison.a),
        "after": _side(comparison.b),
        "sizes": [_amount(item) for item in comparison.sizes],
        "layers": msgspec.to_builtins(comparison.layers),
        "controls": {
            "changed": [_control(item) for item in comparison.controls],
            "same": comparison.same_controls,
        },
        "findings": {
            "fixed": [_finding(item) for item in findings.fixed],
            "new": [_finding(item) for item in findings.new],
            "changed": [{"before": _finding(item.before), "after": _finding(item.after)} for item in findings.changed],
            "same": findings.same,
        },
        "inventory": [_section(item) for item in comparison.sections],
        "packages": msgspec.to_builtins(packages),
        "vulnerabilities": _vulnerabilities(comparison.vulnerabilities),
    }


def _side(side: Side) -> dict[str, Any]:
    image = side.image
    return {
        "name": side.name,
        "source": image.source,
        "references": list(image.references),
        "image_id": image.image_id,
        "manifest_digest": image.manifest_digest,
        "platform": image.platform,
        "created": image.created,
        "complete": side.coverage.complete,
        "findings": len(side.findings),
    }


def _finding(item: SideFinding) -> dict[str, Any]:
    return {
        "rule": item.rule,
        "severity": item.severity,
        "path": item.path,
        "state": item.state,
        "message": item.message,
        "fingerprint": item.fingerprint,
        "suppressed": item.suppressed,
    }


def _amount(item: Amount) -> dict[str, Any]:
    return {
        "name": item.name,
        "unit": item.unit,
        "before": item.before,
        "after": item.after,
        "change": item.change,
        "percent": item.percent,
    }


def _control(item: ControlChange) -> dict[str, Any]:
    return {
        "id": item.about.id,
        "title": item.about.title,
        "edition": item.about.edition,
        "severity": item.severity,
        "before": _status(item.before),
        "after": _status(item.after),
        "direction": item.direction,
        "reason": item.about.reason,
    }


def _status(control: SideControl | None) -> dict[str, Any] | None:
    return None if control is None else {"status": str(control.status), "suppressed": bool(control.suppressed)}


def _section(item: SectionChange) -> dict[str, Any]:
    return {
        "section": item.name,
        "before": item.before,
        "after": item.after,
        "added": list(item.added),
        "removed": list(item.removed),
    }


def _vulnerabilities(item: VulnerabilityChanges | None) -> dict[str, Any] | None:
    if item is None:
        return None
    return {
        "tools": list(item.tools),
        "before": item.before,
        "after": item.after,
        "amounts": [_amount(amount) for amount in item.amounts],
        "fixed": list(map(_vulnerability, item.fixed)),
        "new": list(map(_vulnerability, item.new)),
        "same": item.same,
    }


def _vulnerability(item: SideVulnerability) -> dict[str, object]:
    names = ("id", "package", "version", "severity", "fixed_in")
    return {name: getattr(item, name) for name in names}


@cache
def comparison_schema() -> dict[str, Any]:
    """Return the JSON Schema of a comparison."""
    schema: dict[str, Any] = parse_json(files("imgscan.compare").joinpath("schema.json").read_bytes(), "schema.json")
    return schema
