"""What one recommendation of a benchmark, or one item of the checklist, comes to on an image."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from imgscan.model.finding import Severity, Suppression

CHECKLIST = "imgscan hardening checklist"
"""The edition of the items that no benchmark numbers."""

RUN_TIME = ("5.", "7.")
"""How the numbers of the benchmark's sections on containers and on swarm mode begin: settings of where it runs."""


class Status(StrEnum):
    """What can be said of a control; a PASS is proved, never the want of data."""

    PASS = "PASS"  # noqa: S105 (a result, no password)
    """Proved to be kept."""
    FAIL = "FAIL"
    """Proved to be broken."""
    WARN = "WARN"
    """There is evidence that a person must judge."""
    INFO = "INFO"
    """Nothing to judge: what the image says is listed."""
    NOT_EVALUABLE = "NOT_EVALUABLE"
    """No image can decide it; ``reason`` says what to look at where it runs."""
    UNKNOWN = "UNKNOWN"
    """An image can decide it, but this one lacks the data, or it was not read whole."""


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """One control's result.

    ``id`` is the benchmark's number ("4.8") or the checklist's word ("no-shell"), ``edition`` whose. ``reason`` is one
    sentence; ``evidence`` are lines that name path, layer and instruction, ``findings`` the fingerprints behind it.
    ``severity`` is how much a FAIL weighs (what ``--fail-on`` looks at).
    """

    id: str
    title: str
    edition: str
    status: Status
    severity: Severity
    reason: str
    evidence: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    remediation: str = ""
    suppressed: Suppression | None = None
