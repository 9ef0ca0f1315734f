"""Which conclusions are none on an image of Windows: what Unix's rules say of files that Windows has.

The tar of a Windows layer carries the file system in ``Files``, the registry in ``Hives`` and a boot image in
``UtilityVM``; what rights files have stands in ``MSWINDOWS.rawsd`` records, and the modes of its headers mean nothing.
Source: hcsshim, pkg/ociwclayer and internal/wclayer. A layer with Linux's folders is judged as one, whatever the
config calls it: a word in the config must not switch findings off.
"""

from __future__ import annotations

from imgscan.model.finding import Finding, Item

UNIX = frozenset("setuid capabilities permissions programs elf accounts integrity verification leftovers".split())
"""The analyzers that judge modes, owners, programs and places of Unix."""
_FOLDERS = frozenset({"files", "hives", "utilityvm"})


def is_of_windows(analyzer: str, result: Finding | Item) -> bool:
    """Whether an analyzer of Unix says it of a file of Windows, or of no file at all."""
    if analyzer not in UNIX:
        return False
    if isinstance(result, Finding):
        return result.path is None or _is_inside(result.path)
    path = result.data.get("path")
    return isinstance(path, str) and _is_inside(path.lstrip("/"))


def _is_inside(path: str) -> bool:
    return path.partition("/")[0].lower() in _FOLDERS
