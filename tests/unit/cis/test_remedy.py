from __future__ import annotations

from imgscan.cis.remedy import one_line
from imgscan.model.finding import Finding
from imgscan.model.remedy import Action, Remedy, edit_file

from .support import finding


def with_remedies(*remedies: Remedy) -> Finding:
    return finding("x.y", remedies=remedies)


def chmod(change: str, *paths: str) -> Finding:
    return with_remedies(Remedy(Action.CHANGE_MODE, f"chmod {change}", paths))


def test_several_commands_are_one_run() -> None:
    found = [with_remedies(Remedy(Action.REMOVE, text)) for text in ("rm a", "rm b", "rm a")]

    assert one_line([*found, finding("x.y", remediation="COPY x")]) == "RUN rm a && rm b"


def test_without_a_command_the_first_remedy_stands_in_words() -> None:
    assert one_line([finding("x.y"), finding("x.y", remediation="COPY --from=build a b")]) == "COPY --from=build a b"
    assert one_line([finding("x.y")]) == ""


def test_a_remedy_is_bounded() -> None:
    found = [with_remedies(Remedy(Action.REMOVE, f"step{number}")) for number in range(15)]

    assert one_line(found).count("&&") == 9
    assert one_line(found).endswith("  # and 5 more: see imgscan harden")


def test_paths_with_the_same_change_stand_together_each_as_a_word() -> None:
    found = [chmod("u-s", "/a"), chmod("g-s", "/b c"), chmod("u-s", "/d\ne")]

    assert one_line(found) == "RUN chmod u-s /a \"$(printf '/d\\012e')\" && chmod g-s '/b c'"


def test_edits_of_one_file_are_one_command_since_each_would_change_the_numbers_of_lines() -> None:
    found = [with_remedies(edit_file("/etc/passwd", f"{number}d")) for number in (2, 5)]

    assert one_line(found) == "RUN sed -i -e 2d -e 5d /etc/passwd"
