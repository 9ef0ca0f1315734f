"""What to do about a secret in ENV: mount it as a file where the container runs."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from imgscan.model.finding import Finding, State
from imgscan.model.items import read_evidence

_ENV = "env "
_FILE = "_FILE"
"""Entrypoints of many images (postgres, mysql, mariadb, wordpress) read ``NAME_FILE`` in place of ``NAME``."""


class _Source(msgspec.Struct, frozen=True):
    """Which variable a secret stands in."""

    where: str = ""


def file_advice(finding: Finding, variables: Collection[str]) -> str:
    """Return the advice for a secret in a variable, empty for another finding. ``variables`` are those of the image."""
    where = read_evidence(finding, _Source).where
    if finding.state is not State.CONFIG or not where.startswith(_ENV):
        return ""
    name = where.removeprefix(_ENV)
    known = f" (the image sets {name}{_FILE} already)" if f"{name}{_FILE}" in variables else ""
    return (
        f"leave out ENV {name}; mount the value as a file (a secret of Docker, Podman or Kubernetes) and name the file "
        f"in {name}{_FILE}{known}, or read it in the entrypoint. {finding.remediation}"
    ).rstrip()
