"""The formats of a remedy by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from imgscan.harden import text
from imgscan.harden.compose import compose
from imgscan.harden.dockerfile import dockerfile
from imgscan.harden.kubernetes import kubernetes
from imgscan.harden.plain import plain_hardening
from imgscan.harden.plan import Hardening
from imgscan.harden.quadlet import quadlet
from imgscan.report.json import json_bytes
from imgscan.report.writers import Style, one_of

HardeningWriter: TypeAlias = Callable[[Hardening, Style], bytes]


def write_json(hardening: Hardening, style: Style) -> bytes:
    """Return the format ``json``."""
    return json_bytes(plain_hardening(hardening))


def write_dockerfile(hardening: Hardening, style: Style) -> bytes:
    """Return the format ``dockerfile``."""
    return dockerfile(hardening).encode()


def write_kubernetes(hardening: Hardening, style: Style) -> bytes:
    """Return the format ``kubernetes``."""
    return kubernetes(hardening).encode()


def write_compose(hardening: Hardening, style: Style) -> bytes:
    """Return the format ``compose``."""
    return compose(hardening).encode()


def write_quadlet(hardening: Hardening, style: Style) -> bytes:
    """Return the format ``quadlet``."""
    return quadlet(hardening).encode()


_WRITERS: dict[str, HardeningWriter] = {
    "text": text.write,
    "dockerfile": write_dockerfile,
    "kubernetes": write_kubernetes,
    "compose": write_compose,
    "quadlet": write_quadlet,
    "json": write_json,
}


def hardening_writer(name: str) -> HardeningWriter:
    """Return the writer of a format.

    Raises:
        UsageError: there is no such format.
    """
    return one_of(_WRITERS, name, "a remedy")
