"""The applets of a BusyBox binary, read out of its table of names."""

from __future__ import annotations

import re

_START = b"\0[\0[[\0"
_NAME = re.compile(rb"[a-z0-9_.\[-]{1,24}")
_MIN_COUNT = 3
_MAX_APPLETS = 2000  # five times what BusyBox 1.36 has


def busybox_applets(content: bytes) -> tuple[str, ...]:
    """Return the applet names in a BusyBox binary's bytes, in its order, at most 2000; empty for any other content.

    The names are one run of NUL-terminated strings in byte order, whose first are ``[`` and ``[[``.
    Source: busybox, applets/applet_tables.c (``applet_names``).
    """
    at = content.find(_START)
    while at >= 0:
        names = _names(content, at + 1)
        if len(names) >= _MIN_COUNT:
            return names
        at = content.find(_START, at + 1)
    return ()


def _names(content: bytes, at: int) -> tuple[str, ...]:
    result: list[str] = []
    last = b""
    while len(result) < _MAX_APPLETS and (end := content.find(b"\0", at, at + 32)) > at:
        name = content[at:end]
        if not _NAME.fullmatch(name) or name <= last:
            break
        result.append(name.decode())
        last, at = name, end + 1
    return tuple(result)
