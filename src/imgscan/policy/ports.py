"""Ports of an allow-list, against ports as EXPOSE writes them."""

from __future__ import annotations

import re

_PORT = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?(?:/(tcp|udp|sctp))?", re.ASCII)


def port_names(text: str) -> tuple[str, ...]:
    """Return every port that ``8080``, ``8080/tcp`` or ``8000-8010/udp`` means, in each way that EXPOSE writes it.

    A port of TCP has two names, ``8080`` and ``8080/tcp``; a range has itself as one more.

    Raises:
        ValueError: it is none; the argument is the text.
    """
    ports, protocol = _parsed(text)
    plain = [str(port) for port in ports] if protocol == "tcp" else []
    return (*(f"{port}/{protocol}" for port in ports), *plain, *([text] if len(ports) > 1 else []))


def is_allowed_port(text: str, allowed: frozenset[str]) -> bool:
    """Whether all that an item of EXPOSE means is among the names of ``port_names``; what cannot be read is not."""
    ports, protocol = ports_of(text)
    return bool(ports) and all(f"{port}/{protocol}" in allowed for port in ports)


def ports_of(text: str) -> tuple[range, str]:
    """Return the ports and the protocol that an item of EXPOSE means; no ports where it cannot be read."""
    try:
        return _parsed(text)
    except ValueError:
        return range(0), "tcp"


def _parsed(text: str) -> tuple[range, str]:
    match = _PORT.fullmatch(text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if match is None or not 0 < first <= last < 1 << 16:
        raise ValueError(repr(text[:40]))
    return range(first, last + 1), match[3] or "tcp"
