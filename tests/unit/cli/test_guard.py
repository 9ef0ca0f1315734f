from __future__ import annotations

import pytest

from imgscan.cli.guard import guarded
from imgscan.errors import ArchiveError, UsageError


def raising(error: BaseException) -> int:
    raise error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (ArchiveError("x"), 3),
        (OSError(13, "x"), 3),
        (MemoryError(), 70),
        (ValueError("x"), 70),
        (KeyboardInterrupt(), 130),
    ],
)
def test_whatever_happens_has_its_exit_code(error: BaseException, code: int) -> None:
    assert guarded(lambda: raising(error)) == code


def test_the_answer_of_a_run_is_its_code() -> None:
    assert guarded(lambda: 4) == 4


def test_an_unexpected_error_is_one_line_without_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    guarded(lambda: raising(ValueError("hunter2")))

    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "internal fault" in error
    assert "hunter2" not in error
