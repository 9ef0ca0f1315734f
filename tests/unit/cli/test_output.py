from __future__ import annotations

import pytest

from imgscan.cli.output import complain, finish, send


def test_what_is_sent_comes_out_as_it_is(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert send(b"a\xff")
    assert finish()
    assert capfdbinary.readouterr().out == b"a\xff"


def test_what_acts_on_a_terminal_or_a_build_server_does_not_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    complain("imgscan: \x1b[31mred\n::error::x")

    error = capsys.readouterr().err
    assert "\x1b" not in error
    assert "\n::error::" not in error
