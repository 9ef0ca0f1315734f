from __future__ import annotations

import shlex

import pytest

from imgscan.report.html.joined_commands import MAX_ROWS, merged


def test_removals_are_one_instruction() -> None:
    assert merged(["RUN rm -f /bin/a", "RUN rm -f /bin/b /bin/c"]) == (["RUN rm -f /bin/a /bin/b /bin/c"], 0)


def test_each_file_is_named_once() -> None:
    assert merged(["RUN chmod u-s /a", "RUN chmod u-s /a /b"]) == (["RUN chmod u-s /a /b"], 0)


def test_other_modes_and_other_commands_stay_apart() -> None:
    remedies = ["RUN chmod u-s /a", "RUN chmod g-s /b", "USER 1:1", "RUN setcap -r /c"]

    assert merged(remedies) == (remedies, 0)


@pytest.mark.parametrize(
    "remedy",
    ["RUN rm -f /a && rm /b", "RUN rm -f /a  # why", 'RUN rm -f "/a b"', "RUN rm -f $(x)", "RUN rm -f /a; x"],
)
def test_what_is_more_than_words_stays_as_it_is(remedy: str) -> None:
    assert merged([remedy, "RUN rm -f /z"]) == ([remedy, "RUN rm -f /z"], 0)


def test_a_quoted_name_is_one_word() -> None:
    name = shlex.quote("/a b && c")

    assert merged([f"RUN rm -f {name}", "RUN rm -f /z"]) == ([f"RUN rm -f {name} /z"], 0)


def test_a_long_instruction_goes_over_several_lines_that_a_dockerfile_takes() -> None:
    ((text,), left) = merged(f"RUN rm -f /usr/local/bin/program-{n}" for n in range(MAX_ROWS + 5))

    assert left == 5
    assert all(len(line) < 90 for line in text.splitlines())
    assert len(shlex.split(text.replace("\\\n", ""))) == MAX_ROWS + 3
