"""Questions that CIS and the checklist both ask are one, as values and as plain rows."""

from __future__ import annotations

from msgspec.structs import replace

from imgscan.model.control import CHECKLIST, Control, Status
from imgscan.report.controls import distinct, rows_of
from imgscan.report.show import shown_report

from .made import control, report


def twin(of: Control, name: str, **more: object) -> Control:
    return replace(of, id=name, edition=CHECKLIST, **more)


def test_each_question_is_one_row_and_a_twin_is_used_once() -> None:
    one, other = control("4.1", Status.PASS), replace(control("4.1", Status.PASS), id="4.7")
    same, different = twin(one, "non-root-user"), twin(one, "no-shell", reason="another")

    rows = rows_of([one, other, same, different])

    assert [(row.control.id, row.twin.id if row.twin else None) for row in rows] == [
        ("4.1", "non-root-user"),
        ("4.7", None),
        ("no-shell", None),
    ]


def test_rows_of_every_format_are_counted_alike() -> None:
    one = control("4.1", Status.FAIL)
    made = report(controls=(one, twin(one, "non-root-user"), twin(one, "no-shell", status=Status.PASS)))

    assert len(distinct(shown_report(made).controls)) == len(rows_of(made.controls)) == 2
