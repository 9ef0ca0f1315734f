"""What the files of an image need of each other and do not get."""

from __future__ import annotations

import msgspec

from imgscan.formats.elf.file import LOADED, STATIC, ElfFile
from imgscan.formats.path import base_name
from imgscan.model.entry import ImagePath
from imgscan.rootfs.view import ImageView
from imgscan.system.elf.files import ElfAt, ElfFiles, elf_files
from imgscan.system.elf.machines import Machines, elf_machines
from imgscan.system.elf.search import Loader
from imgscan.system.file_items import absolute

_LINKED = LOADED - STATIC


class Needs:
    """Which names may be loaded already when a library is, by which file, and which libraries programs need."""

    def __init__(self, files: ElfFiles) -> None:
        self._libraries: dict[str, list[tuple[ImagePath, ElfFile]]] = {}
        for path, result in files.by_path.items():
            for name in {base_name(path), result.elf.soname or base_name(path)}:
                self._libraries.setdefault(name, []).append((path, result.elf))
        pending = [name for item in files.all if item.elf.is_program for name in item.elf.needed]
        self.by_programs: set[str] = set()
        while pending:
            name = pending.pop()
            if name not in self.by_programs:
                self.by_programs.add(name)
                pending += [other for _, elf in self._libraries.get(name, ()) for other in elf.needed]

    def offered(self, name: str, elf: ElfFile) -> ImagePath | None:
        """Return a file of this name that a loader could give to ``elf``, wherever it stands: one for its machine."""
        return next(
            (
                path
                for path, other in self._libraries.get(base_name(name), ())
                if (other.machine, other.bits) == (elf.machine, elf.bits)
            ),
            None,
        )


class Lack(msgspec.Struct, frozen=True):
    """What a file does not get: the names, those that are nowhere, where the others are, who needs what indirectly."""

    missing: list[str]
    nowhere: list[str]
    elsewhere: dict[str, str]
    through: dict[str, str]


class Links:
    """What files need and do not get. A program is followed through its libraries only where one of them lacks some."""

    def __init__(self, files: ElfFiles, loader: Loader, machines: Machines) -> None:
        self.loader = loader
        self.needs = Needs(files)
        loadable = [item for item in files.all if _is_loadable(item) and not machines.is_foreign(item)]
        self._libraries = {item.path: loader.libraries_of(item) for item in loadable}
        self._suspects = self._above(
            files, [path for path, located in self._libraries.items() if None in located.values()]
        )

    def _above(self, files: ElfFiles, lacking: list[ImagePath]) -> set[ImagePath]:
        """Return the files that lack something themselves or through others."""
        if not lacking:
            return set()
        users: dict[ImagePath, list[ImagePath]] = {}
        for path, located in self._libraries.items():
            for library in filter(None, located.values()):
                users.setdefault(files.by_path[library].path, []).append(path)
        result = set(lacking)
        while lacking:
            new = [user for user in users.get(lacking.pop(), ()) if user not in result]
            result.update(new)
            lacking += new
        return result

    def lack(self, user: ElfAt) -> Lack | None:
        """Return what a program, or a library by itself, does not get; None where it gets all."""
        if user.path not in self._suspects:
            return None
        if user.elf.is_program:
            lacking = self.loader.missing_libraries(user)
        else:
            lacking = {name: user.path for name, path in self._libraries[user.path].items() if path is None}
        if not lacking:
            return None
        offers = {name: self.needs.offered(name, user.elf) for name in lacking}
        return Lack(
            list(lacking),
            [name for name, path in offers.items() if path is None],
            {base_name(name): absolute(path) for name, path in offers.items() if path is not None},
            {name: absolute(path) for name, path in lacking.items() if path != user.path},
        )


def elf_links(view: ImageView) -> Links:
    """Return what an image's ELF files need; call it through ``view.derived``."""
    files = view.derived(elf_files)
    return Links(files, Loader(view, files), view.derived(elf_machines))


def _is_loadable(user: ElfAt) -> bool:
    """Whether a loader will look for what the file needs."""
    return user.elf.kind in _LINKED
