"""What root runs from elsewhere: programs of cron tables and services, libraries of what the container starts."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.permissions.files import PermissionFiles
from imgscan.formats.path import parent_of
from imgscan.model.entry import ImagePath
from imgscan.rootfs.view import ImageView
from imgscan.system.elf.files import elf_files
from imgscan.system.elf.search import expanded, search_path
from imgscan.system.programs.entrypoint import start_steps
from imgscan.system.programs.lookup import program_at

_MAX_ELEMENTS = 500


def scheduled(view: ImageView) -> Iterator[ImagePath]:
    """Yield the programs that cron runs as root, as far as its tables were read."""
    for fact in view.visible(PermissionFiles):
        for path in fact.data.runs:
            yield from program_at(view, path)


def start_libraries(view: ImageView) -> Iterator[str]:
    """Yield the directories in which what the container starts looks for libraries by its own search path."""
    files = view.derived(elf_files).by_path
    for path in {step.node.path: None for step in view.derived(start_steps) if step.node is not None}:
        result = files.get(path)
        if result is None:
            continue
        for element in (search_path(result.elf) or "").split(":")[:_MAX_ELEMENTS]:
            folders = expanded(element, parent_of(path), result.elf)
            yield from (folder for folder in folders if folder.startswith("/"))
