"""How the loaders of glibc and musl look for libraries, inside the image. Sources: ld.so(8); musl, ldso/dynlink.c."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator

from imgscan.formats.elf.file import ElfFile
from imgscan.formats.path import base_name
from imgscan.model.entry import ImagePath
from imgscan.rootfs.view import ImageView
from imgscan.system.elf.files import ElfAt, ElfFiles

_TRIPLETS = {
    ("x86-64", 64): "x86_64-linux-gnu",
    ("x86-64", 32): "x86_64-linux-gnux32",
    ("i386", 32): "i386-linux-gnu",
    ("aarch64", 64): "aarch64-linux-gnu",
    ("arm", 32): "arm-linux-gnueabihf",
    ("powerpc64", 64): "powerpc64le-linux-gnu",
    ("riscv", 64): "riscv64-linux-gnu",
    ("s390", 64): "s390x-linux-gnu",
    ("mips", 64): "mips64el-linux-gnuabi64",
    ("mips", 32): "mipsel-linux-gnu",
    ("loongarch", 64): "loongarch64-linux-gnu",
}
_GLIBC_FOLDERS = ("/lib64", "/usr/lib64", "/lib", "/usr/lib", "/lib32", "/usr/lib32", "/libx32", "/usr/libx32")
_MUSL_FOLDERS = ("/lib", "/usr/local/lib", "/usr/lib")
# musl's loader is its C library and answers to all of these.
_MUSL_OWN = tuple(f"lib{name}." for name in ("c", "pthread", "rt", "m", "dl", "util", "xnet"))
_MAX_INCLUDES = 100
_MAX_ELEMENTS = 200
_MAX_LOOKS = 1_000_000
"""A real image takes some thousand."""
_MAX_STEPS = 2_000_000
"""Folders asked for names, those known already too: half a second or so; an image of 2,000 ELF files takes 200,000."""
_MAX_FOLLOWED = 100_000
"""Libraries followed for programs of which something further down is missing; a program has some ten."""


def expanded(element: str, origin: ImagePath, elf: ElfFile) -> tuple[str, ...]:
    """Return the directories that one element of a search path stands for; none where a token is not known."""
    element = element.replace("${ORIGIN}", "$ORIGIN").replace("${LIB}", "$LIB").replace("$ORIGIN", f"/{origin}")
    if "$LIB" in element:
        libs = ("lib", "lib64", f"lib/{_TRIPLETS.get((elf.machine, elf.bits), 'lib')}")
        return tuple(text for lib in libs for text in expanded(element.replace("$LIB", lib), origin, elf))
    return () if "$" in element else (element,)


def search_path(elf: ElfFile) -> str | None:
    """Return the file's own search path that counts: RUNPATH where there is one, else RPATH."""
    return elf.rpath if elf.runpath is None else elf.runpath


