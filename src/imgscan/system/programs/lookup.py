"""Programs of the merged image by name: where they would be run from, and whether they are there."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.model.entry import EntryKind, ImagePath
from imgscan.rootfs.view import ImageView, Node

STANDARD_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""What container runtimes search when the config has no PATH, and where distributions put their programs."""

_MAX_FOLDERS = 200


def search_path(view: ImageView) -> tuple[str, ...]:
    """Return the directories of the config's PATH as written, or the standard ones where it has none."""
    value = next((item[5:] for item in view.config.env if item.startswith("PATH=")), None)
    return STANDARD_PATH if value is None else tuple(value.split(":", _MAX_FOLDERS)[:_MAX_FOLDERS])


def find_program(view: ImageView, name: str, folders: tuple[str, ...] = STANDARD_PATH) -> Node | None:
    """Return the first executable file of this name in ``folders``, symlinks followed; None for none."""
    for folder in folders:
        node = view.stat(f"{folder}/{name}") if folder.startswith("/") else None
        if node is not None and node.kind is EntryKind.FILE and node.entry.mode & 0o111:
            return node
    return None


def program_at(view: ImageView, path: str) -> Iterator[ImagePath]:
    """Yield the file that a command names by its path, where it is one that can be run."""
    node = view.stat(path) if path.startswith("/") else None
    if node is not None and node.kind is EntryKind.FILE and node.entry.mode & 0o111:
        yield node.path
