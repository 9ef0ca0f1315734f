"""What is wrong between files: libraries that are not there, machines that do not fit, libraries forced on all."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from imgscan.analyzers.elf.files import ElfFiles, Found
from imgscan.analyzers.elf.judge import Judgement, raised
from imgscan.analyzers.elf.search import Loader
from imgscan.analyzers.places import absolute
from imgscan.formats.elf.file import LOADED, ElfFile, Kind
from imgscan.formats.elf.machines import runs_on
from imgscan.formats.path import base_name
from imgscan.model.entry import ImagePath
from imgscan.model.finding import Severity
from imgscan.rootfs.view import ImageView, PlacedFact

_PRELOAD = "/etc/ld.so.preload"


class Needs:
    """Which names may be loaded already when a library is, by which file, and which libraries programs need."""

    def __init__(self, files: ElfFiles) -> None:
        self.offered: dict[str, ImagePath] = {}
        libraries: dict[str, list[ElfFile]] = {}
        for path, elf in files.by_path.items():
            for name in {base_name(path), elf.soname or base_name(path)}:
                self.offered.setdefault(name, path)
                libraries.setdefault(name, []).append(elf)
        pending = [name for elf in files.by_path.values() if elf.is_program for name in elf.needed]
        self.by_programs: set[str] = set()
        while pending:
            name = pending.pop()
            if name not in self.by_programs:
                self.by_programs.add(name)
                pending += [other for elf in libraries.get(name, ()) for other in elf.needed]


def missing_libraries(found: Found, loader: Loader, needs: Needs) -> Iterator[Judgement]:
    """Yield the libraries that a file needs and its loader does not find.

    A program that lacks one cannot start, unless something sets a search path first: then the library stands
    elsewhere in the image. A library may be a plugin of a program that has loaded what it needs already, under a path
    of its own; so it is told only when nothing of that name is in the image, and ranks low.
    """
    missing = loader.missing(found)
    nowhere = [name for name in missing if base_name(name) not in needs.offered]
    if not missing or (not found.elf.is_program and not nowhere):
        return
    elsewhere = {name: absolute(needs.offered[name]) for name in map(base_name, missing) if name in needs.offered}
    evidence = {"missing": missing, "nowhere": nowhere, "elsewhere": elsewhere}
    names = ", ".join(nowhere or missing)
    remedy = ""
    if not found.elf.is_program:
        own = {base_name(found.path), found.elf.soname or base_name(found.path)}
        severity = Severity.INFO if needs.by_programs.isdisjoint(own) else Severity.LOW
        message = f"cannot be loaded: it needs {names}, not in the image"
    elif nowhere:
        severity, message = Severity.MEDIUM, f"cannot start: it needs {names}, not in the image"
    else:
        severity, message = Severity.LOW, f"needs {names}, in the image but not where its loader looks"
        folders = sorted({shlex.quote(path.rpartition("/")[0]) for path in elsewhere.values()})
        remedy = f"RUN printf '%s\\n' {' '.join(folders)} > /etc/ld.so.conf.d/local.conf && ldconfig"
    yield Judgement("elf.missing-library", severity, message, evidence, remedy)


class Machines:
    """Files for another machine than the config names."""

    def __init__(self, view: ImageView, files: ElfFiles) -> None:
        self.architecture = view.config.architecture if view.config.present else ""
        fits = [(item, self._fits(item)) for item in files.all if item.elf.kind in LOADED] if self.architecture else []
        self._checked = sum(answer is not None for _, answer in fits)
        self.foreign = [item for item, answer in fits if answer is False]
        self._refs = {item.fact.ref for item in self.foreign}

    def _fits(self, item: Found) -> bool | None:
        return runs_on(self.architecture, item.elf.machine, item.elf.bits, item.elf.little)

    @property
    def wrong_config(self) -> bool:
        """Whether it is the config that does not fit: most programs are for another machine."""
        return 2 * len(self.foreign) > self._checked

    def of_image(self) -> Iterator[Judgement]:
        """Yield one finding on the image whose config does not fit its files."""
        if not self.wrong_config:
            return
        number, machine = len(self.foreign), self.foreign[0].elf.machine
        message = f"the config says {self.architecture}, but {number} of {self._checked} ELF files are for others"
        evidence = {
            "architecture": self.architecture,
            "files": number,
            "example": f"{self.foreign[0].path} ({machine})",
        }
        yield Judgement("elf.foreign-machine", Severity.HIGH, message, evidence, "")

    def is_foreign(self, found: Found) -> bool:
        """Whether a file does not run on the config's architecture, while most others do."""
        return found.fact.ref in self._refs and not self.wrong_config

    def of_file(self, found: Found) -> Iterator[Judgement]:
        """Yield a finding on a file that does not run on the config's architecture, in an image that does."""
        if not self.is_foreign(found):
            return
        severity = Severity.LOW if found.elf.is_program else Severity.INFO
        message = f"is for {found.elf.machine}, {found.elf.bits} bits, and the image for {self.architecture}"
        evidence = {"machine": found.elf.machine, "bits": found.elf.bits, "architecture": self.architecture}
        yield Judgement("elf.foreign-machine", raised(severity, found.privileged), message, evidence, "")


def preloads(view: ImageView, files: ElfFiles) -> Iterator[tuple[PlacedFact | None, Judgement]]:
    """Yield the libraries that are forced into every process, by the loader's file or by the environment."""
    place = files.setting(view, _PRELOAD)
    names = place.data.get("preload", []) if place is not None else []
    if names:
        message = f"every dynamic program, SUID ones too, loads {', '.join(names)} first"
        evidence = {"libraries": list(names)}
        yield place, Judgement("elf.preload", Severity.MEDIUM, message, evidence, f"RUN rm {_PRELOAD}")
    for value in view.config.env:
        if value.startswith("LD_PRELOAD=") and (text := value.partition("=")[2].strip()):
            message = f"the environment makes every dynamic program load {text} first"
            yield (
                None,
                Judgement("elf.preload", Severity.LOW, message, {"libraries": text.replace(":", " ").split()}, ""),
            )


def is_loadable(found: Found) -> bool:
    """Whether a loader will look for what the file needs."""
    return found.elf.kind in LOADED and found.elf.kind not in (Kind.STATIC, Kind.STATIC_PIE)
