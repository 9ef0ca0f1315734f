"""Made-up reports: every kind of finding, control and problem that a format must show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from imgscan.model.control import CHECKLIST, Control, Status
from imgscan.model.finding import Finding, LayerPoint, Severity, State, Suppression, fingerprint
from imgscan.model.image import ImageConfig, ImageManifest, Platform
from imgscan.model.problem import Level, Problem
from imgscan.report.document import Coverage, LayerReport, Report, Tool, is_complete, ranked

ROOT = Path(__file__).parents[3]
SCHEMAS = ROOT / "testdata/schemas"
CIS = "CIS Docker 1.6.0"

DIFF_ID = "sha256:" + "a" * 64
LAYER = LayerPoint(0, DIFF_ID, "RUN apt-get install passwd")
UPPER = LayerPoint(1, "sha256:" + "b" * 64, "RUN rm /usr/bin/su")

SETUID = Finding(
    rule="setuid.suid-file",
    analyzer="setuid",
    severity=Severity.MEDIUM,
    message="runs as root, mode 4755",
    path="usr/bin/su",
    layer=LAYER,
    evidence={"mode": "4755", "uid": 0},
    remediation="RUN chmod u-s /usr/bin/su",
    identity="content",
)
ROOT_USER = Finding(
    rule="config.root-user",
    analyzer="config",
    severity=Severity.HIGH,
    message="the container starts as root (no USER)",
    state=State.CONFIG,
    remediation="USER 10001:10001",
)
DELETED = Finding(
    rule="secrets.key",
    analyzer="secrets",
    severity=Severity.CRITICAL,
    message="a private key",
    path="root/odd: name [x](y)#1/id_rsa",
    line=7,
    state=State.DELETED,
    layer=LAYER,
    removed_in=UPPER,
    identity="key",
)
DULL = Finding(rule="programs.shell", analyzer="programs", severity=Severity.INFO, message="a shell", path="bin/sh")
EVERY_FINDING = (SETUID, ROOT_USER, DELETED, DULL)

WARNING = Problem(level=Level.WARNING, stage="rootfs", code="odd", message="a path of two kinds", path="a/b")
ERROR = Problem(
    level=Level.ERROR, stage="layer", code="truncated", message="the layer ends early", diff_id=DIFF_ID, offset=512
)


def control(number: str, status: Status, *findings: Finding, edition: str = CIS, **more: Any) -> Control:
    return Control(
        id=number,
        title=f"Ensure that {number} is kept",
        edition=edition,
        status=status,
        severity=Severity.HIGH,
        reason=f"the reason of {number}",
        evidence=("/usr/bin/su in layer 0",),
        findings=tuple(fingerprint(finding) for finding in findings),
        remediation=f"mend {number}",
        **more,
    )


EVERY_CONTROL = (
    control("4.1", Status.FAIL, ROOT_USER),
    control("4.2", Status.NOT_EVALUABLE),
    control("4.5", Status.UNKNOWN),
    control("4.6", Status.PASS),
    control("4.8", Status.WARN, SETUID),
    control("4.9", Status.INFO),
    control("4.10", Status.FAIL, DELETED, suppressed=Suppression("a test key", "ann", "2030-01-01")),
    control("no-shell", Status.PASS, edition=CHECKLIST),
)


def package(name: str, version: str = "1.0", kind: str = "apk", **more: Any) -> dict[str, Any]:
    """Return an item of the inventory's packages."""
    return {
        "type": kind,
        "name": name,
        "version": version,
        "arch": "x86_64",
        "source": None,
        "source_version": None,
        "license": None,
        "supplier": None,
        "purl": f"pkg:{kind}/{name}@{version}",
        "path": "/lib/apk/db/installed",
        "layer": 0,
        "created_by": LAYER.created_by,
        "database": "visible",
        "package": None,
        **more,
    }


def report(
    *findings: Finding,
    controls: tuple[Control, ...] = (),
    problems: tuple[Problem, ...] = (),
    packages: tuple[dict[str, Any], ...] = (),
    references: tuple[str, ...] = ("example.test/app:1",),
    source: str = "images/app.tar",
    labels: dict[str, str] | None = None,
    inventory: dict[str, tuple[dict[str, Any], ...]] | None = None,
) -> Report:
    """Return a report of an image of one layer."""
    platform = Platform("linux", "amd64")
    layer = LayerReport(
        index=0,
        diff_id=DIFF_ID,
        digest=DIFF_ID,
        media_type="application/vnd.oci.image.layer.v1.tar",
        compression="none",
        stored_bytes=2048,
        uncompressed_bytes=2048,
        entries=3,
        created_by=LAYER.created_by,
        verified={"digest": True, "diff_id": True},
        complete=True,
    )
    return Report(
        source=source,
        format="docker-archive",
        tool=Tool("imgscan", "1", {"setuid": 2}),
        image=ImageManifest(
            references=references,
            manifest_digest=None,
            image_id="sha256:" + "c" * 64,
            platform=platform,
            config=ImageConfig(present=True, created="2024-01-01T00:00:00Z", user="", labels=labels or {}),
            layers=(),
        ),
        layers=(layer,),
        merged_bytes=1000,
        files=2,
        findings=ranked(list(findings)),
        inventory={"packages": packages, **(inventory or {})},
        problems=problems,
        coverage=Coverage(complete=is_complete(problems), layers=1, entries=3, bytes_read=2048, bytes_matched=0),
        controls=controls,
    )


EVERYTHING = report(
    *EVERY_FINDING,
    controls=EVERY_CONTROL,
    problems=(WARNING,),
    packages=(package("musl", license="MIT"), package("zlib")),
    inventory={"shells": ({"path": "/bin/sh", "names": ["/bin/sh"], "layer": 0},), "elf": ({"files": 2},)},
)
