"""The inventory of ELF files: a table of counts, and the files that were judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from operator import attrgetter

from imgscan.formats.elf.file import LOADED, Answer, ElfFile
from imgscan.rootfs.view import ImageView
from imgscan.system.elf.files import ElfAt
from imgscan.system.elf.observer import plain_elf
from imgscan.system.file_items import item_of
from imgscan.system.packages.owners import package_of

_PROPERTIES = ("pie", "nx", "relro", "canary", "fortify", "stripped", "ibt", "shstk", "bti", "pac")
_FLAGS = ("debug", "rwx", "textrel")


def summary_of(
    view: ImageView, files: Iterable[ElfAt], judged: dict[int, list[str]], unchecked: int
) -> dict[str, object]:
    """Return the ``elf`` object of the inventory.

    ``files`` counts visible ELF files, ``kinds`` and ``machines`` by what they are; ``languages`` has for each
    language the number of programs and libraries, and of each property how many have which answer. ``judged`` lists
    the files with findings: their properties and the rules; ``needs_unchecked`` counts needs beyond the bound on
    looking for libraries. Of the arguments ``judged`` maps references to rules.
    """
    kinds: Counter[str] = Counter()
    machines: Counter[str] = Counter()
    loaded: dict[str, list[ElfFile]] = {}
    listed = []
    for result in files:
        kinds[result.elf.kind] += 1
        machines[f"{result.elf.machine} {result.elf.bits}"] += 1
        if result.elf.kind in LOADED:
            loaded.setdefault(result.elf.language, []).append(result.elf)
        if result.fact.ref in judged:
            owner = package_of(view, result.path)
            rules = sorted(set(judged[result.fact.ref]))
            listed.append(item_of(result.fact, package=owner, **plain_elf(result.elf), rules=rules))
    return {
        "files": sum(kinds.values()),
        "kinds": dict(sorted(kinds.items())),
        "machines": dict(sorted(machines.items())),
        "languages": {name: _table(elves) for name, elves in sorted(loaded.items())},
        "needs_unchecked": unchecked,
        "judged": sorted(listed, key=lambda item: str(item["path"])),
    }


def _table(elves: Sequence[ElfFile]) -> dict[str, object]:
    """Return the counts of one language."""
    programs = sum(elf.is_program for elf in elves)
    table: dict[str, object] = {
        "programs": programs,
        "libraries": len(elves) - programs,
        "packed": sum(elf.packer is not None for elf in elves),
    }
    for name in _PROPERTIES:
        table[name] = dict(sorted(Counter(map(attrgetter(name), elves)).items()))
    for name in _FLAGS:
        flags = Counter(map(attrgetter(name), elves))
        answers = ((Answer.NO, flags[False]), (Answer.YES, flags[True]))
        table[name] = {answer: number for answer, number in answers if number}
    return table
