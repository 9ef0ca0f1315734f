from __future__ import annotations

from typing import Any

from imgscan.analyzers.permissions.analyzer import Permissions
from imgscan.model.finding import Finding, Severity
from imgscan.testing import TarBuilder

from ..support import concluded

PASSWD = b"root:x:0:0::/root:/bin/sh\napp:x:999:998::/srv:/bin/sh\n"
GROUP = b"root:x:0:\napp:x:998:\n"


def image() -> TarBuilder:
    return TarBuilder().file("etc/passwd", PASSWD).file("etc/group", GROUP)


def owners(layer: TarBuilder, settings: dict[str, Any] | None = None) -> list[Finding]:
    found = concluded(Permissions(), layer, settings=settings).findings
    return [finding for finding in found if ".unknown-" in finding.rule]


def test_owners_with_a_name_are_no_finding() -> None:
    assert owners(image().file("a", uid=999, gid=998)) == []


def test_a_number_without_a_name_is_one_finding_with_its_group() -> None:
    layer = image()
    for number in range(30):
        layer.file(f"opt/x/{number}", uid=501, gid=501)
    (finding,) = owners(layer)
    assert (finding.rule, finding.severity) == ("permissions.unknown-owner", Severity.LOW)
    assert finding.message == "30 files of uid 501, which no line of /etc/passwd names"
    assert finding.remediation == "RUN find / -xdev -uid 501 -exec chown -h root {} +"


def test_where_programs_are_run_from_it_ranks_higher() -> None:
    (finding,) = owners(image().file("usr/bin/x", uid=501, mode=0o755))
    assert finding.severity is Severity.MEDIUM


def test_a_group_without_a_name() -> None:
    (finding,) = owners(image().file("a", gid=20))
    assert (finding.rule, finding.evidence["gid"]) == ("permissions.unknown-group", 20)


def test_the_number_that_the_container_runs_as_is_by_design() -> None:
    (finding,) = owners(image().file("a", uid=1001), {"User": "1001:0"})
    assert finding.severity is Severity.INFO
    assert "which the container runs as" in finding.message


def test_an_image_without_passwd_has_nobody_to_miss() -> None:
    assert owners(TarBuilder().file("a", uid=65532, gid=65532)) == []


def test_a_hundred_numbers_are_twenty_findings_and_a_rest() -> None:
    layer = image()
    for number in range(100):
        layer.file(f"f{number}", uid=2000 + number)
    assert len(owners(layer)) == 21
