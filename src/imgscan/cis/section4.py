"""The controls of section 4, "Container Images and Build File Configuration", as a table."""

from __future__ import annotations

from imgscan.cis import base, health, instructions, patches, secrets, setuid, signatures, surface, users, verified
from imgscan.cis.definition import Definition
from imgscan.model.control import Status
from imgscan.model.finding import Severity

SECTION4: tuple[Definition, ...] = (
    Definition(
        id="4.1",
        title="A user for the container has been created",
        severity=Severity.MEDIUM,
        judge=users.check_user,
        gives=users.GIVES,
        rests=users.RESTS,
    ),
    Definition(
        id="4.2",
        title="Containers use only trusted base images",
        severity=Severity.HIGH,
        judge=base.check_base,
        gives=base.GIVES,
    ),
    Definition(
        id="4.3",
        title="Unnecessary packages are not installed in the container",
        severity=Severity.MEDIUM,
        judge=surface.check_packages,
        gives=surface.GIVES,
        rests=surface.RESTS,
    ),
    Definition(
        id="4.4",
        title="Images are scanned and rebuilt to include security patches",
        severity=Severity.HIGH,
        judge=patches.check_patches,
        gives=patches.GIVES,
        rests=patches.RESTS,
    ),
    Definition(
        id="4.5",
        title="Content trust for Docker is enabled",
        severity=Severity.MEDIUM,
        judge=signatures.check_trust,
        gives=signatures.GIVES_TRUST,
    ),
    Definition(
        id="4.6",
        title="HEALTHCHECK instructions have been added to the container image",
        severity=Severity.LOW,
        judge=health.check_health,
        gives=health.GIVES,
        rests=health.RESTS,
    ),
    Definition(
        id="4.7",
        title="Update instructions are not used alone in Dockerfiles",
        severity=Severity.LOW,
        judge=instructions.check_update,
        gives=instructions.GIVES_UPDATE,
        rests=instructions.RESTS_UPDATE,
    ),
    Definition(
        id="4.8",
        title="Setuid and setgid permissions are removed",
        severity=Severity.MEDIUM,
        judge=setuid.check_setuid,
        gives=setuid.GIVES,
        rests=setuid.RESTS,
    ),
    Definition(
        id="4.9",
        title="COPY is used instead of ADD in Dockerfiles",
        severity=Severity.LOW,
        judge=instructions.check_add,
        gives=instructions.GIVES_ADD,
        rests=instructions.RESTS_ADD,
        silence=frozenset({Status.PASS, Status.INFO}),
    ),
    Definition(
        id="4.10",
        title="Secrets are not stored in Dockerfiles",
        severity=Severity.HIGH,
        judge=secrets.check_secrets,
        gives=secrets.GIVES,
        rests=secrets.RESTS,
    ),
    Definition(
        id="4.11",
        title="Only verified packages are installed",
        severity=Severity.MEDIUM,
        judge=verified.check_verified,
        gives=verified.GIVES,
        rests=verified.RESTS,
        silence=frozenset({Status.NOT_EVALUABLE}),
    ),
    Definition(
        id="4.12",
        title="All signed artifacts are validated",
        severity=Severity.MEDIUM,
        judge=signatures.check_signed,
        gives=signatures.GIVES_SIGNED,
    ),
)
