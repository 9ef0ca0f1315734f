from __future__ import annotations

from msgspec.structs import replace

from imgscan.cis.evidence import remedies
from imgscan.model.control import Status
from imgscan.report.plain import plain_report
from tests.unit.report.made import SETUID, control, report


def test_remedies_are_lines_each_once() -> None:
    other = replace(SETUID, remediation="RUN rm /x")

    assert remedies([SETUID, other, SETUID]) == "RUN chmod u-s /usr/bin/su\nRUN rm /x"


def test_a_newline_in_a_path_begins_no_instruction() -> None:
    hostile = replace(SETUID, remediation="RUN chmod u-s '/x\nRUN evil'")

    assert remedies([hostile]) == "RUN chmod u-s '/x\\x0aRUN evil'"


def test_the_lines_of_a_controls_remedy_are_lines_in_the_json_report() -> None:
    made = report(controls=(replace(control("4.8", Status.WARN), remediation="RUN a\nRUN b\x1b"),))

    assert plain_report(made)["controls"][0]["remediation"] == "RUN a\nRUN b\\x1b"
