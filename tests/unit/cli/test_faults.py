from __future__ import annotations

import errno

import pytest

from imgscan.cli.faults import fault_line, is_shortage


@pytest.mark.parametrize(
    ("error", "lacks"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOSPC, "x"), True),
        (OSError(errno.EACCES, "x"), False),
        (RuntimeError("can't start new thread"), True),
        (RuntimeError("other"), False),
        (ValueError(), False),
    ],
)
def test_a_shortage_is_no_fault_of_the_image(error: BaseException, lacks: bool) -> None:
    assert is_shortage(error) is lacks


def test_a_fault_never_says_what_the_exception_says() -> None:
    line = fault_line(ValueError("hunter2"))

    assert "ValueError" in line
    assert "hunter2" not in line
    assert "\n" not in line


def test_an_error_of_the_system_is_said_in_its_own_words() -> None:
    assert fault_line(OSError(errno.EIO, "Input/output error")) == "imgscan: Input/output error"
