"""Ports as EXPOSE declares them. Source: OCI image-spec, config.md, "ExposedPorts"; Dockerfile reference, "EXPOSE"."""

from __future__ import annotations

import re
from typing import NamedTuple

_PORT = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?(?:/(tcp|udp|sctp))?")


class Ports(NamedTuple):
    """A range of ports that EXPOSE declares; both ends are in it."""

    first: int
    last: int
    protocol: str


def parse_port(text: str) -> Ports | None:
    """Return what an item of ExposedPorts says: ``80``, ``80/tcp``, ``8000-8010/udp``; None for anything else."""
    match = _PORT.fullmatch(text)
    if match is None or not text.isascii():
        return None
    first, last = int(match[1]), int(match[2] or match[1])
    return Ports(first, last, match[3] or "tcp") if 0 < first <= last < 1 << 16 else None
