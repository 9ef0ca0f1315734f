"""Root filesystems that rpm 4.18, pacman 6.0 and dpkg 1.21 made: what they verify themselves, imgscan says too.

``rpm-berkeley`` is rpm's with its header in a Berkeley DB of db_load 5.3, whose pages of 64 KiB hold it inline.
The package ``hello`` has four programs (``hello`` 4755) and a configuration file. Behind the package manager's back
``changed`` and the configuration were edited, ``loosened`` was given SUID, and ``unowned`` was added. dpkg's has an
override for ``loosened`` and a diversion too. What ``rpm -V``, ``pacman -Qkk`` and ``dpkg -V`` said is in VERIFIED.
"""

from __future__ import annotations

from typing import Any

import pytest

from .support import ROOT, imgscan

VERIFIED = {
    "rpm": {"/etc/hello.conf", "/usr/bin/changed", "/usr/bin/loosened"},
    "rpm-berkeley": {"/etc/hello.conf", "/usr/bin/changed", "/usr/bin/loosened"},
    "pacman": {"/etc/hello.conf", "/usr/bin/changed", "/usr/bin/loosened"},
    "dpkg": {"/etc/hello.conf", "/usr/bin/changed"},
}
PURLS = {
    "rpm": "pkg:rpm/fedora/hello@1.2-3?arch=noarch&distro=fedora-43&epoch=2",
    "rpm-berkeley": "pkg:rpm/fedora/hello@1.2-3?arch=noarch&distro=fedora-43&epoch=2",
    "pacman": "pkg:alpm/arch/hello@1.2-3?arch=any&distro=arch",
    "dpkg": "pkg:deb/debian/hello@1:1.2-3?arch=all&distro=debian-13",
}


def report_of(manager: str) -> dict[str, Any]:
    archive = ROOT / "testdata" / "packages" / f"{manager}.tar.gz"
    return imgscan(archive, "--skip", "secrets", "-f", "json").report


@pytest.mark.parametrize("manager", VERIFIED)
def test_the_inventory_has_the_package(manager: str) -> None:
    (package,) = report_of(manager)["inventory"]["packages"]

    assert package["purl"] == PURLS[manager]


@pytest.mark.parametrize("manager", VERIFIED)
def test_what_was_changed_is_found_and_nothing_else(manager: str) -> None:
    report = report_of(manager)

    found = {
        finding["rule"]: {other["path"] for other in report["findings"] if other["rule"] == finding["rule"]}
        for finding in report["findings"]
        if finding["analyzer"] == "integrity"
    }
    assert found == {
        "integrity.modified": {"/usr/bin/changed"},
        "integrity.unowned-system-program": {"/usr/bin/unowned"},
    }
    set_id = {finding["path"] for finding in report["findings"] if finding["analyzer"] == "setuid"}
    configuration = {"/etc/hello.conf"}
    assert found["integrity.modified"] | set_id | configuration >= VERIFIED[manager]


@pytest.mark.parametrize("manager", VERIFIED)
def test_changed_configuration_is_counted_as_such(manager: str) -> None:
    (counts,) = report_of(manager)["inventory"]["integrity"]

    assert counts["configuration"] == 1
    assert counts["modified"] == 1


@pytest.mark.parametrize("manager", VERIFIED)
def test_every_file_with_set_id_bits_has_its_owner(manager: str) -> None:
    inventory = report_of(manager)["inventory"]

    owners = {item["path"]: item["package"] for item in (*inventory["setuid"], *inventory["setgid"])}
    assert owners == {"/usr/bin/hello": "hello", "/usr/bin/loosened": "hello"}


def test_a_diverted_program_is_none_that_nobody_installed() -> None:
    report = report_of("dpkg")

    assert not [finding for finding in report["findings"] if "diverted" in (finding["path"] or "")]
