from __future__ import annotations

import pytest

from imgscan.cli import sandbox
from imgscan.cli.sandbox import Outcome, Sandbox, isolated
from imgscan.errors import UsageError


def test_without_a_sandbox_the_work_is_done_here() -> None:
    seen = []

    outcome = isolated(Sandbox.OFF, lambda: seen.append(1) or Outcome(4, (b"x",)))  # type: ignore[func-returns-value]

    assert (seen, outcome) == ([1], Outcome(4, (b"x",)))


def test_a_required_sandbox_that_the_system_lacks_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "missing", lambda: ("Landlock",))

    with pytest.raises(UsageError, match="this system lacks Landlock"):
        isolated(Sandbox.REQUIRE, lambda: Outcome(0))


def test_a_sandbox_that_may_be_missing_is_missed_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sandbox, "missing", lambda: ("Landlock",))

    assert isolated(Sandbox.AUTO, lambda: Outcome(0)).code == 0
    assert capsys.readouterr().err.count("\n") == 1
