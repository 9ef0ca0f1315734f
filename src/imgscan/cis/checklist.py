"""The hardening checklist: what a hardened image has, by words instead of numbers."""

from __future__ import annotations

from imgscan.cis import base, health, secrets, setuid, signatures, surface, users, verified, writable
from imgscan.cis.definition import Definition
from imgscan.model.finding import Severity

CHECKS: tuple[Definition, ...] = (
    Definition(
        id="non-root-user",
        title="The container runs as another user than root",
        severity=Severity.MEDIUM,
        judge=users.judge_user,
        gives=users.GIVES,
    ),
    Definition(
        id="healthcheck",
        title="The image has a HEALTHCHECK that can run",
        severity=Severity.LOW,
        judge=health.judge_health,
        gives=health.GIVES,
    ),
    Definition(
        id="no-setuid",
        title="No file has SUID or SGID",
        severity=Severity.MEDIUM,
        judge=setuid.judge_setuid,
        gives=setuid.GIVES,
    ),
    Definition(
        id="no-package-manager",
        title="No package manager can be run",
        severity=Severity.LOW,
        judge=surface.judge_no_manager,
        gives=surface.GIVES_NO_MANAGER,
    ),
    Definition(
        id="no-shell",
        title="No shell can be run",
        severity=Severity.LOW,
        judge=surface.judge_no_shell,
        gives=surface.GIVES_NO_SHELL,
    ),
    Definition(
        id="base-pinned",
        title="The base image is pinned by digest",
        severity=Severity.LOW,
        judge=base.judge_pinned,
        gives=base.GIVES_PINNED,
    ),
    Definition(
        id="no-build-leftovers",
        title="No compilers, caches or other leftovers of the build",
        severity=Severity.LOW,
        judge=surface.judge_no_leftovers,
        gives=surface.GIVES_NO_LEFTOVERS,
    ),
    Definition(
        id="no-secrets",
        title="No secrets in config, history or any layer",
        severity=Severity.HIGH,
        judge=secrets.judge_secrets,
        gives=secrets.GIVES,
    ),
    Definition(
        id="no-writable-directories",
        title="Nothing that matters can be written by others than root",
        severity=Severity.MEDIUM,
        judge=writable.judge_writable,
        gives=writable.GIVES,
    ),
    Definition(
        id="file-integrity",
        title="Installed programs are those of their packages",
        severity=Severity.HIGH,
        judge=verified.judge_integrity,
        gives=verified.GIVES_INTEGRITY,
    ),
    Definition(
        id="archive-integrity",
        title="Every blob and layer is what its digest promises",
        severity=Severity.HIGH,
        judge=signatures.judge_archive,
        gives=signatures.GIVES_ARCHIVE,
    ),
)
