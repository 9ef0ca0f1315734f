"""Controls whose result is another one."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from imgscan.compare.side import Side, SideControl
from imgscan.model.control import Status

_RANK = {Status.FAIL: 0, Status.WARN: 1, Status.INFO: 2, Status.PASS: 3}
"""What cannot be ranked (not evaluable, unknown) is neither better nor worse than anything."""


class ControlChange(msgspec.Struct, frozen=True):
    """One control before and after; None where only the other report has it."""

    before: SideControl | None
    after: SideControl | None

    @property
    def about(self) -> SideControl:
        """The later of the two that there are: whose title and reason are told."""
        result = self.after or self.before
        assert result is not None
        return result

    @property
    def direction(self) -> str:
        """``better``, ``worse``, or ``other`` where the two results cannot be ranked."""
        before = _RANK.get(self.before.status) if self.before else None
        after = _RANK.get(self.after.status) if self.after else None
        if before is None or after is None or before == after:
            return "other"
        return "better" if after > before else "worse"

    @property
    def failed_now(self) -> bool:
        """Whether it fails, uncovered by an exception, and did not before."""
        return _fails(self.after) and not _fails(self.before)

    @property
    def severity(self) -> str:
        """How much a failure weighs."""
        return self.about.severity


def _fails(control: SideControl | None) -> bool:
    return control is not None and control.status is Status.FAIL and not control.suppressed


def compare_controls(a: Side, b: Side) -> tuple[ControlChange, ...]:
    """Return the controls whose result changed, in the order of the report: first those of ``b``."""
    return tuple(change for change in _pairs(a, b) if _shown(change.before) != _shown(change.after))


def same_controls(a: Side, b: Side) -> int:
    """Return how many controls have the result that they had."""
    return sum(_shown(change.before) == _shown(change.after) for change in _pairs(a, b))


def _shown(control: SideControl | None) -> tuple[str, bool] | None:
    return None if control is None else (str(control.status), bool(control.suppressed))


def _pairs(a: Side, b: Side) -> Iterator[ControlChange]:
    before = {(item.edition, item.id): item for item in a.controls}
    after = {(item.edition, item.id): item for item in b.controls}
    for key in dict.fromkeys((*after, *before)):
        yield ControlChange(before.get(key), after.get(key))
