"""Packages that nothing which runs needs, by their names."""

from __future__ import annotations

import pytest

from imgscan.model.finding import Finding
from imgscan.testing import TarBuilder
from imgscan.testing.packages import alpine, debian

from ..packaged import told


def findings(files: dict[str, bytes], *later: TarBuilder) -> list[Finding]:
    return [item for item in told(files, *later).findings if item.rule == "packages.development"]


@pytest.mark.parametrize(
    "name",
    ["libc6-dev", "openssl-devel", "linux-headers-6.1", "gdb-doc", "libc6-dbg", "x-debuginfo", "build-essential"],
)
def test_a_package_that_serves_to_build_is_told(name: str) -> None:
    (found,) = findings(debian((name, "1", {}), ("bash", "5", {})))

    assert found.message == f"1 package to build, debug or document programs: {name}"
    assert found.remediation == f"RUN apt-get purge -y --auto-remove {name}"


@pytest.mark.parametrize("name", ["bash", "libdevmapper1.02.1", "udev", "device-mapper", "docker", "makedev"])
def test_a_package_that_only_sounds_like_it_is_not(name: str) -> None:
    assert findings(debian((name, "1", {}))) == []


def test_all_of_one_kind_are_one_finding_with_the_command_of_its_manager() -> None:
    (found,) = findings(alpine(("musl-dev", "1", {}), ("gcc-doc", "1", {}), ("musl", "1", {})))

    assert found.evidence == {"count": 2, "packages": ["gcc-doc", "musl-dev"]}
    assert found.remediation == "RUN apk del gcc-doc musl-dev"


def test_packages_of_a_database_that_was_deleted_are_gone() -> None:
    assert findings(debian(("libc6-dev", "1", {})), TarBuilder().whiteout("var/lib/dpkg")) == []
