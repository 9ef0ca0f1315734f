"""Which controls make the exit code 1: ``--fail-on-check`` and ``--fail-on-status``."""

from __future__ import annotations

import difflib

import msgspec

from imgscan.cis.checklist import CHECKS
from imgscan.cis.evaluate import BENCHMARK
from imgscan.errors import UsageError
from imgscan.model.control import Status
from imgscan.printable import printable
from imgscan.report.document import Report

_WORDS = {"fail": Status.FAIL, "warn": Status.WARN, "unknown": Status.UNKNOWN}


class Failing(msgspec.Struct, frozen=True):
    """The controls that may fail a build (None: all of them), and the statuses that do; none without any."""

    checks: frozenset[str] | None
    statuses: frozenset[Status]

    def holds(self, report: Report) -> bool:
        """Whether a control of a report has one of the statuses, and no exception covers it."""
        return any(
            item.status in self.statuses and not item.suppressed and (self.checks is None or item.id in self.checks)
            for item in report.controls
        )


def failing_of(checks: tuple[str, ...], statuses: tuple[str, ...]) -> Failing:
    """Return what the two options ask for: FAIL alone where only checks are named, all checks where only statuses are.

    Raises:
        UsageError: there is no such control or status.
    """
    known = {item.id for item in (*BENCHMARK, *CHECKS)}
    for name in checks:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise UsageError(f"--fail-on-check: no control is called {printable(name)}{hint}")
    for word in statuses:
        if word.lower() not in _WORDS:
            raise UsageError(f"--fail-on-status takes {', '.join(_WORDS)}, not {printable(word)}")
    chosen = frozenset(_WORDS[word.lower()] for word in statuses)
    if checks and not chosen:
        chosen = frozenset({Status.FAIL})
    return Failing(frozenset(checks) if checks else None, chosen)
