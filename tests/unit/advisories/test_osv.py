from __future__ import annotations

import json

import pytest

from imgscan.advisories.osv import advisory_of
from imgscan.advisories.record import Advisory, parse_osv
from imgscan.errors import ManifestError
from tests.unit.advisories.made import record

CVSS = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]


def advisory(identifier: str, ecosystem: str = "npm", **more: object) -> Advisory:
    inner = more.pop("inner", {})
    document = record(identifier, ecosystem, "left", **more)  # type: ignore[arg-type]  # by name
    affected = document["affected"]
    assert isinstance(affected, list)
    affected[0].update(inner)
    return advisory_of(parse_osv(json.dumps(document).encode(), "f.json"))


@pytest.mark.parametrize(
    ("identifier", "inner", "rating", "note"),
    [
        ("DEBIAN-CVE-2026-1", {"ecosystem_specific": {"urgency": "unimportant"}}, "NEGLIGIBLE", "unimportant"),
        ("DEBIAN-CVE-2026-1", {"ecosystem_specific": {"urgency": "end-of-life"}}, "CRITICAL", "end-of-life"),
        ("DEBIAN-CVE-2026-1", {"ecosystem_specific": {"urgency": "not yet assigned"}}, "CRITICAL", ""),
        ("RUSTSEC-2026-1", {"database_specific": {"informational": "unmaintained"}}, "CRITICAL", "unmaintained"),
        ("RUSTSEC-2026-1", {"database_specific": {"informational": None}}, "CRITICAL", ""),
        ("X-1", {"database_specific": {"severity": 7, "urgency": ["a"]}}, "CRITICAL", ""),
        ("GO-2026-1", {"ecosystem_specific": {"imports": [{"path": "x"}]}}, "CRITICAL", ""),
    ],
)
def test_what_the_source_says_of_the_package_counts(
    identifier: str, inner: dict[str, object], rating: str, note: str
) -> None:
    (statement,) = advisory(identifier, severity=CVSS, inner=inner).statements

    assert (statement.rating, statement.note) == (rating, note)


def test_a_malicious_package_is_critical() -> None:
    (statement,) = advisory("MAL-2026-1").statements

    assert (statement.rating, statement.note) == ("CRITICAL", "malicious package")


def test_a_crate_that_nobody_maintains_is_low() -> None:
    (statement,) = advisory("RUSTSEC-2026-1", inner={"database_specific": {"informational": "unmaintained"}}).statements

    assert statement.rating == "LOW"


def test_one_upstream_is_a_name_and_several_of_a_collective_are_not() -> None:
    assert advisory("DEBIAN-CVE-2026-1", upstream=["CVE-2026-1"]).aliases == ("CVE-2026-1",)
    collective = advisory("DSA-1", upstream=["CVE-2026-1", "CVE-2026-2"], aliases=["CVE-2026-3", "DLA-1"])
    assert collective.aliases == ("DLA-1",)
    assert collective.related == ("CVE-2026-1", "CVE-2026-2", "CVE-2026-3")


def test_the_release_stands_behind_the_colon() -> None:
    (statement,) = advisory("X-1", ecosystem="Ubuntu:22.04:LTS").statements

    assert (statement.ecosystem, statement.release) == ("Ubuntu", "22.04:LTS")
    assert advisory("X-1", ecosystem="Ubuntu:22.04:LTS").source == "OSV Ubuntu"


def test_ranges_of_commits_and_packages_without_a_name_are_left_out() -> None:
    commits = {"ranges": [{"type": "GIT", "repo": "x", "events": [{"introduced": "0"}]}]}

    assert advisory("X-1", inner=commits).statements == ()
    assert advisory("X-1", inner={"package": {"ecosystem": "npm", "name": ""}}).statements == ()
    assert advisory("X-1", inner={"package": None}).statements == ()


@pytest.mark.parametrize("data", [b"{}", b"[]", b'{"id": 1}', b'{"id": "X", "aliases": "Y"}', b"\xff"])
def test_what_is_no_record_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(ManifestError, match=r"f\.json"):
        parse_osv(data, "f.json")


def test_nulls_of_the_schema_are_nothing() -> None:
    document = {"id": "X-1", "aliases": None, "affected": None, "severity": None, "withdrawn": None, "summary": None}

    assert advisory_of(parse_osv(json.dumps(document).encode(), "f")).statements == ()
