"""How the loaders of glibc and musl look for libraries, inside the image. Sources: ld.so(8); musl, ldso/dynlink.c."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator

from imgscan.analyzers.elf.files import ElfFiles, Found
from imgscan.formats.elf.file import ElfFile
from imgscan.model.entry import ImagePath
from imgscan.rootfs.view import ImageView

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
_MOST_LOOKS = 1_000_000
"""A real image takes some thousand."""


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
        self._left = _MOST_LOOKS
        self._view = view
        self._files = files
        self._found: dict[tuple[str, str, str, int], bool] = {}
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
        cached = cache.data.get("cached", ()) if cache else ()
        self._glibc = tuple(dict.fromkeys((*self._configured, *cached)))
        own = [folder for fact in files.settings.values() for folder in fact.data.get("musl", ())]
        self._musl = tuple(own) or _MUSL_FOLDERS

    def missing(self, found: Found) -> list[str]:
        """Return which of the libraries a file needs are not where its loader looks."""
        elf = found.elf
        if not elf.needed:
            return []
        musl = _is_musl(elf)
        wanted = [name for name in elf.needed if name and not (musl is not False and name.startswith(_MUSL_OWN))]
        common = self._common(elf, musl)
        left = [name for name in wanted if not self._has(name, common, elf)]
        if not left or (elf.rpath is None and elf.runpath is None):
            return left
        own = dict.fromkeys(folder for origin in found.origins for folder in self._own(elf, musl, origin))
        return [name for name in left if not self._has(name, own, elf)]

    def is_there(self, path: str, elf: ElfFile) -> bool:
        """Whether a file of the same machine and class is at ``path``."""
        real = self._view.resolve(path)
        other = self._files.by_path.get(real) if real is not None else None
        return other is not None and (other.machine, other.bits) == (elf.machine, elf.bits)

    def _own(self, elf: ElfFile, musl: bool | None, origin: ImagePath) -> Iterator[str]:
        """Yield the directories of the file's own search path."""
        for text in dict.fromkeys((search_path(elf), elf.rpath if musl is not False else None)):
            for element in (text or "").split(":")[:_MAX_ELEMENTS]:
                yield from expanded(element, origin, elf)

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

    def _has(self, name: str, folders: Iterable[str], elf: ElfFile) -> bool:
        if "/" in name:  # a path, from the root or from wherever the program is started
            return not name.startswith("/") or self.is_there(name, elf)
        if self._left <= 0:
            self.unchecked += 1
            return True
        return any(self._in_folder(folder, name, elf) for folder in folders)

    def _in_folder(self, folder: str, name: str, elf: ElfFile) -> bool:
        key = (folder, name, elf.machine, elf.bits)
        if key not in self._found:
            self._left -= 1
            real = self._real(folder)
            self._found[key] = real is not None and self.is_there(f"/{real}/{name}", elf)
        return self._found[key]

    def _real(self, folder: str) -> str | None:
        if folder not in self._folders:
            self._folders[folder] = self._view.resolve(folder) if folder.startswith("/") else None
        return self._folders[folder]

    def _conf(self, path: str) -> Iterator[str]:
        """Yield the directories of an ld.so.conf and of the files that it includes."""
        pending, seen = [path], set[str]()
        while pending and len(seen) < _MAX_INCLUDES:
            here = pending.pop(0)
            fact = self._files.setting(self._view, here)
            if fact is None or fact.names[0] in seen:
                continue
            seen.add(fact.names[0])
            yield from fact.data.get("folders", ())
            for pattern in fact.data.get("includes", ()):
                pending += self._matching(pattern if pattern.startswith("/") else f"/etc/{pattern}")

    def _matching(self, pattern: str) -> Iterable[str]:
        folder = pattern.rpartition("/")[0]
        nodes = self._view.children(folder)
        base = self._view.resolve(folder) or ""
        name = pattern.rpartition("/")[2]
        return [node.path for node in nodes if fnmatch.fnmatchcase(node.path[len(base) :].lstrip("/"), name)]


def _is_musl(elf: ElfFile) -> bool | None:
    """Whether musl loads a file; None where neither its interpreter nor what it needs tells."""
    if elf.interpreter is not None:
        return "/ld-musl-" in elf.interpreter
    if any(name.startswith(("libc.so.6", "ld-linux")) for name in elf.needed):
        return False
    return True if any(name.startswith("libc.musl-") or name == "libc.so" for name in elf.needed) else None
