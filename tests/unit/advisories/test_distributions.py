from __future__ import annotations

from pathlib import Path

import pytest

from imgscan.advisories.distributions import debian_advisories, secdb_advisories
from imgscan.errors import ManifestError
from imgscan.model.vulnerability import Rating
from tests.unit.advisories.made import database
from tests.unit.advisories.test_matching import ids, matched

BOOKWORM = {"id": "debian", "version_id": "12"}
TRACKER = {
    "openssl": {
        "CVE-2023-1": {
            "description": "a flaw",
            "releases": {
                "bookworm": {"status": "resolved", "fixed_version": "3.0.11-1", "urgency": "high"},
                "bullseye": {"status": "open", "urgency": "medium"},
            },
        },
        "CVE-2023-2": {"releases": {"bookworm": {"status": "open", "urgency": "unimportant"}}},
        "CVE-2023-3": {"releases": {"bookworm": {"status": "open", "urgency": "low", "nodsa": "Minor issue"}}},
        "CVE-2023-4": {"releases": {"bookworm": {"status": "open", "urgency": "end-of-life"}}},
        "CVE-2023-5": {"releases": {"bookworm": {"status": "resolved", "fixed_version": "0", "urgency": "high"}}},
        "CVE-2023-6": {"releases": {"trixie": {"status": "open", "urgency": "high"}}},
    },
    "edk2": {"CVE-2023-1": {"releases": {"bookworm": {"status": "open", "urgency": "not yet assigned"}}}},
}


def test_debian_tells_apart_what_is_fixed_open_and_not_going_to_be(tmp_path: Path) -> None:
    path = database(tmp_path, TRACKER)

    items = matched(
        path, {"type": "deb", "name": "libssl3", "source": "openssl", "version": "3.0.9-1"}, release=BOOKWORM
    ).vulnerabilities.items

    assert [(item.id, item.rating, item.fixed_in, item.note) for item in items] == [
        ("CVE-2023-1", Rating.HIGH, "3.0.11-1", ""),
        ("CVE-2023-3", Rating.LOW, "", "no-dsa"),
        ("CVE-2023-2", Rating.NEGLIGIBLE, "", ""),
        ("CVE-2023-4", Rating.UNKNOWN, "", "end-of-life"),
    ]


def test_one_vulnerability_of_two_source_packages_stays_with_both(tmp_path: Path) -> None:
    path = database(tmp_path, TRACKER)

    result = matched(path, {"type": "deb", "name": "edk2", "version": "1"}, release=BOOKWORM)

    assert ids(result) == ["CVE-2023-1"]


def test_the_version_of_the_source_counts(tmp_path: Path) -> None:
    path = database(tmp_path, TRACKER)
    package = {"type": "deb", "name": "libssl3", "source": "openssl", "version": "9:1"}

    fixed = matched(path, {**package, "source_version": "3.0.11-1"}, release=BOOKWORM)
    old = matched(path, {**package, "source_version": "3.0.10-1"}, release=BOOKWORM)

    assert "CVE-2023-1" not in ids(fixed)
    assert "CVE-2023-1" in ids(old)


SECDB = {
    "distroversion": "v3.19",
    "reponame": "main",
    "urlprefix": "https://alpine.example",
    "packages": [
        {
            "pkg": {
                "name": "busybox",
                "secfixes": {"1.36.1-r15": ["CVE-2023-42363 XSA-9", "CVE-2023-7"], "0": ["CVE-1-0001"]},
            }
        }
    ],
}


@pytest.mark.parametrize(("version", "found"), [("1.36.1-r14", True), ("1.36.1-r15", False), ("1.37.0-r0", False)])
def test_a_secdb_says_which_version_mends_what(tmp_path: Path, version: str, found: bool) -> None:
    path = database(tmp_path, SECDB)
    release = {"id": "alpine", "version_id": "3.19.4"}

    result = matched(path, {"type": "apk", "name": "busybox", "version": version}, release=release)

    assert ids(result) == (["CVE-2023-42363", "CVE-2023-7"] if found else [])
    assert result.gaps == ()


@pytest.mark.parametrize("order", [("2.1.1-r1", "2.2.0-r1"), ("2.2.0-r1", "2.1.1-r1")])
@pytest.mark.parametrize(("version", "found"), [("2.1.1-r1", True), ("2.2.0-r0", True), ("2.2.0-r1", False)])
def test_of_two_fixes_of_one_vulnerability_the_later_counts(
    tmp_path: Path, order: tuple[str, str], version: str, found: bool
) -> None:
    row = {"pkg": {"name": "expat", "secfixes": {fix: ["CVE-2016-0718"] for fix in order}}}
    path = database(tmp_path, {**SECDB, "packages": [row]})
    release = {"id": "alpine", "version_id": "3.19.4"}

    items = matched(path, {"type": "apk", "name": "expat", "version": version}, release=release).vulnerabilities.items

    assert [(item.id, item.fixed_in) for item in items] == ([("CVE-2016-0718", "2.2.0-r1")] if found else [])


def test_wolfi_has_no_releases(tmp_path: Path) -> None:
    wolfi = {"urlprefix": "https://wolfi.example", "reponame": "os", "packages": SECDB["packages"]}
    path = database(tmp_path, wolfi)

    result = matched(
        path, {"type": "apk", "name": "busybox", "version": "1.36.1-r0"}, release={"id": "wolfi", "version_id": "2023"}
    )

    assert "CVE-2023-7" in ids(result)


@pytest.mark.parametrize("data", [b"{", b"[1]", b'{"openssl": 7}', b'{"openssl": {"CVE-1": {"releases": 3}}}'])
def test_what_is_no_tracker_is_refused(data: bytes) -> None:
    with pytest.raises(ManifestError, match="the-file"):
        list(debian_advisories(data, "the-file"))


@pytest.mark.parametrize("data", [b"{", b'{"packages": 3}', b'{"packages": [{"pkg": {}}]}'])
def test_what_is_no_secdb_is_refused(data: bytes) -> None:
    with pytest.raises(ManifestError, match="the-file"):
        list(secdb_advisories(data, "the-file"))
