"""Controls that say the same: CIS and the checklist ask some questions both, and a count of them counts once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from imgscan.model.control import CHECKLIST, Control
from imgscan.report.shown import ShownControl


class Row(msgspec.Struct, frozen=True):
    """One question: the control that answers it, and the item of the checklist that asks the same (None for none)."""

    control: Control
    twin: Control | None = None


def rows_of(controls: Sequence[Control]) -> tuple[Row, ...]:
    """Return each question once, in the order of the report.

    What was judged by the same data in the same way has the same status, reason and findings.
    """
    twins = {_answer(item): item for item in controls if item.edition == CHECKLIST}
    rows, taken = [], set()
    for item in controls:
        if item.edition == CHECKLIST:
            continue
        twin = twins.get(_answer(item))
        if twin is not None and twin.id in taken:
            twin = None
        if twin is not None:
            taken.add(twin.id)
        rows.append(Row(item, twin))
    rows += [Row(item) for item in controls if item.edition == CHECKLIST and item.id not in taken]
    return tuple(rows)


def distinct(rows: Sequence[ShownControl]) -> list[ShownControl]:
    """Return rows of controls as plain values without those of the checklist that a row of CIS asks too."""
    asked = {_plain_answer(row) for row in rows if row.edition != CHECKLIST}
    return [row for row in rows if row.edition != CHECKLIST or _plain_answer(row) not in asked]


def _plain_answer(row: ShownControl) -> tuple[object, ...]:
    return row.status, row.reason, *row.findings, *row.evidence, bool(row.suppressed)


def _answer(control: Control) -> tuple[object, ...]:
    return control.status, control.reason, control.findings, control.evidence, bool(control.suppressed)
