"""A former report as baseline, and files that only look like one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from imgscan.errors import UsageError
from imgscan.policy.baseline import parse_baseline

ONE, TWO = "1" * 32, "2" * 32


def report(*findings: dict[str, Any]) -> dict[str, Any]:
    return {"schema": "imgscan.report/1", "findings": list(findings)}


def parse(document: Any) -> frozenset[str]:
    return parse_baseline(json.dumps(document).encode(), "b.json")


def test_the_findings_of_a_report_are_known() -> None:
    assert parse(report({"fingerprint": ONE}, {"fingerprint": TWO, "suppressed": None})) == {ONE, TWO}
    assert parse(report()) == frozenset()


def test_the_findings_of_all_reports_of_a_collection_are_known() -> None:
    reports = [report({"fingerprint": ONE}), report({"fingerprint": TWO})]

    assert parse({"schema": "imgscan.reports/1", "reports": reports}) == {ONE, TWO}


def test_what_an_exception_covered_is_not_known() -> None:
    covered = {"fingerprint": TWO, "suppressed": {"reason": "r", "owner": "o", "expires": None}}

    assert parse(report({"fingerprint": ONE}, covered)) == {ONE}


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "x",
        {},
        {"schema": "imgscan.report/2", "findings": []},
        {"schema": "imgscan.reports/1", "reports": 3},
        {"schema": "imgscan.reports/1", "reports": [[]]},
        {"schema": "imgscan.reports/1", "reports": [{"schema": "imgscan.reports/1"}]},
        {"schema": ["imgscan.report/1"]},
    ],
)
def test_another_document_is_no_baseline(document: Any) -> None:
    with pytest.raises(UsageError, match=r"b\.json: not a report of imgscan"):
        parse(document)


def test_a_report_without_findings_or_fingerprints_is_no_baseline() -> None:
    with pytest.raises(UsageError, match="no list of findings"):
        parse({"schema": "imgscan.report/1"})
    for odd in ({}, {"fingerprint": 3}, {"fingerprint": "x"}, 3, None, {"fingerprint": ONE + "0"}):
        with pytest.raises(UsageError, match="without a fingerprint"):
            parse(report(odd))  # type: ignore[arg-type]  # what a hostile file holds


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json_is_told(data: bytes) -> None:
    with pytest.raises(UsageError, match=r"b\.json.*not JSON"):
        parse_baseline(data, "b.json")
