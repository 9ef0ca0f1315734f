from __future__ import annotations

from imgscan.cis.remedy import chmod_line, one_line

from .support import finding


def test_several_runs_are_one() -> None:
    found = [finding("x.y", remediation=text) for text in ("RUN a", "RUN b  # or not", "RUN a", "", "COPY x")]

    assert one_line(found) == "RUN a && b"


def test_without_a_run_the_first_remedy_is_told() -> None:
    assert one_line([finding("x.y"), finding("x.y", remediation="COPY --from=build a b")]) == "COPY --from=build a b"
    assert one_line([finding("x.y")]) == ""


def test_a_remedy_is_bounded() -> None:
    found = [finding("x.y", remediation=f"RUN step{number}") for number in range(15)]

    assert one_line(found).count("&&") == 9
    assert one_line(found).endswith("  # and 5 more")


def test_paths_with_the_same_change_stand_together() -> None:
    texts = ("RUN chmod u-s /a", "RUN chmod g-s '/b c'", "RUN chmod u-s /d")

    assert chmod_line([finding("x.y", remediation=text) for text in texts]) == "RUN chmod u-s /a /d && chmod g-s '/b c'"
    assert chmod_line([finding("x.y")]) == ""
