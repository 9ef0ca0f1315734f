from __future__ import annotations

from imgscan.cli import codes


def test_exit_codes_are_those_that_shells_and_sysexits_give() -> None:
    assert (codes.USAGE, codes.UNREADABLE, codes.FAULT, codes.INTERRUPTED) == (2, 3, 70, 130)
