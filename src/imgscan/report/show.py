"""Reports with every string made safe to show (``shown``): what all formats but text are written from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import UNSET

from imgscan.model.control import Control
from imgscan.model.finding import Finding, LayerPoint, Suppression, fingerprint
from imgscan.model.ledger import Gap
from imgscan.model.problem import Problem
from imgscan.model.remedy import Remedy
from imgscan.model.usage import PathUsage
from imgscan.model.vulnerability import Vulnerability
from imgscan.printable import printable
from imgscan.report.document import SCHEMA, Coverage, LayerReport, Report, Tool
from imgscan.report.shown import (
    Json,
    Section,
    ShownControl,
    ShownCoverage,
    ShownFinding,
    ShownGap,
    ShownImage,
    ShownLayer,
    ShownPoint,
    ShownProblem,
    ShownRemedy,
    ShownReport,
    ShownSelection,
    ShownStage,
    ShownSuppression,
    ShownTool,
    ShownUsage,
    ShownVerified,
    ShownVulnerabilities,
    ShownVulnerability,
)


def shown_report(report: Report) -> ShownReport:
    """Return the report as ``imgscan.report/1`` has it (``schema.json``)."""
    selection = report.selection
    return ShownReport(
        schema=SCHEMA,
        tool=_tool(report.tool),
        image=_image(report),
        layers=tuple(map(_layer, report.layers)),
        controls=tuple(map(_control, report.controls)),
        findings=tuple(map(_finding, report.findings)),
        inventory={printable(section): _section(report, section) for section in _sections(report)},
        usage=tuple(map(_usage, report.usage)),
        problems=tuple(map(_problem, report.problems)),
        coverage=_coverage(report.coverage),
        vulnerabilities=_vulnerabilities(report),
        date=report.date if report.date is not None else UNSET,
        details={printable(name): printable(text) for name, text in report.details.items()} or UNSET,
        selection=ShownSelection(selection.least.name, selection.left_out) if selection is not None else UNSET,
        timing=UNSET if report.timing is None else tuple(map(_stage, report.timing)),
    )


def _stage(item: msgspec.Struct) -> ShownStage:
    return msgspec.convert(item, ShownStage, from_attributes=True)


def _tool(tool: Tool) -> ShownTool:
    return ShownTool(
        name=printable(tool.name),
        version=printable(tool.version),
        analyzers={printable(name): version for name, version in tool.analyzers.items()},
        rules_digest=_optional(tool.rules_digest),
        not_run=_texts(tool.not_run) or UNSET,
        controls_off=_texts(tool.controls_off) or UNSET,
    )


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


def _section(report: Report, section: str) -> Section:
    items = report.inventory.get(section, ())
    if section in _OBJECTS:
        return shown_values(items[0]) if items else {}
    return [shown_values(item) for item in items]


def _image(report: Report) -> ShownImage:
    image = report.image
    config = image.config if image.config.present else None
    return ShownImage(
        source=printable(report.source),
        format=printable(report.format),
        references=_texts(image.references),
        image_id=_optional(image.image_id),
        manifest_digest=_optional(image.manifest_digest),
        platform=printable(str(image.platform)) if image.platform else None,
        created=_optional(config.created) if config else None,
        user=_optional(config.user) if config else None,
        entrypoint=_texts(config.entrypoint) if config and config.entrypoint is not None else None,
        cmd=_texts(config.cmd) if config and config.cmd is not None else None,
        exposed_ports=_texts(config.exposed_ports) if config else None,
        labels={printable(name): printable(text) for name, text in dict(config.labels).items()} if config else None,
        stored_bytes=sum(layer.stored_bytes for layer in report.layers),
        uncompressed_bytes=sum(layer.uncompressed_bytes for layer in report.layers),
        merged_bytes=report.merged_bytes,
        files=report.files,
    )


def _layer(layer: LayerReport) -> ShownLayer:
    return ShownLayer(
        index=layer.index,
        diff_id=_optional(layer.diff_id),
        digest=_optional(layer.digest),
        media_type=printable(layer.media_type),
        compression=printable(layer.compression),
        stored_bytes=layer.stored_bytes,
        uncompressed_bytes=layer.uncompressed_bytes,
        entries=layer.entries,
        created_by=_optional(layer.created_by),
        verified=ShownVerified(layer.verified.get("digest"), layer.verified.get("diff_id")),
        complete=layer.complete,
    )


def _finding(finding: Finding) -> ShownFinding:
    return ShownFinding(
        rule=printable(finding.rule),
        analyzer=printable(finding.analyzer),
        severity=finding.severity.name,
        path=_path(finding.path),
        line=finding.line,
        state=str(finding.state),
        layer=_point(finding.layer),
        removed_in=_point(finding.removed_in),
        message=printable(finding.message),
        evidence=shown_values(finding.evidence),
        remediation=printable(finding.remediation),
        remedies=tuple(map(_remedy, finding.remedies)),
        fingerprint=fingerprint(finding),
        suppressed=_suppression(finding.suppressed),
        known=finding.known,
    )


def _remedy(remedy: Remedy) -> ShownRemedy:
    return ShownRemedy(str(remedy.action), printable(remedy.command), _texts(remedy.edits), _texts(remedy.paths))


def _control(control: Control) -> ShownControl:
    return ShownControl(
        id=printable(control.id),
        title=printable(control.title),
        edition=printable(control.edition),
        status=str(control.status),
        severity=control.severity.name,
        reason=printable(control.reason),
        evidence=_texts(control.evidence),
        findings=_texts(control.findings),
        remediation="\n".join(map(printable, control.remediation.split("\n"))),  # of several lines
        suppressed=_suppression(control.suppressed),
    )


def _point(point: LayerPoint | None) -> ShownPoint | None:
    if point is None:
        return None
    return ShownPoint(point.index, printable(point.diff_id), _optional(point.created_by))


def _suppression(item: Suppression | None) -> ShownSuppression | None:
    if item is None:
        return None
    return ShownSuppression(printable(item.reason), printable(item.owner), _optional(item.expires))


def _usage(item: PathUsage) -> ShownUsage:
    return ShownUsage(printable("/" + item.path), str(item.kind), item.size, item.files, item.layer, item.layer_size)


def _coverage(coverage: Coverage) -> ShownCoverage:
    return ShownCoverage(
        coverage.complete,
        coverage.layers,
        coverage.entries,
        coverage.bytes_read,
        coverage.bytes_matched,
        tuple(map(_gap, coverage.skipped)),
        UNSET if coverage.from_store is None else coverage.from_store,
    )


def _gap(gap: Gap) -> ShownGap:
    return ShownGap(
        what=printable(gap.what),
        count=gap.count,
        why=printable(gap.why),
        cause=str(gap.cause),
        layer=gap.layer,
        path=_path(gap.path),
        rules=_texts(gap.rules),
        controls=_texts(gap.controls),
    )


def _problem(problem: Problem) -> ShownProblem:
    return ShownProblem(
        level=str(problem.level),
        stage=printable(problem.stage),
        code=printable(problem.code),
        message=printable(problem.message),
        source=_optional(problem.source),
        diff_id=_optional(problem.diff_id),
        path=_path(problem.path),
        offset=problem.offset,
    )


def _vulnerabilities(report: Report) -> ShownVulnerabilities | None:
    result = report.vulnerabilities
    if result is None:
        return None
    return ShownVulnerabilities(
        tool=printable(result.tool),
        image_id=_optional(result.image_id),
        same_image=report.same_image,
        counts=result.counts(),
        fixable=result.counts(fixable=True),
        items=tuple(map(_vulnerability, result.items)),
        as_of=result.as_of or UNSET,
        excused=tuple(_vulnerability(item.vulnerability, item.reason) for item in result.excused) or UNSET,
        unfixed_left_out=result.unfixed_left_out or UNSET,
    )


def _vulnerability(item: Vulnerability, reason: str = "") -> ShownVulnerability:
    return ShownVulnerability(
        printable(item.id),
        printable(item.package),
        printable(item.version),
        str(item.rating),
        printable(item.fixed_in),
        aliases=tuple(map(printable, item.aliases)) or UNSET,
        layer=UNSET if item.layer is None else item.layer,
        path=printable(item.path) if item.path else UNSET,
        deleted=item.deleted or UNSET,
        exploited=item.exploited or UNSET,
        epss=item.epss or UNSET,
        note=printable(item.note) or UNSET,
        reason=printable(reason) or UNSET,
    )


def _path(path: str | None) -> str | None:
    return None if path is None else printable("/" + path)


def _optional(text: str | None) -> str | None:
    return None if text is None else printable(text)


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(printable, texts))


def shown_values(values: Mapping[str, object]) -> dict[str, Json]:
    """Return names with values (evidence, an item) as JSON can hold them, every string made safe to show."""
    return {printable(str(key)): shown(item) for key, item in values.items()}


def shown(value: object) -> Json:
    """Return ``value`` as JSON can hold it, with every string in it, keys too, made safe to show."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return shown_values(value)
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    if value is None or isinstance(value, float) or (isinstance(value, int) and -(1 << 63) <= value < 1 << 64):
        return value
    return printable(str(value))  # evidence of a third party's analyzer: bytes, a set, a date
