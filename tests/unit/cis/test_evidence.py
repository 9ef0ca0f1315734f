from __future__ import annotations

import pytest

from imgscan.cis.evidence import bounded, cut, instruction, line_of, line_of_item, named
from imgscan.model.finding import LayerPoint, State
from imgscan.model.items import FileItem
from imgscan.wording import counted

from .support import finding


@pytest.mark.parametrize(
    ("created_by", "told"),
    [
        ("/bin/sh -c #(nop) ADD file:" + 64 * "a" + " in / ", "ADD file:aaaaaaaaaaaa... in /"),
        ("/bin/sh -c apt-get  update", "RUN apt-get update"),
        ("RUN |1 A=b /bin/sh -c make # buildkit", "RUN make"),
        ("bazel build ...", "bazel build ..."),
        (None, ""),
        ("", ""),
    ],
)
def test_an_instruction_reads_as_in_the_dockerfile(created_by: str | None, told: str) -> None:
    assert instruction(created_by) == told


def test_a_long_instruction_is_cut() -> None:
    told = instruction("RUN /bin/sh -c " + "make " * 1000)

    assert len(told) == 100
    assert told.endswith("...")


def test_a_finding_is_a_line_of_path_message_layer_and_instruction() -> None:
    assert line_of(finding("x.y", path="bin/su", line=3)) == "/bin/su:3: found; layer 1, RUN apt-get install -y x"
    assert line_of(finding("x.y", state=State.CONFIG, layer=None)) == "found; image config"


def test_a_finding_that_is_gone_names_the_layer_that_took_it_away() -> None:
    gone = finding("x.y", path="a", state=State.DELETED, layer=None, removed_in=LayerPoint(4, "", None))

    assert line_of(gone) == "/a: found; deleted in layer 4"


def test_an_item_is_a_line_of_path_mode_and_layer() -> None:
    item = FileItem(path="/bin/sh", mode="0755", layer=0)

    assert line_of_item(item, "as sh", "") == "/bin/sh mode 0755, as sh; layer 0"


def test_lines_are_bounded_each_once() -> None:
    assert bounded(["a", "a", "b"]) == ("a", "b")
    assert bounded([str(number) for number in range(25)])[19:] == ("19", "and 5 more")
    assert len(bounded(["x" * 10_000])[0]) == 300


def test_names_and_numbers_are_told_as_people_do() -> None:
    assert named(["a", "b"]) == "a, b"
    assert named(["a", "b", "c"], 2) == "a, b and 1 more"
    assert (counted(1, "file"), counted(2, "file")) == ("1 file", "2 files")
    assert (cut("abcdef", 6), cut("abcdefg", 6)) == ("abcdef", "abc...")
