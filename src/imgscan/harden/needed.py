"""The files that the start of a container needs: its programs, their interpreters, loaders and libraries, and data.

Programs are followed through shells, scripts and wrappers as far as their text says what they call. What a program
opens by a name that it puts together at run time nobody can read out of its file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from imgscan.formats.path import base_name, clean_path, parent_of
from imgscan.harden.runtimes import folders_of, is_of_system
from imgscan.model.entry import EntryKind, ImagePath
from imgscan.rootfs.view import ImageView, Node
from imgscan.shell.called import MAX_BYTES, script_commands, started_by
from imgscan.shell.known import BOURNE_SHELLS
from imgscan.shell.shebang import parse_shebang
from imgscan.system.accounts.files import AccountFiles
from imgscan.system.elf.files import elf_files
from imgscan.system.elf.observer import ElfContents
from imgscan.system.elf.search import Loader
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.owners import owners
from imgscan.system.programs.entrypoint import healthcheck
from imgscan.system.programs.lookup import search_path

ReadHead = Callable[[ImagePath], bytes]
"""Returns the first ``MAX_BYTES`` of a file."""

OBSERVERS = (ElfContents(), PackageFiles(), AccountFiles())
"""Whose facts the view must have."""
_MAX_FILES = 5_000
_MAX_PARTS = 1_000
_BUILTINS = frozenset(
    ". : [ alias bg break case cd command continue echo eval exec exit export false fg for getopts hash if jobs kill "
    "let local printf pwd read readonly return set shift source test times trap true type ulimit umask unset until "
    "wait while { } esac fi done function declare typeset shopt".split()
)
_DATA = (
    "etc/passwd",
    "etc/group",
    "etc/nsswitch.conf",
    "etc/os-release",
    "etc/localtime",
    "etc/timezone",
    "etc/mime.types",
    "etc/ssl/openssl.cnf",
    "etc/ssl/cert.pem",
    "etc/ssl/ca-bundle.pem",
    "etc/pki/tls/cert.pem",
    "usr/lib/ssl/cert.pem",
    "usr/lib/ssl/openssl.cnf",
    "etc/ld.so.cache",
    "etc/ld.so.conf",
)
"""What libraries read: accounts, names, time, certificates, where the loader looks."""
_DATA_FOLDERS = (
    "usr/share/zoneinfo",
    "etc/ld.so.conf.d",
    "etc/ssl/certs",
    "usr/share/ca-certificates",
    "usr/lib/ssl/certs",
    "etc/pki/tls/certs",
    "etc/pki/ca-trust/extracted",
)
_GLIBC = "libc.so.6"
_LOADED_BY_NAME = ("libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2", "libgcc_s.so.1")
"""What glibc opens by name: sources of names (nss(5)), and what ends threads."""


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed, by absolute paths."""

    files: dict[str, str]
    """By the path that a file is named by its real path."""
    folders: tuple[str, ...]
    """Real paths of folders with all that is in them."""
    links: dict[str, str]
    """Symlinks that lead from names to files, with their texts; those in the folders are not among them."""
    packages: frozenset[str]
    """Packages whose files are needed."""
    start: str
    """The program that is started first."""

    def has(self, path: str) -> bool:
        """Whether an absolute path is among them."""
        return path in self.paths or self.in_folders(path)

    def in_folders(self, path: str) -> bool:
        """Whether an absolute path is one of the folders, or in one."""
        return any(path == folder or path.startswith(f"{folder}/") for folder in self.folders)

    @property
    def paths(self) -> frozenset[str]:
        """The files by their names and by their real paths."""
        return frozenset({*self.files, *self.files.values()})


def needed_by_start(view: ImageView, read: ReadHead, also: Iterable[str] = ()) -> Needed | None:
    """Return what entrypoint, command and health check need, None where they start nothing that is in the image.

    ``also`` are programs that are needed besides. The view has facts of ``OBSERVERS``.
    """
    walk = _Walk(view, read)
    config = view.config
    walk.command([*(config.entrypoint or ()), *(config.cmd or ())])
    if config.entrypoint and config.cmd:
        walk.command(config.cmd)  # what an entrypoint runs in the end, as most do
    start = next(iter(walk.files), None)
    if start is None:
        return None
    walk.command(healthcheck(view)[1])
    for path in also:
        walk.file(path)
    walk.folder(clean_path(config.working_dir))
    for path in _DATA:
        walk.file(path)
    for path in _DATA_FOLDERS:
        walk.folder(path)
    walk.finish()
    index = view.derived(owners)
    names = (index.system(real) for real in dict.fromkeys((*walk.files.values(), *_within(view, walk.folders))))
    return Needed(
        files={f"/{path}": f"/{real}" for path, real in sorted(walk.files.items())},
        links={f"/{path}": text for path, text in sorted(walk.links.items()) if not walk.covers(path)},
        folders=tuple(f"/{folder}" for folder in walk.whole_folders()),
        packages=frozenset(package.record.name for package in names if package is not None),
        start=f"/{start}",
    )


def _within(view: ImageView, folders: Iterable[ImagePath]) -> Iterator[ImagePath]:
    pending = list(folders)
    while pending:
        for node in view.children(pending.pop()):
            yield node.path
            if node.entry.kind is EntryKind.DIRECTORY:
                pending.append(node.path)


