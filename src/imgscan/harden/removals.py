"""Which packages can go: those whose programs all go, where nothing that stays needs them, with what they alone needed.

What needs what is read from the package databases. The package manager goes last, and takes itself out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec

from imgscan.harden.plan import Command, Step
from imgscan.harden.subject import Subject
from imgscan.model.items import ElfItem, FileItem, PackageItem
from imgscan.model.remedy import Action

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,100}", re.ASCII)
_SECTIONS = (
    "shells",
    "interpreters",
    "package_managers",
    "network_tools",
    "debug_tools",
    "compilers",
    "container_tools",
    "daemons",
)
_COMPANION = re.compile(
    r"lib(?!nss).*|gcc-\d+-base|.*-(?:libs?|common|data|dev|devel|headers|static|docs?|dbg|keyring|keys)"
)
"""Names of what is installed for another package's sake: libraries, data, what programs are built with."""
_FOR_SCRIPTS = re.compile(r".*-(?:bin|tools|utils|progs|programs|runtime)|.*(?:python|perl|ruby|php|node|java|jre).*")
"""Names of what has programs or modules that scripts call by name: no database knows which."""
_READ_BY_NAME = re.compile(r"ca-certificates.*|tzdata.*")
"""Names of data that programs read without that any package needs it."""
_SH = frozenset({"/bin/sh", "/usr/bin/sh"})


class Manager(msgspec.Struct, frozen=True):
    """How packages of one type are taken out."""

    program: str
    """The manager itself, by its base name."""
    erase: str
    erase_itself: str
    forced: bool = False
    """Whether it goes although others need it: they do so to be installed, not to work."""
    keep: str = ""
    """What marks packages as wanted, where the manager by itself takes along what nothing else needs."""


_PURGE = "DEBIAN_FRONTEND=noninteractive dpkg --purge --force-remove-essential"
_MANAGERS = {
    "deb": Manager("dpkg", _PURGE, f"{_PURGE} --force-depends", forced=True),
    "apk": Manager("apk", "apk del --no-network", "apk del --no-network", keep="apk add --no-network"),
    "rpm": Manager("rpm", "rpm -e", "rpm -e"),
    "alpm": Manager("pacman", "pacman -R --noconfirm", "pacman -Rdd --noconfirm", forced=True),
}
_Needs = Mapping[str, frozenset[str]]


class Removal(msgspec.Struct, frozen=True):
    """Packages that go by one command, at one step."""

    step: Step
    command: str
    names: frozenset[str]


def programs_of_packages(subject: Subject) -> Iterator[tuple[FileItem, str]]:
    """Yield the programs that the inventory lists with the package that each is of."""
    for section in _SECTIONS:
        for item in subject.items(FileItem, section):
            if item.package is not None:
                yield item, item.package


def paths_of(item: FileItem) -> list[str]:
    """Return all paths of a file."""
    return [*item.names, item.path]


def removals_of(subject: Subject, commands: Iterable[Command], developing: Collection[str]) -> tuple[Removal, ...]:
    """Return what takes packages out, in order, for an image whose programs go by ``commands``.

    ``developing`` are packages that serve to build, of which there is no program.
    """
    gone = {path for item in commands if item.remedy.action is Action.REMOVE for path in item.paths}
    present = {item.path.rpartition("/")[2] for item in subject.items(FileItem, "package_managers")}
    result: list[Removal] = []
    for kind, manager in _MANAGERS.items():
        if manager.program in present:
            result += _Removing(subject, kind, gone, developing).removals()
    return tuple(sorted(result, key=lambda item: item.step))


def _closure(needs: _Needs, names: Iterable[str]) -> set[str]:
    """Return packages and all that they need, all the way."""
    result: set[str] = set()
    pending = list(names)
    for name in pending:  # grows while it is read
        if name not in result:
            result.add(name)
            pending += needs.get(name, ())
    return result


