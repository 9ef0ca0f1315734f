"""What root runs from elsewhere: programs of cron tables and services, libraries of what the container starts."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.config.starts import start_steps
from imgscan.analyzers.elf.files import elf_files
from imgscan.analyzers.elf.search import expanded, search_path
from imgscan.formats.path import parent_of
from imgscan.model.entry import EntryKind, ImagePath
from imgscan.rootfs.view import ImageView

_UNITS = (
    "etc/systemd/",
    "usr/lib/systemd/",
    "lib/systemd/",
    "etc/init.d/",
    "etc/inittab",
    "etc/supervisor",
    "etc/s6",
    "etc/service",
    "etc/sv/",
    "etc/runit/",
)
_MOST = 500


def scheduled(view: ImageView, analyzer: str) -> Iterator[ImagePath]:
    """Yield the programs that cron runs as root, as far as ``analyzer`` observed tables."""
    for fact in view.visible(analyzer):
        for path in fact.data.get("runs", ()):
            yield from _program(view, path)


def served(view: ImageView) -> Iterator[ImagePath]:
    """Yield the programs that services start as root, by what the analyzer ``programs`` observed of their files."""
    for fact in view.visible("programs"):
        if "starts" in fact.data and "user" not in fact.data and any(name.startswith(_UNITS) for name in fact.names):
            for path in fact.data["starts"][:_MOST]:
                yield from _program(view, path)


def start_libraries(view: ImageView) -> Iterator[str]:
    """Yield the directories in which what the container starts looks for libraries by its own search path."""
    files = view.derived(elf_files).by_path
    for path in {step.node.path: None for step in view.derived(start_steps) if step.node is not None}:
        found = files.get(path)
        if found is None:
            continue
        for element in (search_path(found.elf) or "").split(":")[:_MOST]:
            folders = expanded(element, parent_of(path), found.elf)
            yield from (folder for folder in folders if folder.startswith("/"))


def _program(view: ImageView, path: str) -> Iterator[ImagePath]:
    """Yield the file that a command names by its path, where it is one that can be run."""
    node = view.stat(path) if path.startswith("/") else None
    if node is not None and node.kind is EntryKind.FILE and node.entry.mode & 0o111:
        yield node.path
