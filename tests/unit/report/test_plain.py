from __future__ import annotations

from msgspec.structs import replace

from imgscan.model.control import Status
from imgscan.report.plain import plain_report
from tests.unit.report.made import control, report


def test_the_lines_of_a_controls_remedy_stay_lines_each_safe_to_show() -> None:
    made = report(controls=(replace(control("4.8", Status.WARN), remediation="RUN a\nRUN b\x1b"),))

    assert plain_report(made)["controls"][0]["remediation"] == "RUN a\nRUN b\\x1b"
