from __future__ import annotations

import pytest

from imgscan.cli.main import main
from imgscan.version import __version__


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"imgscan {__version__}\n"


def test_without_a_word_it_is_a_scan_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage: imgscan" in capsys.readouterr().err
