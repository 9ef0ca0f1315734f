"""Search paths built into programs and libraries, judged: where another than the owner could put a library."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from imgscan.formats.path import parent_of
from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.model.finding import Severity
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.groups import peopled
from imgscan.system.elf.files import ElfAt
from imgscan.system.elf.search import expanded, search_path

_STICKY = 0o1000
_GROUP_WRITES = 0o020
_OTHERS_WRITE = 0o002
_MAX_ELEMENTS = 32


class Weakness(NamedTuple):
    """One element of a search path, what is wrong with it, and how bad that is in an ordinary program."""

    element: str
    what: str
    severity: Severity


def search_path_faults(view: ImageView, subject: ElfAt) -> list[Weakness]:
    """Return what is wrong with a file's RUNPATH or RPATH, each element judged alone.

    glibc takes an empty element for the current directory and a wholly empty path for none.
    """
    text = search_path(subject.elf)
    if text is None:
        return []
    if not text:
        return [Weakness("", "is empty", Severity.INFO)]
    elements = list(dict.fromkeys(text.split(":")))[:_MAX_ELEMENTS]
    return [weakness for element in elements for weakness in _element_fault(view, subject, element)]


def _element_fault(view: ImageView, subject: ElfAt, element: str) -> Iterator[Weakness]:
    severity = Severity.HIGH if subject.elf.is_program else Severity.MEDIUM
    if not element:
        yield Weakness(element, "an empty element is the directory that it is started in", severity)
        return
    if not element.startswith(("/", "$")):
        yield Weakness(element, "is relative to the directory that it is started in", severity)
        return
    is_relative = element.startswith(("$ORIGIN", "${ORIGIN}"))
    if is_relative and subject.privileged:
        what = f"depends on where the {subject.privileged} file stands, which a hardlink changes"
        yield Weakness(element, what, Severity.MEDIUM)
    for origin in subject.origins:
        folders = expanded(element, origin, subject.elf)  # more than one for $LIB
        for folder in [folder for folder in folders if view.resolve(folder) is not None] or folders[:1]:
            yield from _folder_fault(view, subject.fact.entry, element, folder, is_relative)


def _folder_fault(view: ImageView, program: Entry, element: str, folder: str, is_relative: bool) -> Iterator[Weakness]:
    real = view.resolve(folder)
    writable = _writable(view, real) if real is not None else None
    if writable is not None:
        yield Weakness(element, f"anybody can write to /{writable}", Severity.HIGH)
        return
    writer = _writer(view, program, real) if real is not None else None
    if writer is not None:
        yield Weakness(element, writer, Severity.MEDIUM)
        return
    if real is not None:
        return
    ancestor = _existing(view, folder)
    node = view.stat("/" + ancestor) if ancestor is not None else None
    if node is not None and node.entry.mode & _OTHERS_WRITE:
        yield Weakness(element, f"is missing, and anybody can make it in /{ancestor}", Severity.HIGH)
    elif not is_relative:
        yield Weakness(element, "is missing", Severity.INFO)


def _writable(view: ImageView, real: ImagePath) -> ImagePath | None:
    """Return the directory by which anybody can put a file at ``real``: itself, or one above that lets it be moved."""
    return next((here for here, entry in _folders_up(view, real) if _lets_in(entry.mode, here == real)), None)


def _writer(view: ImageView, program: Entry, real: ImagePath) -> str | None:
    """Return who but root and the program's owner can put a file at ``real``, in words; None where there is nobody."""
    for here, entry in _folders_up(view, real):
        uid, gid, mode = entry.uid, entry.gid, entry.mode
        if uid not in (0, program.uid):
            return f"uid {uid} can write to /{here}"
        movable = here == real or not mode & _STICKY
        shared = gid == program.gid and program.mode & _GROUP_WRITES
        if mode & _GROUP_WRITES and movable and gid and not shared and view.derived(peopled)(gid):
            return f"group {gid} can write to /{here}"
    return None


def _folders_up(view: ImageView, real: ImagePath) -> Iterator[tuple[ImagePath, Entry]]:
    """Yield the directories from ``real`` up to the root."""
    here: ImagePath | None = real
    while here is not None:
        node = view.stat("/" + here, follow=False)
        if node is not None and node.kind is EntryKind.DIRECTORY:
            yield here, node.entry
        here = parent_of(here) if here else None


def _lets_in(mode: int, itself: bool) -> bool:
    """Whether anybody can put a file into a directory; for one above it, whether anybody can move that one away."""
    return bool(mode & _OTHERS_WRITE) and (itself or not mode & _STICKY)


def _existing(view: ImageView, folder: str) -> ImagePath | None:
    """Return the nearest directory above a missing one, links resolved."""
    parts = folder.strip("/").split("/")
    for length in range(len(parts) - 1, -1, -1):
        real = view.resolve("/" + "/".join(parts[:length]))
        if real is not None:
            return real
    return None