class _Walk:
    """What is known to be needed; each file is looked at once."""

    def __init__(self, view: ImageView, read: ReadHead) -> None:
        self.files: dict[ImagePath, ImagePath] = {}
        self.folders: dict[ImagePath, None] = {}
        self.links: dict[ImagePath, str] = {}
        self._view = view
        self._read = read
        self._elves = view.derived(elf_files)
        self._loader = Loader(view, self._elves)
        self._looked: set[ImagePath] = set()

    def command(self, words: Sequence[str]) -> None:
        """Add what a command in exec form starts, and the files and folders that its arguments name."""
        for name in started_by(words):
            self._program(name)
        for word in words:
            self._argument(word)

    def file(self, path: str) -> None:
        """Add the file at a path, symlinks followed, with what it needs; a folder or nothing adds nothing."""
        node = self._view.stat(path)
        name = clean_path(path)
        if node is None or node.kind is not EntryKind.FILE or len(self.files) >= _MAX_FILES:
            return
        self.files.setdefault(name, node.path)
        self._follow(name)
        if node.path not in self._looked:
            self._looked.add(node.path)
            self._needs_of(name, node)

    def folder(self, path: str) -> None:
        """Add a folder with all that is in it, unless it is one of the system's."""
        node = self._view.stat(path)
        if node is None or node.kind is not EntryKind.DIRECTORY or is_of_system(node.path):
            return
        self.folders.setdefault(node.path)
        self._follow(clean_path(path))

    def finish(self) -> None:
        """Add what the files in folders need: libraries, and what symlinks lead to."""
        done: set[ImagePath] = set()
        while len(done) < len(self.folders):
            folder = next(name for name in self.folders if name not in done)
            done.add(folder)
            for path in _within(self._view, [folder]):
                node = self._view.stat(path, follow=False)
                if node is None:
                    continue
                if node.kind is EntryKind.SYMLINK:
                    self._link(path)
                elif path in self._elves.by_path:
                    self._libraries(path)

    def covers(self, path: ImagePath) -> bool:
        """Whether a folder has it."""
        return any(path.startswith(f"{folder}/") for folder in self.folders)

    def whole_folders(self) -> list[ImagePath]:
        """Return the folders without those in others of them."""
        listed = sorted(self.folders)
        return [name for name in listed if not any(name.startswith(f"{other}/") for other in listed)]

    def _program(self, name: str) -> None:
        if "$" in name or not name or name in _BUILTINS or name.startswith("service:"):
            return
        if "/" in name:
            self.file(name if name.startswith("/") else f"{self._view.config.working_dir}/{name}")
            return
        for folder in search_path(self._view):
            node = self._view.stat(f"{folder}/{name}")
            if node is not None and node.kind is EntryKind.FILE and node.entry.mode & 0o111:
                self.file(f"{folder}/{name}")
                return

    def _argument(self, word: str) -> None:
        """Add what an argument names: a path, or one behind an equals sign; for a script also the folder it is in."""
        path = word.rpartition("=")[2] if word.startswith("-") else word
        if "$" in path or not path:
            return
        whole = path if path.startswith("/") else f"{self._view.config.working_dir}/{path}"
        node = self._view.stat(whole)
        if node is None or ("/" not in path and is_of_system(clean_path(self._view.config.working_dir))):
            return
        if node.kind is EntryKind.FILE:
            self.file(whole)
            if not node.entry.mode & 0o111 or "." in base_name(node.path):
                self.folder(parent_of(node.path))
        else:
            self.folder(whole)

    def _needs_of(self, path: ImagePath, node: Node) -> None:
        if node.path in self._elves.by_path:
            self._libraries(node.path)
            if node.entry.mode & 0o111 and ".so" not in base_name(node.path):
                for folder in folders_of(self._view, path, node.path):
                    self.folder(folder)
            return
        head = self._read(node.path)
        shebang = parse_shebang(head)
        if shebang is None:
            return
        self.file(shebang.interpreter)
        program = shebang.program()
        if program != shebang.interpreter:
            self._program(program)
        if base_name(program) in BOURNE_SHELLS:
            self._script(head[:MAX_BYTES].decode("utf-8", "surrogateescape"))
        else:
            self.folder(parent_of(node.path))

    def _script(self, text: str) -> None:
        for words in script_commands(text):
            for name in started_by(words):
                self._program(name)
            for word in words[1:]:
                if word.startswith("/"):
                    self._argument(word)

    def _libraries(self, path: ImagePath) -> None:
        """Add an ELF file's loader and libraries, each under the name that it is looked for by."""
        user = self._elves.by_path[path]
        self._looked.add(path)
        if user.elf.interpreter:
            self.file(user.elf.interpreter)
        for name, real in self._loader.libraries_of(user).items():
            if real:
                known_by = f"{parent_of(real)}/{base_name(name)}"
                self.file(known_by if self._view.resolve(known_by) == real else real)
        if _GLIBC in user.elf.needed:
            located = self._loader.libraries_of(user).get(_GLIBC)
            for name in _LOADED_BY_NAME if located else ():
                self.file(f"{parent_of(located or '')}/{name}")

    def _follow(self, path: ImagePath) -> None:
        """Add the symlinks on the way to a file that is there."""
        at, parts = "", path.split("/")
        for _ in range(_MAX_PARTS):
            if not parts:
                return
            part = parts.pop(0)
            if part in ("", "."):
                continue
            if part == "..":
                at = parent_of(at)
                continue
            name = f"{at}/{part}".lstrip("/")
            text = self._view.readlink(name)
            if text is None:
                at = name
                continue
            self.links[name] = text
            parts = [*text.split("/"), *parts]
            at = "" if text.startswith("/") else at

    def _link(self, path: ImagePath) -> None:
        """Add what a symlink in a folder leads to, under the name that it has in the link."""
        target = self._view.readlink(path) or ""
        self.file(target if target.startswith("/") else f"{parent_of(path)}/{target}")
