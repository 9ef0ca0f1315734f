from __future__ import annotations

from imgscan.cli.several import Scanned, code_of
from imgscan.report.summary import Unread
from imgscan.report.writers import Style
from tests.unit.report.made import report


def test_the_worst_exit_code_counts() -> None:
    scanned = Scanned((report(),))

    assert code_of(scanned, {0}) == 0
    assert code_of(scanned, {0, 4}) == 4
    assert code_of(scanned, {0, 4, 1}) == 1


def test_a_source_that_was_not_read_counts_most() -> None:
    assert code_of(Scanned((report(),), (Unread("x", "why"),), True), {0, 1}) == 3


def test_one_image_is_written_as_ever() -> None:
    style = Style()

    assert Scanned((report(),)).styled(style) == style
    assert Scanned((report(),), several=True).styled(style).summary
