"""A kind of finding as a reader looks it up: what it means, how bad it mostly is, what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from imgscan.model.finding import Severity


class Rule(msgspec.Struct, frozen=True):
    """What findings of one ``id`` have in common.

    ``title`` is a phrase without a full stop, ``description`` whole sentences: what was looked at and why it matters.
    ``severity`` is the usual one: a finding has its own, which ``description`` explains where it differs.
    ``remediation`` is a Dockerfile line or a command where one fits all, else a sentence; a finding's own names the
    very file. ``controls`` are recommendations of the CIS Docker Benchmark 1.6.0 that the rule is evidence for.
    """

    id: str
    title: str
    description: str
    severity: Severity
    remediation: str = ""
    controls: tuple[str, ...] = ()


Rules: TypeAlias = Mapping[str, Rule]
"""By id, in the order of the documentation."""


def table(*rules: Rule) -> Rules:
    """Return rules by their id."""
    return {rule.id: rule for rule in rules}
