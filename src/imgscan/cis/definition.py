"""A control as data: its number, how it is judged, and what gives which status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict
from imgscan.model.control import Status
from imgscan.model.finding import Severity

Judge: TypeAlias = Callable[[Subject], ControlVerdict]


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """One control: ``gives`` says for each status that ``judge`` may return what leads to it.

    ``severity`` is how much a FAIL weighs that no finding stands behind. The table in docs/controls.md is made of
    these. ``rests`` are the rules (ids, or families as ``secrets.*``) whose silence it takes for proof: whatever of the
    ledger leaves one of them open, or an analyzer of theirs that did not run, turns the statuses of ``silence`` into
    UNKNOWN (``cis.gate``).
    """

    id: str
    title: str
    severity: Severity
    judge: Judge
    gives: Mapping[Status, str]
    rests: tuple[str, ...] = ()
    silence: frozenset[Status] = frozenset({Status.PASS})
