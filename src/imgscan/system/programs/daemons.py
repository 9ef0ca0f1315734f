"""What an image starts: followed from its command through scripts to daemons, and what supervisors are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from imgscan.formats.path import base_name
from imgscan.model.entry import EntryKind
from imgscan.rootfs.view import ImageView
from imgscan.shell.called import started_by
from imgscan.system.file_items import absolute
from imgscan.system.programs.names import INITS

_MAX_LOOKS = 2000


class Status(IntEnum):
    """How sure it is that a program runs: it is only there, a supervisor is told to start it, the command does."""

    PRESENT = 0
    ENABLED = 1
    STARTED = 2


class Start(NamedTuple):
    """That something starts a program: how sure, and the evidence in words."""

    status: Status
    evidence: str


class Starts:
    """What is started, by the last component of the program's path."""

    def __init__(self) -> None:
        self._found: dict[str, list[Start]] = {}
        self.names: set[str] = set()

    def add(self, name: str, start: Start) -> None:
        """Note one start."""
        known = self._found.setdefault(base_name(name), [])
        if start not in known:
            known.append(start)
        self.names.add(base_name(name))

    def of(self, names: set[str]) -> tuple[Status, list[str]]:
        """Return the surest status of a program of these names, and all evidence for that status."""
        result = [start for name in sorted(names) for start in self._found.get(name, ())]
        status = max((start.status for start in result), default=Status.PRESENT)
        return status, list(dict.fromkeys(start.evidence for start in result if start.status == status))


class Finder:
    """Follows commands through an image; ``scripts`` says what each file starts."""

    def __init__(self, view: ImageView, scripts: Mapping[str, Sequence[str]], folders: tuple[str, ...]) -> None:
        self._view = view
        self._scripts = scripts
        self._folders = folders
        self._left = _MAX_LOOKS

    def find(self) -> Starts:
        """Return what the image starts."""
        starts = Starts()
        config = self._view.config
        for label, words in (("Entrypoint", config.entrypoint), ("Cmd", config.cmd)):
            if words:
                evidence = f"{label} {' '.join(words)}"[:200]
                for name in started_by(words):
                    self._follow(name, Start(Status.STARTED, evidence), starts, set())
        inits = starts.names & INITS
        for kind, unit, names in self._units():
            sure = Status.STARTED if inits & kind else Status.ENABLED
            for name in names:
                self._follow(name, Start(sure, f"enabled by {absolute(unit)}"), starts, set())
        return starts

    def _follow(self, name: str, start: Start, starts: Starts, seen: set[str]) -> None:
        """Note that ``name`` is started, and all that it starts in turn if it is a script."""
        pending = [name]
        while pending and self._left > 0:
            self._left -= 1
            word = pending.pop()
            if word.startswith("service:"):
                pending += self._service(word.partition(":")[2])
                continue
            starts.add(word, start)
            real = self._program(word)
            if real is None or real in seen:
                continue
            seen.add(real)
            starts.add(real, start)
            pending += self._scripts.get(real, ())

    def _service(self, name: str) -> list[str]:
        """Return what a service that is started by name starts."""
        result = [self._view.resolve(f"/etc/init.d/{name}")]
        result += [self._view.resolve(f"/{folder}/{name}.service") for folder in _UNIT_FOLDERS]
        return [word for path in result if path is not None for word in self._scripts.get(path, ())]

    def _program(self, word: str) -> str | None:
        """Return the real path of a program as the container's first process would find it."""
        if "/" in word:
            base = "" if word.startswith("/") else self._view.config.working_dir
            return self._view.resolve(f"{base}/{word}")
        result = (self._view.resolve(f"{folder}/{word}") for folder in self._folders)
        return next((path for path in result if path is not None), None)

    # What supervisors are told

    def _units(self) -> Iterator[tuple[frozenset[str], str, Sequence[str]]]:
        """Yield for each enabled unit: the supervisors that would start it, its path, what it starts."""
        yield from self._systemd()
        yield from self._linked("etc/runlevels", _OPENRC)
        for level in "2345S":
            for path in self._children(f"etc/rc{level}.d"):
                if base_name(path).startswith("S"):
                    yield _SYSV, path, self._starts(path)
        for folder in _RUN_FOLDERS:
            for path in self._children(folder):
                if f"{path}/down" not in self._view:  # otherwise it waits to be started by hand
                    yield _RUNNERS, path, self._starts(f"{path}/run")
        given = self._given()
        for path, names in self._scripts.items():
            settings = path.endswith((".conf", ".ini")) and (not given or path in given)
            if settings or path.startswith("etc/supervisor"):
                yield _SUPERVISORD, path, names
            elif path == "etc/inittab":
                yield _SYSV, path, names

    def _given(self) -> frozenset[str]:
        """Return the settings that the image's command hands to a supervisor (``supervisord -c FILE``)."""
        config = self._view.config
        words = " ".join([*(config.entrypoint or ()), *(config.cmd or ())]).replace("=", " ").split()
        named = [name for option, name in pairwise(words) if option in ("-c", "--configuration")]
        base = config.working_dir
        result = (self._view.resolve(name if name.startswith("/") else f"{base}/{name}") for name in named)
        return frozenset(path for path in result if path is not None)

    def _systemd(self) -> Iterator[tuple[frozenset[str], str, Sequence[str]]]:
        for folder in _UNIT_FOLDERS:
            for group in self._children(folder):
                if group.endswith((".wants", ".requires")):
                    for path in self._children(group):
                        yield _SYSTEMD, path, self._starts(path)

    def _linked(self, folder: str, kind: frozenset[str]) -> Iterator[tuple[frozenset[str], str, Sequence[str]]]:
        for group in self._children(folder):
            for path in self._children(group):
                yield kind, path, self._starts(path)

    def _starts(self, path: str) -> Sequence[str]:
        real = self._view.resolve(path)
        return self._scripts.get(real, ()) if real is not None else ()

    def _children(self, folder: str) -> list[str]:
        return [node.path for node in self._view.children(folder) if node.kind is not EntryKind.FIFO]


_UNIT_FOLDERS = ("etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system")
_RUN_FOLDERS = (
    "etc/services.d",
    "etc/s6-overlay/s6-rc.d",
    "etc/s6",
    "etc/service",
    "etc/runit/runsvdir/default",
    "var/service",
    "service",
    "run/service",
)
_SYSTEMD = frozenset({"systemd", "init"})
_OPENRC = frozenset({"openrc", "openrc-init", "openrc-run", "init"})
_SYSV = frozenset({"init", "sysvinit", "busybox-init", "finit"})
_RUNNERS = frozenset(
    {"s6-svscan", "s6-init", "s6-linux-init", "init", "runsvdir", "runsvdir-start", "runit", "runit-init"}
    | {"svscan", "svscanboot"}
)
_SUPERVISORD = frozenset({"supervisord"})
