"""What pip-audit answers becomes one line, or a line for each vulnerability and exit code 1."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from release import audit

KNOWN = {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2"]}]}
CLEAN = {"name": "b", "version": "1", "vulns": []}
UNKNOWN = {"name": "c", "skip_reason": "not there"}


def verdict(*packages: object) -> tuple[int, str]:
    return audit.verdict(json.dumps({"dependencies": packages, "fixes": []}).encode(), b"")


def test_a_known_vulnerability_fails() -> None:
    assert verdict(KNOWN, CLEAN) == (1, "audit: a 1: PYSEC-1, mended in 2")


def test_one_that_is_accepted_with_a_reason_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "ACCEPTED", {"CVE-1": "the function is not called"})

    assert verdict(KNOWN, CLEAN) == (0, "audit: 2 packages: nothing is known")


def test_what_the_index_does_not_speak_of_is_counted() -> None:
    assert verdict(CLEAN, UNKNOWN) == (0, "audit: 2 packages, 1 of which the index does not speak: nothing is known")


def test_where_nothing_is_answered_one_line_says_so() -> None:
    assert verdict(UNKNOWN) == (0, "audit: skipped: the package index speaks of none of 1 packages")
    assert audit.verdict(b"", b"trace\nConnectionError: no route\n") == (
        0,
        "audit: skipped: no answer (ConnectionError: no route)",
    )
    assert audit.verdict(b"", b"") == (0, "audit: skipped: no answer (nothing was said)")


def test_an_answer_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def late(*_: object, **options: object) -> None:
        raise subprocess.TimeoutExpired("pip-audit", 60)

    monkeypatch.setattr(subprocess, "run", late)

    assert audit.main() == 0
    assert capsys.readouterr().out == "audit: skipped: no answer in 60 seconds\n"


def test_the_lock_is_what_is_audited(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked = []

    def answer(command: tuple[str, ...], cwd: Path, **_: object) -> subprocess.CompletedProcess[bytes]:
        asked.append(cwd / command[command.index("--requirement") + 1])
        return subprocess.CompletedProcess(command, 1, json.dumps({"dependencies": [KNOWN]}).encode(), b"")

    monkeypatch.setattr(subprocess, "run", answer)

    assert audit.main() == 1
    assert asked[0].is_file()
    assert capsys.readouterr().out == "audit: a 1: PYSEC-1, mended in 2\n"
