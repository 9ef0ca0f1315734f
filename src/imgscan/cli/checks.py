"""imgscan checks: the controls that every report answers, as a list."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import msgspec

from imgscan.analyzers.catalog import RULES
from imgscan.cis.checklist import CHECKS
from imgscan.cis.editions import edition_of
from imgscan.cis.evaluate import BENCHMARK
from imgscan.cis.rationale import RATIONALES
from imgscan.cli.writing import encoded, write_out
from imgscan.model.control import CHECKLIST
from imgscan.report.json import json_bytes

SCHEMA = "imgscan.checks/1"


class Check(msgspec.Struct, frozen=True):
    """One control: what it is called in an edition, how a failure weighs, what gives which status."""

    id: str
    edition: str
    title: str
    severity: str
    why: str
    remedy: str
    gives: Mapping[str, str]
    rules: tuple[str, ...]
    """The rules whose findings count for it."""


class Checks(msgspec.Struct, frozen=True):
    """All controls, in the order of the report."""

    schema: str
    controls: tuple[Check, ...]


def checks_of(version: str) -> tuple[Check, ...]:
    """Return all controls by the numbers of an edition of the benchmark.

    Raises:
        UsageError: the numbering of that edition is not known.
    """
    edition = edition_of(version)
    named = [(edition.number(item.id), edition.name, item) for item in BENCHMARK]
    named += [(item.id, CHECKLIST, item) for item in CHECKS]
    return tuple(
        Check(
            id=name,
            edition=title,
            title=item.title,
            severity=item.severity.name,
            why=RATIONALES[item.id].why,
            remedy=RATIONALES[item.id].remedy,
            gives={str(status): text for status, text in item.gives.items()},
            rules=tuple(rule.id for rule in RULES.values() if item.id in rule.controls),
        )
        for name, title, item in named
        if name
    )


def run_checks(arguments: argparse.Namespace) -> int:
    """List the controls."""
    controls = checks_of(arguments.cis_edition)
    if arguments.format == "json":
        write_out(json_bytes(Checks(SCHEMA, controls)))
        return 0
    lines: list[str] = []
    for edition in dict.fromkeys(item.edition for item in controls):
        lines += [*([""] if lines else []), edition]
        lines += [f"  {item.id:<24} {item.severity:<9} {item.title}" for item in controls if item.edition == edition]
    lines += ["", "imgscan explain ID says what gives which status, why it matters and what to do"]
    write_out(encoded("\n".join(lines) + "\n", None))
    return 0
