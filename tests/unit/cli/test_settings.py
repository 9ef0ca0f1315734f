from __future__ import annotations

import pytest

from imgscan.cli.settings import chosen, ids
from imgscan.errors import UsageError
from imgscan.model.finding import Severity

from .support import parsed


def test_a_list_has_commas_and_no_empty_items() -> None:
    assert ids(" a, b,,c ") == ("a", "b", "c")
    assert ids(None) == ids("") == ()


def test_words_come_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGSCAN_ANALYZERS", "elf")
    monkeypatch.setenv("IMGSCAN_FAIL_ON", "high")

    of_environment = chosen(parsed("scan", "x", "--no-config"))
    of_words = chosen(parsed("scan", "x", "--no-config", "-a", "setuid", "--fail-on", "low"))

    assert (of_environment.options.analyzers, of_environment.fail_on) == (("elf",), Severity.HIGH)
    assert (of_words.options.analyzers, of_words.fail_on) == (("setuid",), Severity.LOW)


@pytest.mark.parametrize(("name", "value"), [("JOBS", "x"), ("JOBS", "-1"), ("FAIL_ON", "worst")])
def test_a_variable_that_makes_no_sense_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"IMGSCAN_{name}", value)

    with pytest.raises(UsageError, match=f"IMGSCAN_{name}"):
        chosen(parsed("scan", "x", "--no-config"))
