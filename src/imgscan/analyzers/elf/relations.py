"""What is wrong between files: libraries that are not there, libraries forced on all."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from imgscan.analyzers.elf.properties import Judgement
from imgscan.formats.path import base_name
from imgscan.model.finding import Severity
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.elf.files import ElfAt, ElfFiles
from imgscan.system.elf.links import Links

_PRELOAD = "/etc/ld.so.preload"


def missing_libraries(subject: ElfAt, links: Links) -> Iterator[Judgement]:
    """Yield the libraries that a file needs and its loader does not find.

    A program that lacks one cannot start, unless something sets a search path first: then the library stands
    elsewhere in the image. A library may be a plugin of a program that has loaded what it needs already, under a path
    of its own; so it is told only when nothing of that name is in the image, and ranks low.
    """
    lack = links.lack(subject)
    if lack is None or (not subject.elf.is_program and not lack.nowhere):
        return
    evidence: dict[str, Any] = {"missing": lack.missing, "nowhere": lack.nowhere, "elsewhere": lack.elsewhere}
    if lack.through:
        evidence["through"] = lack.through
    description = lack.nowhere or lack.missing
    names = ", ".join(f"{name} (for {lack.through[name]})" if name in lack.through else name for name in description)
    remedy = ""
    if not subject.elf.is_program:
        own_names = {base_name(subject.path), subject.elf.soname or base_name(subject.path)}
        severity = Severity.INFO if links.needs.by_programs.isdisjoint(own_names) else Severity.LOW
        message = f"cannot be loaded: it needs {names}, not in the image"
    elif lack.nowhere:
        severity, message = Severity.MEDIUM, f"cannot start: it needs {names}, not in the image"
    else:
        severity, message = Severity.LOW, f"needs {names}, in the image but not where its loader looks"
        folders = sorted({shlex.quote(path.rpartition("/")[0]) for path in lack.elsewhere.values()})
        remedy = f"RUN printf '%s\\n' {' '.join(folders)} > /etc/ld.so.conf.d/local.conf && ldconfig"
    yield Judgement("elf.missing-library", severity, message, evidence, remedy)


def preloads(view: ImageView, files: ElfFiles) -> Iterator[tuple[LocatedFact | None, Judgement]]:
    """Yield the libraries that are forced into every process, by the loader's file or by the environment."""
    result = files.setting(view, _PRELOAD)
    if result is not None and result[1].preload:
        location, names = result[0], result[1].preload
        message = f"every dynamic program, SUID ones too, loads {', '.join(names)} first"
        evidence = {"libraries": list(names)}
        yield location, Judgement("elf.preload", Severity.MEDIUM, message, evidence, f"RUN rm {_PRELOAD}")
    for value in view.config.env:
        if value.startswith("LD_PRELOAD=") and (text := value.partition("=")[2].strip()):
            message = f"the environment makes every dynamic program load {text} first"
            yield (
                None,
                Judgement("elf.preload", Severity.LOW, message, {"libraries": text.replace(":", " ").split()}, ""),
            )