class Loader:
    """Finds libraries as the image's loaders would; ``unchecked`` counts those not looked for, beyond the bound."""

    def __init__(self, view: ImageView, files: ElfFiles) -> None:
        self.unchecked = 0
        self._left = _MAX_LOOKS
        self._view = view
        self._files = files
        self._followed = 0
        self._steps = _MAX_STEPS
        self._musls: dict[str, bool] = {}
        self._located: dict[tuple[str, str, str, int], ImagePath | None] = {}
        self._folders: dict[str, str | None] = {}
        self._commons: dict[tuple[str, int, bool | None], tuple[str, ...]] = {}
        self._environment = tuple(
            folder
            for value in view.config.env
            if value.startswith("LD_LIBRARY_PATH=")
            for folder in value.partition("=")[2].replace(";", ":").split(":")
        )
        self._configured = tuple(dict.fromkeys(self._conf("/etc/ld.so.conf")))
        cache = files.setting(view, "/etc/ld.so.cache")
        cached = cache[1].cached if cache else ()
        self._glibc = tuple(dict.fromkeys((*self._configured, *cached)))
        configured = [folder for settings in files.loaders() for folder in settings.musl]
        self._musl = tuple(configured) or _MUSL_FOLDERS

    def libraries_of(self, user: ElfAt) -> dict[str, ImagePath | None]:
        """Return where the loader finds each library that a file needs, None for nowhere.

        Empty for what need not be looked for: musl's own names, relative paths, what is beyond the bound.
        """
        elf = user.elf
        if not elf.needed:
            return {}
        musl = self._is_musl(elf)
        common = self._common(elf, musl)
        located = {name: self._locate(name, common, elf, musl) for name in elf.needed if name}
        # The common directories first, as no loader does: their answers are kept, and serve nearly every file.
        if None in located.values() and not (elf.rpath is None and elf.runpath is None):
            folders = self._search_path(user, musl)
            missing = [name for name, path in located.items() if path is None]
            located |= {name: self._locate(name, folders, elf, musl) for name in missing}
        return located

    def missing_libraries(self, program: ElfAt) -> dict[str, ImagePath]:
        """Return what a program or its libraries, followed all the way, do not get, and the file that needs it.

        A library that is loaded already serves all that ask for its name; RPATH, and with musl RUNPATH too, holds for
        the libraries below. Sources: ld.so(8); glibc, elf/dl-load.c; musl, ldso/dynlink.c.
        """
        musl = self._is_musl(program.elf)
        common = self._common(program.elf, musl)
        pending: list[tuple[ElfAt, tuple[str, ...]]] = [(program, ())]
        seen, loaded, missing = {program.path}, set[str](), dict[str, ImagePath]()
        for item, inherited in pending:  # grows while it is read
            self._followed += 1
            if self._followed > _MAX_FOLLOWED:
                self.unchecked += 1
                break
            elf = item.elf
            folders = self._search_path(item, musl)
            # A RUNPATH turns off the RPATHs of whoever loads the library, and is itself for its file alone (ld.so(8)).
            from_above = inherited if musl is not False or elf.runpath is None else ()
            below = folders if musl is not False or (elf.rpath is not None and elf.runpath is None) else ()
            passed = tuple(dict.fromkeys((*below, *inherited)))[:_MAX_ELEMENTS]
            for name in elf.needed:
                if not name or name in loaded:
                    continue
                path = self._locate(name, (*folders, *from_above, *common), elf, musl)
                if path is None:
                    missing.setdefault(name, item.path)
                    continue
                loaded.add(name)
                library = self._files.by_path.get(path)
                if library is not None and library.path not in seen:
                    seen.add(library.path)
                    loaded |= {base_name(path), library.elf.soname or base_name(path)}
                    pending.append((library, passed))
        return {name: path for name, path in missing.items() if name not in loaded}

    def _is_musl(self, elf: ElfFile) -> bool | None:
        """Whether musl loads a file; None where neither its interpreter nor what it needs tells.

        Of a program for glibc the loader may be musl's by another name (libc6-compat), or built on it (gcompat).
        """
        path = elf.interpreter
        if path is None:
            return _needs_musl(elf)
        if path not in self._musls:
            real = (self._view.resolve(path) if path.startswith("/") else None) or path
            loader = self._files.by_path.get(real)
            built = loader is not None and any(name.startswith("libc.musl-") for name in loader.elf.needed)
            self._musls[path] = built or base_name(real).startswith(("ld-musl-", "libc.musl-"))
        return self._musls[path]

    def _search_path(self, user: ElfAt, musl: bool | None) -> tuple[str, ...]:
        """Return the directories of the file's own search path."""
        elf = user.elf
        texts = dict.fromkeys((search_path(elf), elf.rpath if musl is not False else None))
        elements = [element for text in texts if text is not None for element in text.split(":")[:_MAX_ELEMENTS]]
        folders = (folder for origin in user.origins for item in elements for folder in expanded(item, origin, elf))
        return tuple(dict.fromkeys(folders))

    def _common(self, elf: ElfFile, musl: bool | None) -> tuple[str, ...]:
        """Return the directories in which every file's loader looks; both loaders' where it may be either."""
        key = (elf.machine, elf.bits, musl)
        if key not in self._commons:
            folders = [*self._environment]
            if musl is not True:
                triplet = _TRIPLETS.get((elf.machine, elf.bits))
                folders += [*self._glibc, *((f"/lib/{triplet}", f"/usr/lib/{triplet}") if triplet else ())]
                folders += _GLIBC_FOLDERS
            if musl is not False:
                folders += self._musl
            self._commons[key] = tuple(dict.fromkeys(folders))
        return self._commons[key]

    def _locate(self, name: str, folders: Iterable[str], elf: ElfFile, musl: bool | None) -> ImagePath | None:
        # "": not looked for; it neither counts as missing nor names a file.
        if musl is not False and name.startswith(_MUSL_OWN):
            return ""
        if "/" in name:  # a path, from the root or from wherever the program is started
            return self._at(name, elf) if name.startswith("/") else ""
        if self._left <= 0:
            self.unchecked += 1
            return ""
        for folder in folders:
            self._steps -= 1
            if self._steps <= 0:
                self.unchecked += 1
                return ""
            path = self._in_folder(folder, name, elf)
            if path is not None:
                return path
        return None

    def _at(self, path: str, elf: ElfFile) -> ImagePath | None:
        """Return the real path of the file of the same machine and class at ``path``."""
        real = self._view.resolve(path)
        other = self._files.by_path.get(real) if real is not None else None
        # As loaders do: a library of another machine or class is passed over, and the search goes on.
        fits = other is not None and (other.elf.machine, other.elf.bits) == (elf.machine, elf.bits)
        return real if fits else None

    def _in_folder(self, folder: str, name: str, elf: ElfFile) -> ImagePath | None:
        key = (folder, name, elf.machine, elf.bits)
        if key not in self._located:
            self._left -= 1
            real = self._real(folder)
            self._located[key] = None if real is None else self._at(f"/{real}/{name}", elf)
        return self._located[key]

    def _real(self, folder: str) -> str | None:
        if folder not in self._folders:
            self._folders[folder] = self._view.resolve(folder) if folder.startswith("/") else None
        return self._folders[folder]

    def _conf(self, path: str) -> Iterator[str]:
        """Yield the directories of an ld.so.conf and of the files that it includes."""
        pending, seen = [path], set[str]()
        while pending and len(seen) < _MAX_INCLUDES:
            here = pending.pop(0)
            result = self._files.setting(self._view, here)
            if result is None or result[0].names[0] in seen:
                continue
            fact, settings = result
            seen.add(fact.names[0])
            yield from settings.folders
            for pattern in settings.includes:
                pending += self._matching(pattern if pattern.startswith("/") else f"/etc/{pattern}")

    def _matching(self, pattern: str) -> Iterable[str]:
        folder = pattern.rpartition("/")[0]
        nodes = self._view.children(folder)
        base = self._view.resolve(folder) or ""
        name = pattern.rpartition("/")[2]
        return [node.path for node in nodes if fnmatch.fnmatchcase(node.path[len(base) :].lstrip("/"), name)]


def _needs_musl(elf: ElfFile) -> bool | None:
    """Whether musl loads a library; None where what it needs does not tell."""
    if any(name.startswith(("libc.so.6", "ld-linux")) for name in elf.needed):
        return False
    return True if any(name.startswith("libc.musl-") or name == "libc.so" for name in elf.needed) else None
