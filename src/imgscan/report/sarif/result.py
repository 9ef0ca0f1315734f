"""Findings as results. Source: SARIF 2.1.0, sections 3.27 "result object", 3.35 "suppression object"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from imgscan.report.document import Report
from imgscan.report.sarif.location import archive_name, location_of
from imgscan.report.sarif.rules import LEVELS, Rules
from imgscan.report.shown import ShownFinding, ShownSuppression
from imgscan.wording import shortened

_LINKS = re.compile(r"\\*[\[\]]")
_INSTRUCTION = 200


def escaped(text: str) -> str:
    """Return ``text`` so that no embedded link comes of it (3.11.6): ``[name](target)`` is clickable in a message.

    Braces stay: where a message has no arguments, readers replace none.
    """
    return _LINKS.sub(lambda match: "\\" * (2 * len(match[0]) - 1) + match[0][-1], text)


def results_of(report: Report, plain: Sequence[ShownFinding], rules: Rules) -> Iterator[dict[str, object]]:
    """Yield a result for each of ``plain``, the first findings of ``report`` as plain values."""
    archive = archive_name(report.source)
    seen = Counter[str]()
    for finding, item in zip(report.findings, plain, strict=False):
        mark = item.fingerprint
        seen[mark] += 1
        result: dict[str, object] = {
            "ruleId": rules.id_of(item),
            "ruleIndex": rules.index(item),
            "level": LEVELS[item.severity],
            "message": {"text": _message(item)},
            "locations": [location_of(finding, item, archive)],
            # Code scanning looks at the second alone, a hash and the number among equal ones.
            "partialFingerprints": {"imgscan/v1": mark, "primaryLocationLineHash": f"{mark}:{seen[mark]}"},
        }
        if item.known is not None:
            result["baselineState"] = "unchanged" if item.known else "new"
        if item.suppressed is not None:
            result["suppressions"] = [_suppression(item.suppressed)]
        result["properties"] = {
            key: getattr(item, key)
            for key in ("analyzer", "severity", "state", "path", "layer", "removed_in", "evidence", "remediation")
        }
        yield result


def _message(item: ShownFinding) -> str:
    parts = [item.message or item.rule]
    layer = item.layer
    if layer is not None:
        by = f": {shortened(layer.created_by, _INSTRUCTION)}" if layer.created_by else ""
        parts.append(f"Layer {layer.index}{by}")
    if item.removed_in is not None:
        parts.append(f"{item.state.capitalize()} in layer {item.removed_in.index}")
    return escaped("\n".join(parts))


def _suppression(item: ShownSuppression) -> dict[str, object]:
    return {
        "kind": "external",
        "status": "accepted",
        "justification": item.reason,
        "properties": {"owner": item.owner, "expires": item.expires},
    }
