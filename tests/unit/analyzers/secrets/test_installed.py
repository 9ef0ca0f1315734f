"""What a package installed, and its database says so, ranks low with the reason; what was changed does not."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest

from imgscan.analyzers.packages.analyzer import Packages
from imgscan.analyzers.secrets import Secrets
from imgscan.analyzers.secrets.examples import expand
from imgscan.model.finding import Finding, Severity
from imgscan.testing import merged
from imgscan.testing.packages import alpine, debian, wheel

SECRETS = Secrets()
VALUE = expand("<<A-Za-z0-9|14>>", "installed")
CONTENT = f"db_password = {VALUE}\n".encode()
CHANGED = CONTENT + b"# changed\n"


def secret(*layers: Mapping[str, bytes]) -> Finding:
    view, problems = merged(*layers, analyzers=(Packages(), SECRETS))
    assert problems == ()
    (found,) = (item for item in SECRETS.conclude(view) if isinstance(item, Finding))
    return found


def dpkg(path: str, recorded: bytes, there: bytes) -> dict[str, bytes]:
    return {path: there, **debian(("app", "1", {f"/{path}": recorded}))}


def apk(path: str, recorded: bytes, there: bytes) -> dict[str, bytes]:
    return {path: there, **alpine(("app", "1", {f"/{path}": (0o644, recorded)}))}


def pip(path: str, recorded: bytes, there: bytes) -> dict[str, bytes]:
    site, _, name = path.partition("/")
    return {**wheel(site, "app", "1", {name: recorded}), path: there}


@pytest.mark.parametrize("make", [dpkg, apk, pip])
def test_a_file_as_its_package_recorded_it_ranks_low_with_the_reason(make: object) -> None:
    finding = secret(make("srv/app.conf", CONTENT, CONTENT))  # type: ignore[operator]  # one of three functions

    assert finding.severity is Severity.LOW
    assert finding.evidence["confidence"] == "low"
    assert "the package app" in finding.evidence["ranked_low"]
    assert "ranked low: as the package app" in finding.message


@pytest.mark.parametrize("make", [dpkg, apk, pip])
def test_a_file_that_is_not_as_recorded_keeps_its_rank(make: object) -> None:
    finding = secret(make("srv/app.conf", CONTENT, CHANGED))  # type: ignore[operator]  # as above

    assert finding.severity is Severity.MEDIUM
    assert "ranked_low" not in finding.evidence


def test_a_configuration_file_as_shipped_ranks_low() -> None:
    database = debian(("app", "1", {}), conffiles={"app": {"/etc/app.conf": CONTENT}})

    finding = secret({"etc/app.conf": CONTENT, **database})

    assert finding.severity is Severity.LOW


def test_a_file_that_a_later_layer_changed_keeps_its_rank() -> None:
    finding = secret(dpkg("srv/app.conf", b"nothing", b"nothing"), {"srv/app.conf": CONTENT})

    assert finding.severity is Severity.MEDIUM


def test_a_secret_in_a_package_and_in_a_file_of_the_image_is_told_at_the_latter() -> None:
    finding = secret(dpkg("srv/app.conf", CONTENT, CONTENT), {"app/own.conf": CONTENT})

    assert (finding.path, finding.severity) == ("app/own.conf", Severity.MEDIUM)
    assert finding.evidence["places_count"] == 2


def test_a_member_of_a_packages_archive_ranks_low() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("app.properties", CONTENT)

    finding = secret(dpkg("usr/share/java/app.jar", out.getvalue(), out.getvalue()))

    assert "the package app" in finding.evidence["ranked_low"]
    assert finding.evidence["inside"] == "!/app.properties"


def test_a_sample_in_an_installed_library_ranks_low_without_a_database() -> None:
    finding = secret({"app/node_modules/x/config.json": b'{"password": "%s"}' % VALUE.encode()})

    assert finding.severity is Severity.LOW
    assert "library" in finding.evidence["ranked_low"]