class _Removing:
    """The packages of one type, and which of them go."""

    def __init__(self, subject: Subject, kind: str, gone: Collection[str], developing: Collection[str]) -> None:
        self._manager = _MANAGERS[kind]
        self._programs: dict[str, list[FileItem]] = {}
        for file, package in programs_of_packages(subject):
            self._programs.setdefault(package, []).append(file)
        self._itself = self._with(lambda file: file.path.rpartition("/")[2] == self._manager.program)
        packages = [
            item for item in subject.items(PackageItem) if item.type in _MANAGERS and item.database == "visible"
        ]
        ignored = self._itself if self._manager.forced else frozenset[str]()
        self._needs = {item.name: frozenset(item.depends) - ignored for item in packages if item.type == kind}
        counts = Counter(item.name for item in packages)
        # Of a name that two packages have (of two architectures) it is not known which one is meant.
        fixed = {name for name, count in counts.items() if count > 1 or not _NAME.fullmatch(name)}
        # The last script of a build needs what runs it.
        fixed |= self._with(lambda file: not _SH.isdisjoint(paths_of(file)))
        linked = (subject.item(ElfItem) or ElfItem(files=0)).linked.keys()
        self._used = sorted(name for name in self._needs if name in linked or _READ_BY_NAME.fullmatch(name))
        self._staying = fixed | set(self._used)
        whole = self._with_all(lambda file: file.path in gone and not file.applets)
        wanted = (whole | (set(developing) - self._programs.keys())) & self._needs.keys()
        self._wanted = self._free(wanted | self._companions(wanted, whole))
        self._shells = {item.package for item in subject.items(FileItem, "shells")}
        self._managers = {item.package for item in subject.items(FileItem, "package_managers")}

    def removals(self) -> Iterator[Removal]:
        """Yield commands for tools, managers, shells and the manager itself, each with what it alone needed.

        None takes out what a later one still needs.
        """
        last = self._wanted & _closure(self._needs, self._wanted & self._itself)
        shells = self._wanted & _closure(self._needs, self._wanted & self._shells) - last
        managers = self._wanted & _closure(self._needs, self._wanted & self._managers) - shells - last
        tools = self._wanted - managers - shells - last
        keep = f"{self._manager.keep} {' '.join(self._used)} && " if self._manager.keep and self._used else ""
        for step, names, erase in (
            (Step.TOOLS, tools, self._manager.erase),
            (Step.MANAGERS, managers, self._manager.erase),
            (Step.MANAGERS, shells, self._manager.erase),  # after others, whose scripts they may have to run
            (Step.MANAGERS, last, self._manager.erase_itself),
        ):
            if names:
                # Debian's script of sudo refuses else, where root has no password.
                asked = "SUDO_FORCE_REMOVE=yes " if "sudo" in names and self._manager.forced else ""
                yield Removal(step, f"{keep}{asked}{erase} {' '.join(sorted(names))}", frozenset(names))
                keep = ""

    def _with(self, test: Callable[[FileItem], bool]) -> set[str]:
        """Return packages of which one program is such a one."""
        return {name for name, files in self._programs.items() if any(map(test, files))}

    def _with_all(self, test: Callable[[FileItem], bool]) -> set[str]:
        """Return packages of which all programs are such ones."""
        return {name for name, files in self._programs.items() if all(map(test, files))}

    def _free(self, wanted: set[str]) -> set[str]:
        """Return those of them that nothing needs that stays."""
        return wanted - _closure(self._needs, (self._needs.keys() - wanted) | self._staying)

    def _companions(self, wanted: Collection[str], whole: Collection[str]) -> set[str]:
        """Return what is there for what goes alone: its libraries and data, and names for programs that go."""
        if self._manager.keep:
            return set()
        needed = _closure(self._needs, wanted) - self._programs.keys() - set(wanted)
        return {
            name
            for name in needed
            if (_COMPANION.fullmatch(name) and not _FOR_SCRIPTS.fullmatch(name))
            or not self._needs[name].isdisjoint(whole)
        }
