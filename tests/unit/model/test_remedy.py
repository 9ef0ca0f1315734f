"""Commands as values, and the text that is made from them."""

from __future__ import annotations

from imgscan.model.finding import Finding, Severity
from imgscan.model.remedy import Action, Remedy, edit_file, merged, run_line


def test_a_command_is_written_with_its_paths_as_words() -> None:
    assert Remedy(Action.REMOVE, "rm -f", ("/a", "/b c")).text() == "rm -f /a '/b c'"
    assert Remedy(Action.REMOVE, "rm -f", ("/a",)).text("/image") == "rm -f /image/a"
    assert Remedy(Action.REMOVE, "rm -rf /var/cache/apk/*").text() == "rm -rf /var/cache/apk/*"


def test_a_path_that_no_word_can_hold_leaves_no_command() -> None:
    assert Remedy(Action.REMOVE, "rm -f", ("/a\n",)).text() is None
    assert run_line([Remedy(Action.REMOVE, "rm -f", ("/a\n",)), Remedy(Action.REMOVE, "rm -f", ("/b",))]) == ""


def test_edits_are_arguments_of_sed() -> None:
    assert edit_file("/etc/passwd", "3d").text() == "sed -i 3d /etc/passwd"
    assert edit_file("/etc/x", "s/^a b/c/", "1,2d").text() == "sed -i -e 's/^a b/c/' -e 1,2d /etc/x"


def test_edits_of_one_file_are_merged_and_others_are_not() -> None:
    one, other = edit_file("/a", "1d"), edit_file("/b", "1d")

    assert merged([one, other, edit_file("/a", "2d"), one]) == [edit_file("/a", "1d", "2d"), other]


def test_the_text_of_a_finding_is_made_from_its_remedies_unless_it_is_given() -> None:
    remedies = (Remedy(Action.CHANGE_OWNER, "chown root", ("/a",)), Remedy(Action.CHANGE_MODE, "chmod 0600", ("/a",)))
    item = Finding(rule="x.y", analyzer="x", severity=Severity.LOW, message="", remedies=remedies)

    assert item.remediation == "RUN chown root /a && chmod 0600 /a"
    given = Finding(
        rule="x.y", analyzer="x", severity=Severity.LOW, message="", remedies=remedies, remediation="COPY a b"
    )
    assert given.remediation == "COPY a b"
