from __future__ import annotations

from jsonschema_rs import validator_for
from msgspec import to_builtins
from msgspec.structs import replace

from imgscan.model.control import Status
from imgscan.model.finding import Severity
from imgscan.report.document import Selection
from imgscan.report.json import report_schema
from imgscan.report.jsonl import line_schema, lines_of
from imgscan.report.show import shown_report
from tests.unit.report.made import EVERYTHING, control, report


def test_the_lines_of_a_controls_remedy_stay_lines_each_safe_to_show() -> None:
    made = report(controls=(replace(control("4.8", Status.WARN), remediation="RUN a\nRUN b\x1b"),))

    assert shown_report(made).controls[0].remediation == "RUN a\nRUN b\\x1b"


def test_what_was_added_and_left_out_stands_in_the_report_only_where_there_is_any() -> None:
    added = replace(
        EVERYTHING, date="2026-11-30", details={"auditor\x1b": "Jane"}, selection=Selection(Severity.HIGH, 3)
    )

    plain = to_builtins(shown_report(added))
    (image, *_) = lines_of(added)

    validator_for(report_schema()).validate(plain)
    validator_for(line_schema()).validate(to_builtins(image))
    assert (plain["date"], plain["details"]) == ("2026-11-30", {"auditor\\x1b": "Jane"})
    assert plain["selection"] == {"min_severity": "HIGH", "left_out": 3}
    assert {"date", "details", "selection"}.isdisjoint(to_builtins(shown_report(EVERYTHING)))
