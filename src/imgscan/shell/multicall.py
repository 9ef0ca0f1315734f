"""Programs that are many programs: BusyBox and toybox, told by their own tables."""

from __future__ import annotations

import re

from imgscan.shell.busybox import busybox_applets

_TOYBOX = b"Toybox %s multicall binary"
_USAGE = re.compile(rb"usage: ([a-z0-9_.-]{1,24})[ \n]")
_MAX_APPLETS = 1000


def applets_of(content: bytes) -> tuple[str, ...]:
    """Return the names that a BusyBox or toybox binary answers to, sorted; empty for any other content.

    toybox keeps its table as pointers, but the help text of every command that was compiled in names it. Source:
    toybox, scripts/mkhelp.c. A coreutils made as one file is known by its links alone.
    """
    result = busybox_applets(content)
    if result or _TOYBOX not in content:
        return result
    names = {match.group(1).decode() for _, match in zip(range(_MAX_APPLETS), _USAGE.finditer(content), strict=False)}
    return tuple(sorted(names))
