from __future__ import annotations

import json

import pytest

from imgscan.cis.checklist import CHECKS
from imgscan.cis.evaluate import BENCHMARK
from imgscan.cli.checks import checks_of, run_checks
from imgscan.errors import UsageError

from .support import parsed


def test_every_control_is_listed_once() -> None:
    assert [item.id for item in checks_of("1.6.0")] == [item.id for item in (*BENCHMARK, *CHECKS)]


def test_an_older_edition_has_its_own_numbers_and_lacks_what_is_new() -> None:
    older = {item.title: item.id for item in checks_of("1.2.0")}

    assert older["The Docker socket is not mounted inside any containers"] == "5.31"
    assert "4.12" not in older.values()
    with pytest.raises(UsageError):
        checks_of("9.9.9")


def test_text_has_a_line_for_each(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run_checks(parsed("checks")) == 0

    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert sum(line.startswith("  ") for line in lines) == len(BENCHMARK) + len(CHECKS)
    assert "  no-shell                 LOW       No shell can be run" in lines


def test_json_has_what_gives_which_status_and_the_rules(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run_checks(parsed("checks", "-f", "json")) == 0

    document = json.loads(capfdbinary.readouterr().out)
    (setuid,) = [item for item in document["controls"] if item["id"] == "4.8"]
    assert document["schema"] == "imgscan.checks/1"
    assert "setuid.suid-file" in setuid["rules"]
    assert set(setuid["gives"]) == {"PASS", "FAIL", "WARN", "UNKNOWN"}
