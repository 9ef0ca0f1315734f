"""The facts on programs by file: under which names each can be run, and what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import msgspec

from imgscan.formats.path import base_name, parent_of
from imgscan.model.entry import EntryKind, ImagePath
from imgscan.rootfs.view import ImageView, LocatedFact, Node
from imgscan.shell.known import MULTI_CALL
from imgscan.system.programs.files import ProgramFact, ProgramFiles
from imgscan.system.programs.privileged import PrivilegedProgram, PrivilegedPrograms

_STANDARD = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_PROGRAM_FOLDERS = frozenset({"bin", "sbin", "libexec"})
_LIBRARY_FOLDERS = ("usr/lib/gcc/", "usr/libexec/", "usr/lib/git-core")
# apt's methods are called http and ftp: in these trees a program is one where its directory says so.
_SYSTEM_LIBRARIES = ("usr/lib/", "usr/lib64/", "lib/", "lib64/")
_NO_PROGRAMS = ("usr/share/doc/", "usr/share/bash-completion/", "usr/share/zsh/", "usr/share/man/", "usr/share/fish/")


class ProgramsByFile:
    """``names`` maps inodes to the paths, links too, that they can be run by; ``inside`` to what is known by content.

    ``scripts`` maps paths to what the file starts; ``folders`` are where the image looks for programs, in order.
    """

    def __init__(self, view: ImageView, facts: Iterator[LocatedFact[ProgramFact]]) -> None:
        self._view = view
        self.names: dict[int, set[ImagePath]] = {}
        self.inside: dict[int, ProgramFact] = {}
        self.scripts: dict[ImagePath, tuple[str, ...]] = {}
        self.folders = _search_path(view)
        self._real_folders = frozenset(path for folder in self.folders if (path := view.resolve(folder)))
        self._runs = cache(self._runs_from)
        self._whole: set[int] = set()
        for fact in facts:
            self._add(fact)
        for other in view.visible(PrivilegedPrograms):
            self._add(msgspec.structs.replace(other, data=_of_privileged(other.data)))  # type: ignore[arg-type]  # is one

    def _add(self, fact: LocatedFact[ProgramFact]) -> None:
        if fact.data.starts:
            self.scripts.update(dict.fromkeys(fact.names, fact.data.starts))
        node = self._view.stat(fact.names[0])
        if node is None or node.kind is not EntryKind.FILE or not node.entry.mode & 0o111:
            return
        if fact.data.known_inside:
            self.inside[node.inode] = fact.data
        if fact.entry.kind is EntryKind.FILE:
            if node.inode in self._whole:
                return  # another hardlink of a file whose names are all known
            self._whole.add(node.inode)
        result = [path for path in fact.names if self._runs(parent_of(path)) or (fact.data.elf and _is_outside(path))]
        if result:
            self.names.setdefault(node.inode, set()).update(result)

    def _runs_from(self, folder: str) -> bool:
        if folder in self._real_folders:
            return True
        if folder.startswith(_NO_PROGRAMS) or "/node_modules/" in folder:
            return False
        return base_name(folder) in _PROGRAM_FOLDERS or f"{folder}/".startswith(_LIBRARY_FOLDERS)

    def real(self, inode: int) -> Node | None:
        """Return the file itself, by the name that tells most: busybox, or the first that is no symlink."""
        linked_names = self._view.names(inode)
        names = self.names.get(inode, ())
        best = (
            [name for name in linked_names if base_name(name) in MULTI_CALL]
            or [name for name in linked_names if name in names]
            or linked_names
        )
        return self._view.stat(best[0]) if best else None


def _of_privileged(known: PrivilegedProgram) -> ProgramFact:
    return ProgramFact(elf=True, applets=known.applets, shell=known.shell, runtime=known.interpreter)


def _is_outside(path: ImagePath) -> bool:
    """Whether an ELF program at ``path`` counts though its directory is none for programs."""
    return not path.startswith((*_NO_PROGRAMS, *_SYSTEM_LIBRARIES))


def _search_path(view: ImageView) -> tuple[str, ...]:
    """Return the directories that programs are run from: those of PATH first, then the standard ones."""
    path = next((value[5:] for value in view.config.env if value.startswith("PATH=")), "")
    return tuple(dict.fromkeys(folder for folder in (*path.split(":"), *_STANDARD) if folder.startswith("/")))


def programs_by_file(view: ImageView) -> ProgramsByFile:
    """Return the programs of an image; call it through ``view.derived``."""
    return ProgramsByFile(view, view.visible(ProgramFiles))
