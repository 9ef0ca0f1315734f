"""What a remedy is made from: a report that was just made, or one that was saved as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from imgscan.compare.side import Side, SideControl, SideFinding, SideRemedy
from imgscan.harden.plan import DIGITS, Reference
from imgscan.model.control import Status
from imgscan.model.finding import Finding, Severity, State, Suppression, fingerprint
from imgscan.model.image import ImageConfig
from imgscan.model.items import ConfigItem, Readable, read_evidence, read_item, read_items
from imgscan.model.remedy import Action, Remedy
from imgscan.report.document import Report

_COMMAND = re.compile(r"[A-Za-z0-9_@%+=:,./~*!{}+-]+(?: [A-Za-z0-9_@%+=:,./~*!{}+-]+)*", re.ASCII)
"""Words that do nothing in a shell but name things: a saved report may have been written by anybody."""


class Evidence(msgspec.Struct, frozen=True):
    """Names of a file (absolute), ports of EXPOSE, permitted capabilities, and who calls a program."""

    names: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    permitted: tuple[str, ...] = ()
    used_by: str = ""


class Target(msgspec.Struct, frozen=True):
    """One finding to be answered, and what names it in the answer."""

    finding: Finding
    reference: Reference

    @property
    def evidence(self) -> Evidence:
        """What the finding's evidence says that remedies ask for."""
        return read_evidence(self.finding, Evidence)

    @property
    def path(self) -> str:
        """The path as the report writes it."""
        return "/" + (self.finding.path or "")


ItemT = TypeVar("ItemT", bound=Readable)


class Failure(msgspec.Struct, frozen=True):
    """One control that failed: ``findings`` are the fingerprints behind it."""

    id: str
    title: str
    remedy: str
    findings: tuple[str, ...]


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One image: what was found, what it has, and whether it was read whole."""

    name: str
    source: str
    complete: bool
    targets: tuple[Target, ...]
    failures: tuple[Failure, ...]
    inventory: Mapping[str, Sequence[Mapping[str, object]]]
    exposed_ports: tuple[str, ...]
    volumes: tuple[str, ...]
    settings: ImageConfig | None = None
    """All settings of the image; a saved report has not all."""

    def items(self, shape: type[ItemT], section: str = "") -> tuple[ItemT, ...]:
        """Return the items of a section (that of ``shape`` where it has one) that have its fields."""
        return tuple(read_items(self.inventory, shape, section))

    def item(self, shape: type[ItemT]) -> ItemT | None:
        """Return the one item of a section that has one, None where it is not there."""
        return read_item(self.inventory, shape)

    def of(self, *rules: str) -> list[Target]:
        """Return what counts (no exception covers it) of rules that begin so."""
        return [item for item in self.targets if item.finding.rule.startswith(rules) and not item.finding.suppressed]


def subject_of(report: Report) -> Subject:
    """Return a report that was just made."""
    image = report.image
    return Subject(
        name=next(iter(image.references), None) or image.image_id or report.source,
        source=report.source,
        complete=report.complete,
        targets=tuple(Target(item, Reference(item.rule, fingerprint(item)[:DIGITS])) for item in report.findings),
        failures=tuple(
            Failure(item.id, item.title, item.remediation or item.reason, item.findings)
            for item in report.controls
            if item.status is Status.FAIL and not item.suppressed
        ),
        inventory=report.inventory,
        exposed_ports=image.config.exposed_ports,
        volumes=image.config.volumes,
        settings=image.config if image.config.present else None,
    )


def subject_of_side(side: Side) -> Subject:
    """Return a saved report, whose texts were made safe to show."""
    inventory = {
        section: [item for item in items if isinstance(item, dict)]
        for section, items in side.inventory.items()
        if isinstance(items, list)
    }
    config = read_item(inventory, ConfigItem)
    return Subject(
        name=side.name,
        source=side.image.source,
        complete=side.coverage.complete,
        targets=tuple(map(_target, side.findings)),
        failures=tuple(map(_failure, (item for item in side.controls if _fails(item)))),
        inventory=inventory,
        exposed_ports=side.image.exposed_ports or (),
        volumes=config.volumes or () if config is not None else (),
    )


def _fails(control: SideControl) -> bool:
    return control.status is Status.FAIL and not control.suppressed


def _failure(control: SideControl) -> Failure:
    return Failure(control.id, control.title, control.remediation or control.reason, control.findings)


def _target(result: SideFinding) -> Target:
    remedies = tuple(map(_remedy, result.remedies))
    finding = Finding(
        rule=result.rule,
        analyzer=result.rule.partition(".")[0],
        severity=Severity.__members__.get(result.severity, Severity.INFO),
        message=result.message,
        path=None if result.path is None else result.path.removeprefix("/"),
        line=result.line,
        state=State(result.state) if result.state in list(State) else State.VISIBLE,
        layer=result.layer,
        evidence=result.evidence,
        remediation=result.remediation,
        suppressed=Suppression("", "") if result.suppressed else None,
        remedies=() if None in remedies else tuple(item for item in remedies if item is not None),
    )
    return Target(finding, Reference(result.rule, result.fingerprint[:DIGITS]))


def _remedy(result: SideRemedy) -> Remedy | None:
    """Return a command of a saved report, None for one that is not safe to write again.

    In the JSON a backslash may be the sign of a byte that was not shown: which file is meant is not known.
    """
    raw = any("\\" in path or not path.startswith("/") for path in result.paths)
    if raw or result.action not in list(Action) or not _COMMAND.fullmatch(result.command):
        return None
    if not all(edit.isascii() and edit.isprintable() for edit in result.edits):
        return None
    return Remedy(Action(result.action), result.command, result.paths, result.edits)
