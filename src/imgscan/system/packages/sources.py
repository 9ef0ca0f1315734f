"""Which files record packages, and what reads each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from msgspec.structs import replace

from imgscan.system.packages import language_readers
from imgscan.system.packages.databases import PORTAGE, RPM_NAMES, STATUS_D, below_root
from imgscan.system.packages.facts import PackageFact
from imgscan.system.packages.language_readers import language_reader
from imgscan.system.packages.system_readers import Reader as SystemReader
from imgscan.system.packages.system_readers import system_reader

FOLDERS = frozenset({STATUS_D})
GLOBS = (f"{PORTAGE}/*/LICENSE",)
SUFFIXES = frozenset({".list", ".md5sums", ".control", *language_readers.SUFFIXES})
NAMES = frozenset(
    {
        *("status", "diversions", "statoverride", "installed", "os-release", "copyright"),
        *("desc", "files", "mtree", "CONTENTS", "container-manifest-1", "container-manifest-2", "manifest.wall"),
        *RPM_NAMES,
        *language_readers.NAMES,
    }
)

Reader = Callable[[str, bytes], Iterator[PackageFact]]
"""Yields the facts on the file at a path, given its content."""


def reader_of(path: str) -> Reader | None:
    """Return what reads the file at ``path``, None when it records no package."""
    root, inner = below_root(path)
    reader = system_reader(inner)
    return partial(_of_system, reader, root, inner) if reader is not None else language_reader(path)


def _of_system(reader: SystemReader, root: str, inner: str, _path: str, content: bytes) -> Iterator[PackageFact]:
    """Yield facts on a database's file; of a system in a directory with that, its root."""
    for fact in reader(root, inner, content):
        yield replace(fact, root=root) if root else fact
