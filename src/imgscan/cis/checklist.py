"""The hardening checklist: what a hardened image has, by words instead of numbers."""

from __future__ import annotations

from imgscan.cis import base, health, secrets, setuid, signatures, surface, users, verified, writable
from imgscan.cis.definition import Definition
from imgscan.model.control import Status
from imgscan.model.finding import Severity

CHECKS: tuple[Definition, ...] = (
    Definition(
        id="non-root-user",
        title="The container runs as another user than root",
        severity=Severity.MEDIUM,
        judge=users.check_user,
        gives=users.GIVES,
        rests=users.RESTS,
    ),
    Definition(
        id="healthcheck",
        title="The image has a HEALTHCHECK that can run",
        severity=Severity.LOW,
        judge=health.check_health,
        gives=health.GIVES,
        rests=health.RESTS,
    ),
    Definition(
        id="no-setuid",
        title="No file has SUID or SGID",
        severity=Severity.MEDIUM,
        judge=setuid.check_setuid,
        gives=setuid.GIVES,
        rests=setuid.RESTS,
    ),
    Definition(
        id="no-package-manager",
        title="No package manager can be run",
        severity=Severity.LOW,
        judge=surface.check_no_manager,
        gives=surface.GIVES_NO_MANAGER,
        rests=("programs.*",),
    ),
    Definition(
        id="no-shell",
        title="No shell can be run",
        severity=Severity.LOW,
        judge=surface.check_no_shell,
        gives=surface.GIVES_NO_SHELL,
        rests=("programs.*",),
    ),
    Definition(
        id="base-pinned",
        title="The base image is pinned by digest",
        severity=Severity.LOW,
        judge=base.check_pinned,
        gives=base.GIVES_PINNED,
        rests=base.RESTS_PINNED,
    ),
    Definition(
        id="no-build-leftovers",
        title="No compilers, caches or other leftovers of the build",
        severity=Severity.LOW,
        judge=surface.check_no_leftovers,
        gives=surface.GIVES_NO_LEFTOVERS,
        rests=surface.RESTS_NO_LEFTOVERS,
        silence=frozenset({Status.PASS, Status.INFO}),
    ),
    Definition(
        id="no-secrets",
        title="No secrets in config, history or any layer",
        severity=Severity.HIGH,
        judge=secrets.check_secrets,
        gives=secrets.GIVES,
        rests=secrets.RESTS,
    ),
    Definition(
        id="no-writable-directories",
        title="Nothing that matters can be written by others than root",
        severity=Severity.MEDIUM,
        judge=writable.check_writable,
        gives=writable.GIVES,
        rests=writable.RESTS,
    ),
    Definition(
        id="file-integrity",
        title="Installed programs are those of their packages",
        severity=Severity.HIGH,
        judge=verified.check_integrity,
        gives=verified.GIVES_INTEGRITY,
        rests=verified.RESTS_INTEGRITY,
        silence=frozenset({Status.PASS, Status.NOT_EVALUABLE}),
    ),
    Definition(
        id="archive-integrity",
        title="Every blob and layer is what its digest promises",
        severity=Severity.HIGH,
        judge=signatures.check_archive,
        gives=signatures.GIVES_ARCHIVE,
        rests=signatures.RESTS_ARCHIVE,
    ),
)
