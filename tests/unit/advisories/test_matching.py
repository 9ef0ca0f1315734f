"""Packages held against a database: in each ecosystem the vulnerable one is found, and its patched twin is not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from imgscan.advisories.database import Advisories
from imgscan.advisories.matching import Matched, match_packages
from imgscan.model.items import PackageItem
from imgscan.model.vulnerability import Rating
from tests.unit.advisories.made import TODAY, database, record

CVSS = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]
BOOKWORM = {"id": "debian", "version_id": "12"}


def matched(
    path: str, *packages: Mapping[str, object], release: Mapping[str, object] | None = None, today: str = TODAY
) -> Matched:
    inventory = {"packages": packages, "release": [release] if release else []}
    with Advisories(path) as known:
        return match_packages(inventory, (), known, today, "sha256:1")


def ids(result: Matched) -> list[str]:
    return [item.id for item in result.vulnerabilities.items]


PLANTED = [
    # type, ecosystem, advisory's name, item, release, fixed, patched version
    ("pypi", "PyPI", "zope-interface", {"name": "Zope.Interface", "version": "1.9"}, None, "2.0", "2.0"),
    ("npm", "npm", "@scope/left", {"name": "@scope/left", "version": "1.9.9"}, None, "2.0.0", "2.0.0"),
    ("gem", "RubyGems", "rack", {"name": "rack", "version": "2.0.9"}, None, "2.1.0", "2.1.0"),
    ("golang", "Go", "golang.org/x/net", {"name": "golang.org/x/net", "version": "v0.16.0"}, None, "0.17.0", "v0.17.0"),
    ("golang", "Go", "stdlib", {"name": "stdlib", "version": "1.20.4"}, None, "1.20.5", "1.20.5"),
    ("maven", "Maven", "org.a:core", {"name": "org.a/core", "version": "2.14.1"}, None, "2.15.0", "2.15.0"),
    ("cargo", "crates.io", "time", {"name": "time", "version": "0.1.9"}, None, "0.2.0", "0.2.0"),
    ("composer", "Packagist", "sym/http", {"name": "Sym/HTTP", "version": "v4.0.0"}, None, "4.4.1", "v4.4.1"),
    ("nuget", "NuGet", "Newtonsoft.Json", {"name": "newtonsoft.json", "version": "12.0.3"}, None, "13.0.1", "13.0.1"),
    ("generic", "Bitnami", "node", {"name": "node", "version": "18.12.0"}, None, "18.14.1", "18.14.1"),
    ("generic", "Bitnami", "apache", {"name": "httpd", "version": "2.4.55"}, None, "2.4.56", "2.4.56"),
    ("hex", "Hex", "plug", {"name": "plug", "version": "1.0.0"}, None, "1.0.4", "1.0.4"),
    (
        "deb",
        "Debian:12",
        "openssl",
        {"name": "libssl3", "source": "openssl", "version": "3.0.9-1"},
        BOOKWORM,
        "3.0.11-1",
        "3.0.11-1",
    ),
    (
        "deb",
        "Ubuntu:22.04:LTS",
        "openssl",
        {"name": "libssl3", "source": "openssl", "version": "3.0.2-0ubuntu1"},
        {"id": "ubuntu", "version_id": "22.04"},
        "3.0.2-0ubuntu1.10",
        "3.0.2-0ubuntu1.12",
    ),
    (
        "apk",
        "Alpine:v3.19",
        "busybox",
        {"name": "ssl_client", "source": "busybox", "version": "1.36.1-r14"},
        {"id": "alpine", "version_id": "3.19.1"},
        "1.36.1-r15",
        "1.36.1-r15",
    ),
    (
        "rpm",
        "AlmaLinux:9",
        "bind",
        {"name": "bind", "version": "32:9.16.23-10.el9"},
        {"id": "almalinux", "version_id": "9.2"},
        "32:9.16.23-11.el9",
        "32:9.16.23-11.el9",
    ),
    (
        "rpm",
        "Red Hat:enterprise_linux:9::baseos",
        "bash",
        {"name": "bash", "version": "5.1.8-6.el9"},
        {"id": "rhel", "version_id": "9.2"},
        "5.1.8-7.el9",
        "5.1.8-7.el9",
    ),
    (
        "rpm",
        "SUSE:Linux Enterprise Server 15 SP5",
        "openssl-3",
        {"name": "libopenssl3", "source": "openssl-3", "version": "3.0.8-1.1"},
        {"id": "sles", "version_id": "15.5"},
        "3.0.8-2.1",
        "3.0.8-2.1",
    ),
    ("alpm", "Arch Linux", "xz", {"name": "xz", "version": "5.6.0-1"}, {"id": "arch"}, "5.6.1-2", "5.6.1-2"),
]


@pytest.mark.parametrize(
    ("type_", "ecosystem", "name", "item", "release", "fixed", "patched"), PLANTED, ids=lambda value: str(value)[:20]
)
def test_a_vulnerable_package_is_found_and_its_patched_twin_is_not(
    tmp_path: Path,
    type_: str,
    ecosystem: str,
    name: str,
    item: dict[str, object],
    release: dict[str, object] | None,
    fixed: str,
    patched: str,
) -> None:
    path = database(tmp_path, record("CVE-2026-1", ecosystem, name, fixed, severity=CVSS))
    planted = {"type": type_, "layer": 3, "path": "/some/database", **item}

    result = matched(path, planted, release=release)
    twin = matched(path, {**planted, "version": patched}, release=release)

    (known,) = result.vulnerabilities.items
    assert (known.id, known.fixed_in, known.layer, known.rating) == ("CVE-2026-1", fixed, 3, Rating.CRITICAL)
    assert known.package == item["name"]
    assert ids(twin) == []
    assert (result.gaps, twin.gaps) == ((), ())


@pytest.mark.parametrize(
    ("ecosystem", "release"),
    [
        ("Debian:12", {"id": "debian", "version_id": "13"}),
        ("Ubuntu:22.04:LTS", {"id": "ubuntu", "version_id": "24.04"}),
        ("Ubuntu:Pro:22.04:LTS", {"id": "ubuntu", "version_id": "22.04"}),
        ("Debian:12", {"id": "ubuntu", "version_id": "22.04"}),
        ("Debian:12", {"id": "strange", "version_id": "1"}),
        ("Debian:12", None),
    ],
)
def test_what_is_said_of_another_release_is_not_about_this_one(
    tmp_path: Path, ecosystem: str, release: dict[str, object] | None
) -> None:
    path = database(tmp_path, record("CVE-2026-1", ecosystem, "openssl", "9"))

    result = matched(path, {"type": "deb", "name": "openssl", "version": "3.0.9-1"}, release=release)

    assert ids(result) == []
    assert [gap.count for gap in result.gaps] == [1]
    assert result.gaps[0].controls == ("4.4",)


@pytest.mark.parametrize("ecosystem", ["Bitnami", "PyPI"])
def test_of_a_program_that_no_advisory_is_about_nothing_is_known(tmp_path: Path, ecosystem: str) -> None:
    path = database(tmp_path, record("CVE-2026-1", ecosystem, "node"))

    result = matched(path, {"type": "generic", "name": "vsftpd", "version": "3.0.3"})

    assert ids(result) == []
    assert [(gap.what, gap.count, gap.controls) for gap in result.gaps] == [
        ("packages (generic) not matched with advisories", 1, ("4.4",))
    ]


def test_a_package_of_another_root_is_held_against_its_own_release(tmp_path: Path) -> None:
    path = database(
        tmp_path, record("CVE-2026-1", "Debian:12", "openssl", "9"), record("CVE-2026-2", "Debian:11", "openssl", "9")
    )
    package = {"type": "deb", "name": "openssl", "version": "3.0.9-1"}

    own = matched(path, package, release=BOOKWORM)
    other = matched(path, {**package, "purl": "pkg:deb/debian/openssl@3.0.9-1?distro=debian-11"}, release=BOOKWORM)

    assert (ids(own), ids(other)) == (["CVE-2026-1"], ["CVE-2026-2"])


def test_advisories_on_one_vulnerability_are_one(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        record("GHSA-aaaa", "PyPI", "left", "1.2", aliases=["CVE-2026-1"]),
        record("PYSEC-2026-7", "PyPI", "left", "1.4", aliases=["CVE-2026-1", "GHSA-aaaa"], severity=CVSS),
        record("GHSA-bbbb", "PyPI", "left", "1.2"),
    )

    result = matched(path, {"type": "pypi", "name": "left", "version": "1.0"})

    first, second = result.vulnerabilities.items
    assert (first.id, first.aliases, first.fixed_in) == ("CVE-2026-1", ("GHSA-aaaa", "PYSEC-2026-7"), "1.4")
    assert first.rating is Rating.CRITICAL
    assert (second.id, second.rating) == ("GHSA-bbbb", Rating.UNKNOWN)


def test_an_advisory_on_several_vulnerabilities_is_one_of_each(tmp_path: Path) -> None:
    several = record("ALSA-2026:1", "AlmaLinux:9", "bash", "6", related=["CVE-2026-1", "CVE-2026-2", "RHSA-1"])
    other = record("ALSA-2026:2", "AlmaLinux:9", "bash", "7", related=["CVE-2026-2"])
    path = database(tmp_path, several, other, record("ALSA-2026:3", "AlmaLinux:9", "bash", "7"))

    result = matched(
        path, {"type": "rpm", "name": "bash", "version": "5"}, release={"id": "almalinux", "version_id": "9.1"}
    )

    assert [(item.id, item.aliases, item.fixed_in) for item in result.vulnerabilities.items] == [
        ("ALSA-2026:3", (), "7"),
        ("CVE-2026-1", ("ALSA-2026:1",), "6"),
        ("CVE-2026-2", ("ALSA-2026:1", "ALSA-2026:2"), "7"),
    ]


def test_what_is_withdrawn_is_out(tmp_path: Path) -> None:
    path = database(
        tmp_path, record("CVE-1", "npm", "left", withdrawn="2026-01-01T00:00:00Z"), record("CVE-2", "npm", "other")
    )

    assert ids(matched(path, {"type": "npm", "name": "left", "version": "1.0.0"})) == []


def test_a_package_that_a_distribution_brings_is_held_against_its_advisories_alone(tmp_path: Path) -> None:
    path = database(tmp_path, record("CVE-1", "PyPI", "requests", "9"))
    package = {"type": "pypi", "name": "requests", "version": "1.0"}

    assert ids(matched(path, package)) == ["CVE-1"]
    assert ids(matched(path, {**package, "package": "python3-requests"})) == []


def test_what_cannot_be_matched_is_said(tmp_path: Path) -> None:
    path = database(tmp_path, record("CVE-1", "npm", "left"))

    result = matched(
        path,
        {"type": "npm", "name": "left", "version": "latest"},
        {"type": "pypi", "name": "a", "version": "1"},
        {"type": "pypi", "name": "b", "version": "1"},
        {"type": "generic", "name": "node", "version": "1"},
        {"type": "npm", "name": "right", "version": "1.0.0"},
    )

    assert {gap.what: gap.count for gap in result.gaps} == {
        "packages (npm) not matched with advisories": 1,
        "packages (PyPI) not matched with advisories": 2,
        "packages (generic) not matched with advisories": 1,
    }


def test_an_old_database_leaves_a_gap(tmp_path: Path) -> None:
    path = database(tmp_path, record("CVE-1", "npm", "left"), day="2026-10-30")

    assert [gap.why for gap in matched(path, today="2026-11-30").gaps] == ["the database is 31 days old"]
    assert matched(path, today="2026-11-29").gaps == ()


def test_what_only_a_lower_layer_has_is_marked_and_ranks_last(tmp_path: Path) -> None:
    path = database(tmp_path, record("CVE-1", "npm", "left", severity=CVSS), record("CVE-2", "npm", "right"))
    former = PackageItem(type="npm", name="left", version="1.0.0", layer=0)
    unnamed = PackageItem(type="generic", name="left", version="1.0.0", layer=0)

    with Advisories(path) as known:
        inventory = {"packages": [{"type": "npm", "name": "right", "version": "1.0.0"}]}
        result = match_packages(inventory, (former, unnamed), known, None, None)

    assert [(item.id, item.deleted) for item in result.vulnerabilities.items] == [("CVE-2", False), ("CVE-1", True)]
    assert result.gaps == ()


def test_epss_and_exploits_raise_the_rank(tmp_path: Path) -> None:
    catalog = {"catalogVersion": "1", "vulnerabilities": [{"cveID": "CVE-2026-1"}]}
    medium = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:H/PR:L/UI:R/S:U/C:L/I:L/A:L"}]
    path = database(
        tmp_path,
        record("GHSA-1", "npm", "left", aliases=["CVE-2026-1"], severity=medium),
        record("GHSA-2", "npm", "left", aliases=["CVE-2026-2"], severity=medium),
        record("GHSA-3", "npm", "left", aliases=["CVE-2026-3"], severity=medium),
        catalog,
    )
    scores = tmp_path / "epss.csv"
    scores.write_text("#model_version:v2026\ncve,epss,percentile\nCVE-2026-2,0.91,0.99\nCVE-2026-3,0.10,0.5\n")
    from imgscan.advisories.database import import_into
    from imgscan.advisories.sources import read_source

    import_into(path, read_source(str(scores)), TODAY)

    result = matched(path, {"type": "npm", "name": "left", "version": "1.0.0"})

    assert [(item.id, item.rating, item.exploited, item.epss) for item in result.vulnerabilities.items] == [
        ("CVE-2026-1", Rating.HIGH, True, None),
        ("CVE-2026-2", Rating.HIGH, False, 0.91),
        ("CVE-2026-3", Rating.MEDIUM, False, 0.10),
    ]
