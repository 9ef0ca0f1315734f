from __future__ import annotations

import pytest

from imgscan.cli.sandbox import Outcome
from imgscan.cli.scanning import isolated_for
from imgscan.errors import UsageError
from imgscan.model.options import ScanOptions

from .support import parsed


def test_a_sandbox_of_the_environment_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGSCAN_SANDBOX", "perhaps")

    with pytest.raises(UsageError, match="IMGSCAN_SANDBOX takes one of auto, require, off"):
        isolated_for(parsed("scan", "x"), ScanOptions(analyzers=()), lambda: Outcome(0))


def test_a_callers_process_is_not_forked_unless_that_is_asked_for() -> None:
    here = []

    isolated_for(parsed("scan", "x"), ScanOptions(analyzers=()), lambda: here.append(1) or Outcome(0))  # type: ignore[func-returns-value]

    assert here == [1]
