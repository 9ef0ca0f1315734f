"""What the text report shows of made reports."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from imgscan.model.control import CHECKLIST, Control, Status
from imgscan.model.finding import Finding, LayerPoint, Severity, State, Suppression, fingerprint
from imgscan.model.image import ImageConfig, ImageManifest
from imgscan.model.ledger import Cause, Gap
from imgscan.model.problem import Level, Problem
from imgscan.report.document import Coverage, LayerReport, Report, Selection, Tool, is_complete
from imgscan.report.text.report import write
from imgscan.report.writers import Style

LAYER = LayerReport(
    index=0,
    diff_id="sha256:d",
    digest="sha256:b",
    media_type="",
    compression="gzip",
    stored_bytes=10,
    uncompressed_bytes=2000,
    entries=1,
    created_by="COPY x",
    verified={"digest": True, "diff_id": True},
    complete=True,
)
POINT = LayerPoint(0, "sha256:d", "RUN curl evil")
FINDING = Finding(
    rule="a.rule",
    analyzer="a",
    severity=Severity.HIGH,
    message="is odd",
    path="etc/x",
    layer=POINT,
    remediation="RUN y",
)


def control(status: Status, **more: Any) -> Control:
    base = Control(
        id="4.8",
        title="Setuid and setgid permissions are removed",
        edition="CIS Docker 1.6.0",
        status=status,
        severity=Severity.HIGH,
        reason="because",
    )
    return replace(base, **more)


def report(*findings: Finding, problems: tuple[Problem, ...] = (), **more: Any) -> Report:
    config = ImageConfig(present=True, created="2020-01-01T00:00:00Z", cmd=("sh",))
    image = ImageManifest(
        references=("app:1",), manifest_digest=None, image_id="sha256:i", platform=None, config=config, layers=()
    )
    complete = is_complete(problems)
    base = Report(
        source="my image.tar",
        format="oci-archive",
        tool=Tool("imgscan", "1", {}),
        image=image,
        layers=(LAYER,),
        merged_bytes=0,
        files=1,
        findings=findings,
        inventory={},
        problems=problems,
        coverage=Coverage(complete=complete, layers=1, entries=1, bytes_read=2000, bytes_matched=0),
    )
    return replace(base, **more)


def text_of(*reports: Report, **style: Any) -> str:
    return write(reports, Style(**style)).decode()


def line_with(text: str, word: str) -> str:
    return next(line for line in text.splitlines() if word in line)


def test_an_image_without_findings_says_so_and_that_all_was_read() -> None:
    text = text_of(report())

    assert "FINDINGS   none\n" in text
    assert "read       whole: 1 of 1 layer, 1 entry, 2.0 kB; all layer digests verified\n" in text
    assert "PROBLEMS" not in text
    assert "runs       sh as root (no USER)\n" in text


def test_an_image_read_in_part_says_so_in_the_verdict_and_names_the_problem() -> None:
    problem = Problem(level=Level.ERROR, stage="layer", code="x", message="cut short", source="i.tar", offset=512)

    text = text_of(report(problems=(problem,)))

    assert "silence proves nothing" in " ".join(text.split())
    assert "read       IN PART" in text
    assert "  error    i.tar, offset 512: cut short\n" in text


def test_one_line_says_what_is_not_known_and_which_controls_that_leaves_open() -> None:
    deep = Gap(cause=Cause.LIMIT, what="members", why="nested", count=2, rules=("secrets.*",), controls=("4.10",))
    lost = replace(deep, what="layer 1", count=1, controls=("4.8", "4.10"))
    aside = Gap(cause=Cause.LIMIT, what="items", why="more than listed")

    def told(*gaps: Gap, **style: Any) -> str:
        shown = report(coverage=replace(report().coverage, skipped=gaps))
        return " ".join(text_of(shown, **style).split())

    assert "LEFT OPEN members, 2 times: nested; 4.10 is not passed for it" in told(deep, aside)
    assert "nested, and 1 other gap (-v); 4.10, 4.8 are not passed for it" in told(deep, lost)
    assert "LEFT OPEN" not in told(aside)
    assert "left out 1 items: more than listed" in told(aside, verbose=True)


def test_a_digest_that_does_not_match_is_told() -> None:
    tampered = replace(LAYER, verified={"digest": True, "diff_id": False})

    assert "digests do NOT match" in text_of(report(layers=(tampered,)))
    assert "digests do NOT match" not in text_of(report())


def test_each_status_has_its_mark_and_those_to_act_on_their_reason_and_evidence() -> None:
    controls = (
        control(Status.PASS, id="4.1", reason="quiet"),
        control(Status.FAIL, id="4.2", evidence=("/bin/su mode 4755, layer 0", "b", "c", "d")),
        control(Status.WARN, id="4.3"),
        control(Status.UNKNOWN, id="4.4"),
        control(Status.INFO, id="4.5"),
        control(Status.NOT_EVALUABLE, id="5.1"),
        control(Status.NOT_EVALUABLE, id="5.2"),
    )

    text = text_of(report(controls=controls))

    assert "SECURITY CHECKS (CIS Docker 1.6.0)\n" in text
    marks = {"4.1": "[PASS]", "4.2": "[FAIL]", "4.3": "[WARN]", "4.4": "[UNKNOWN]", "4.5": "[INFO]", "5.1": "[N/A]"}
    assert {number: line_with(text, f" {number}").split()[0] for number in marks} == marks
    assert "quiet" not in text
    assert text.count("because") == 3
    assert "/bin/su mode 4755" not in text
    assert line_with(text, "[N/A]").split()[1] == "5.1-5.2:"
    assert "checks: 1 failed, 1 to review, 1 passed, 1 unknown" in text


def test_with_v_every_control_has_its_line_and_its_remedy() -> None:
    failed = control(Status.FAIL, evidence=("a", "b", "c", "d"), remediation="RUN chmod u-s /bin/su")

    text = text_of(report(controls=(failed, control(Status.NOT_EVALUABLE, id="5.1"))), verbose=True)

    assert [line.strip() for line in text.splitlines() if "- " in line[:14]] == ["- a", "- b", "- c", "- d"]
    assert "            remedy:\n              RUN chmod u-s /bin/su\n" in text
    assert "[N/A]     5.1   Setuid" in text


def test_a_question_that_cis_and_the_checklist_ask_is_one_row_with_both_names_and_counts_once() -> None:
    twin = control(Status.FAIL, id="no-setuid", title="No file has SUID or SGID", edition=CHECKLIST)
    other = control(Status.FAIL, id="no-shell", title="No shell can be run", edition=CHECKLIST, reason="there is one")

    text = text_of(report(controls=(control(Status.FAIL), twin, other)))

    assert "[FAIL]    4.8   Setuid and setgid permissions are removed (no-setuid): because\n" in text
    assert "No file has SUID or SGID" not in text
    assert "[FAIL]    No shell can be run (no-shell): there is one\n" in text
    assert "checks: 2 failed;" in text


def test_questions_with_other_answers_have_a_row_each() -> None:
    other = control(Status.PASS, id="no-setuid", edition=CHECKLIST)

    assert "checks: 1 failed, 1 passed;" in text_of(report(controls=(control(Status.FAIL), other)))


def test_passes_have_their_lines_where_nothing_is_to_be_done() -> None:
    passes = (control(Status.PASS), control(Status.PASS, id="4.9"))

    assert "[PASS]    4.8   Setuid" in text_of(report(controls=passes))
    assert "[PASS]    4.8, 4.10\n" in text_of(
        report(controls=(*passes[:1], control(Status.PASS, id="4.10"), control(Status.FAIL, id="4.1")))
    )


def test_with_v_findings_speak_for_the_control_that_they_are_behind() -> None:
    behind = control(Status.FAIL, evidence=("/etc/x is odd",), findings=(fingerprint(FINDING),), remediation="RUN y")

    text = text_of(report(FINDING, controls=(behind,)), verbose=True)

    assert "- 1 finding below" in text
    assert "/etc/x is odd" not in text
    assert text.count("RUN y") == 2  # at the finding, and as the first step


def test_a_report_without_controls_has_no_table() -> None:
    assert "SECURITY CHECKS" not in text_of(report())


def test_many_findings_of_one_cause_are_folded_and_v_unfolds_them() -> None:
    many = [replace(FINDING, path=f"etc/{number}") for number in range(9)]

    folded, whole = text_of(report(*many)), text_of(report(*many), verbose=True)

    assert folded.count("is odd") == 3
    assert "a: rule, and 6 more: /etc/3, /etc/4, /etc/5, /etc/6 and 2 more" in " ".join(folded.split())
    assert whole.count("is odd") == 9
    assert whole.count("rule    a.rule") == whole.count("remedy  RUN y") == 1


def test_what_a_later_layer_took_away_is_told_with_both_layers() -> None:
    gone = replace(FINDING, state=State.DELETED, removed_in=LayerPoint(3, "sha256:e", "RUN rm /etc/x"))

    text = text_of(report(gone))

    assert "is odd; deleted in layer 3, still in layer 0" in " ".join(text.split())
    assert "imgscan cat 'my image.tar' /etc/x --layer 0\n" in text
    assert "imgscan cat" not in text_of(report(FINDING))


def test_excepted_findings_do_not_count_and_stay_in_the_report() -> None:
    excepted = replace(FINDING, suppressed=Suppression("reviewed", "ann", "2030-01-01"))

    text, whole = text_of(report(excepted)), text_of(report(excepted), verbose=True)

    assert "FINDINGS   none" in text
    assert "1 finding excepted" in text
    assert "by ann until 2030-01-01: reviewed" in " ".join(whole.split())


def test_known_findings_are_marked() -> None:
    assert "[known]" in text_of(report(replace(FINDING, known=True)))
    assert "[known]" not in text_of(report(replace(FINDING, known=False)))


def test_notes_are_one_line_when_they_are_many() -> None:
    notes = [replace(FINDING, severity=Severity.INFO, rule=f"n.{number}") for number in range(5)]

    text = text_of(report(*notes))

    assert "5 notes of n.0, n.1, n.2, n.3, n.4 (-v shows them)" in text
    assert text_of(report(*notes), verbose=True).count("is odd") == 5


def test_the_first_steps_are_the_remedies_of_what_weighs_most() -> None:
    light = replace(FINDING, severity=Severity.LOW, remediation="RUN z", path="etc/z")
    failed = control(Status.FAIL, remediation="USER 10001")
    worse = replace(FINDING, severity=Severity.CRITICAL, remediation="RUN w", rule="b.rule")

    text = text_of(report(worse, FINDING, light, controls=(failed,)))

    steps = text[text.index("NEXT STEPS") :]
    assert steps.index("RUN w") < steps.index("USER 10001") < steps.index("RUN y")
    assert "RUN z" not in steps
    assert "  to harden  imgscan harden 'my image.tar'\n" in steps


def test_a_secret_comes_before_what_weighs_the_same() -> None:
    secret = replace(FINDING, rule="secrets.x", remediation="Revoke it.")
    failed = control(Status.FAIL, remediation="RUN chmod u-s /bin/su")
    leak = control(Status.FAIL, id="4.10", findings=(fingerprint(secret),), remediation="Revoke it.")

    steps = text_of(report(secret, controls=(failed, leak))).partition("NEXT STEPS")[2]

    assert steps.index("Revoke it.") < steps.index("RUN chmod")
    assert steps.count("Revoke it.") == 1


def test_more_steps_than_a_screen_holds_are_counted() -> None:
    failed = tuple(control(Status.FAIL, id=f"4.{number}", remediation=f"RUN {number}") for number in range(9))

    assert "and 3 other steps: imgscan harden has all of them" in text_of(report(controls=failed))
    assert "other step" not in text_of(report(controls=failed[:6]))


def test_a_newline_of_a_path_begins_no_instruction() -> None:
    text = text_of(report(replace(FINDING, remediation="RUN rm 'a\nRUN evil'")))

    assert "     RUN rm 'a\\x0aRUN evil'\n" in text


def test_what_is_not_there_is_one_line_of_the_inventory() -> None:
    text = text_of(report(inventory={"setuid": ({"path": "/bin/su"},)}))

    assert "SUID files             1  /bin/su\n" in text
    assert "SGID files, file capabilities" in line_with(text, "none   ")


def test_hostile_names_are_shown_escaped_in_every_part() -> None:
    hostile = "\x1b]0;x\x07\u202e"
    image = replace(report().image, references=(hostile,))
    finding = replace(FINDING, path=hostile, message=hostile, remediation=hostile)
    failed = control(Status.FAIL, reason=hostile, evidence=(hostile,), remediation=hostile, title=hostile)
    problem = Problem(level=Level.ERROR, stage="layer", code="x", message=hostile, path=hostile)
    made = report(
        finding,
        problems=(problem,),
        image=image,
        controls=(failed,),
        inventory={"setuid": ({"path": hostile},)},
        source=hostile,
    )

    for verbose in (False, True):
        text = text_of(made, verbose=verbose)
        assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_a_terminal_without_unicode_gets_ascii() -> None:
    named = replace(report().image, references=("b\u00fccher",))

    text = write((report(image=named),), Style(unicode=False))

    assert b"b\\xfccher" in text
    text.decode("ascii")


def test_several_reports_follow_each_other() -> None:
    assert text_of(report(), report()).count("IMAGE      app:1") == 2


def test_secrets_of_low_rank_are_one_line_and_those_of_high_rank_are_not() -> None:
    low = [replace(FINDING, severity=Severity.LOW, rule=f"secrets.r{number}", path=f"l{number}") for number in range(5)]
    high = [replace(FINDING, rule=f"secrets.r{number}", path=f"h{number}") for number in range(2)]

    text = " ".join(text_of(report(*high, *low)).split())

    assert "LOW possible secrets to review (doubtful, or part of a package), 5 times: /l0, /l1, /l2, /l3" in text
    assert text.count("is odd") == 2


def test_what_a_message_tells_of_layers_is_not_told_twice() -> None:
    gone = replace(
        FINDING, state=State.DELETED, removed_in=LayerPoint(3, "sha256:e", None), message="x; deleted, still in layer 0"
    )

    assert text_of(report(gone)).count("still in") == 1


def test_date_fields_and_what_was_left_out_stand_in_the_report() -> None:
    added: dict[str, Any] = {"date": "2026-11-30", "details": {"auditor": "Jane", "ticket of the house": "7"}}

    text = text_of(report(FINDING, selection=Selection(Severity.HIGH, 3), **added))

    assert "date       2026-11-30, by imgscan 1\n" in text
    assert "auditor    Jane\n" in text
    assert "           ticket of the house: 7\n" in text
    assert "3 below high left out" in " ".join(text.split())
    assert "left out" not in text_of(report(FINDING))


def test_what_no_image_decides_for_a_reason_of_its_own_is_not_said_to_show_where_it_runs() -> None:
    trust = control(Status.NOT_EVALUABLE, id="4.5", reason="a setting of the host that pulls")
    runtime = control(Status.NOT_EVALUABLE, id="5.1", reason="a setting of the host")

    text = text_of(report(controls=(trust, runtime)))

    assert "4.5: this image cannot decide (-v says why)" in text
    assert "5.1: decided where it runs" in text
    assert "a setting of the host that pulls" in " ".join(text_of(report(controls=(trust,)), verbose=True).split())
