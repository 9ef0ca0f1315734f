"""Packages that must stay although no package needs them: what nobody packaged links to their libraries."""

from __future__ import annotations

from collections.abc import Iterable

from imgscan.rootfs.view import ImageView
from imgscan.system.elf.files import ElfAt
from imgscan.system.elf.search import Loader
from imgscan.system.packages.owners import owners


def linked_packages(view: ImageView, files: Iterable[ElfAt], loader: Loader) -> dict[str, str]:
    """Return system packages by name, with the first file of no package whose libraries they are, sorted."""
    index = view.derived(owners)
    result: dict[str, str] = {}
    if index.known:
        for user in files:
            if index.system(user.path) is not None:
                continue
            for path in loader.libraries_of(user).values():
                package = index.system(path) if path else None
                if package is not None:
                    result.setdefault(package.record.name, f"/{user.path}")
    return dict(sorted(result.items()))
