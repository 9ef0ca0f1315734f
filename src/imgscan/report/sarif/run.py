"""One image as a run. Source: SARIF 2.1.0, section 3.14 "run object" and 3.20 "invocation object"."""

from __future__ import annotations

from imgscan.printable import printable
from imgscan.report.document import Report
from imgscan.report.sarif.limits import UploadLimits
from imgscan.report.sarif.location import BASE, archive_name, problem_location
from imgscan.report.sarif.result import escaped, results_of
from imgscan.report.sarif.rules import Rules
from imgscan.report.show import shown_report
from imgscan.report.shown import ShownProblem
from imgscan.wording import counted

_IMAGE = ("source", "format", "references", "image_id", "manifest_digest", "platform", "created", "user")
_CONTROL = ("id", "edition", "title", "status", "severity", "reason", "findings", "suppressed")


def run_of(report: Report, name: str, limits: UploadLimits, limit: int, images_left_out: int) -> dict[str, object]:
    """Return the run of one report with the worst ``limit`` results; ``name`` tells the runs of a log apart."""
    plain = shown_report(report)
    findings = plain.findings[:limit]
    rules = Rules(findings, plain.controls, limits.tags)
    described = _notes(len(plain.findings), len(findings), images_left_out, limits)
    archive = archive_name(report.source)
    return {
        "tool": {
            "driver": {
                "name": plain.tool.name,
                "version": plain.tool.version,
                "rules": rules.descriptors(),
                "properties": {
                    "analyzers": plain.tool.analyzers,
                    "rules_digest": plain.tool.rules_digest,
                },
            }
        },
        # The part up to the last slash is code scanning's category: each image keeps alerts of its own.
        "automationDetails": {"id": f"imgscan/{printable(name)}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "the root of the image's merged filesystem"}}},
        "invocations": [
            {
                "executionSuccessful": report.complete,
                "toolExecutionNotifications": [
                    *(_notification(item, archive) for item in plain.problems),
                    *({"level": "note", "message": {"text": text}} for text in described),
                ],
            }
        ],
        "results": list(results_of(report, findings, rules)),
        "properties": {
            "image": {key: getattr(plain.image, key) for key in _IMAGE},
            "controls": [{key: getattr(control, key) for key in _CONTROL} for control in plain.controls],
            "coverage": plain.coverage,
        },
    }


def _notification(problem: ShownProblem, archive: str) -> dict[str, object]:
    return {
        "level": problem.level,
        "descriptor": {"id": f"{problem.stage}/{problem.code}"},
        "message": {"text": escaped(problem.message)},
        "locations": [problem_location(problem, archive)],
        "properties": {key: getattr(problem, key) for key in ("source", "diff_id", "path", "offset")},
    }


def _notes(total: int, kept: int, images: int, limits: UploadLimits) -> list[str]:
    """Return what is to be told of results and images that are not here or will not be shown."""
    notes = []
    if kept < total:
        notes.append(f"{total - kept} of {total} findings are left out, the least severe: an upload takes no more")
    if kept > limits.shown:
        notes.append(f"code scanning shows the {limits.shown} most severe of these {kept} results")
    if images:
        notes.append(f"{counted(images, 'other image')} of the archive left out: an upload takes {limits.runs} runs")
    return notes
