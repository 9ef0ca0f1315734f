"""The inventory of ELF files: a table of counts, and the files that were judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from imgscan.analyzers.elf.files import Found, plain_elf
from imgscan.analyzers.packages.owners import package_of
from imgscan.analyzers.places import item_of
from imgscan.formats.elf.file import LOADED, Answer
from imgscan.rootfs.view import ImageView

_PROPERTIES = ("pie", "nx", "relro", "canary", "fortify", "stripped", "ibt", "shstk", "bti", "pac")
_FLAGS = ("debug", "rwx", "textrel")


def summary_of(view: ImageView, files: Iterable[Found], judged: dict[int, list[str]], unchecked: int) -> dict[str, Any]:
    """Return the ``elf`` object of the inventory.

    ``files`` counts visible ELF files, ``kinds`` and ``machines`` by what they are; ``languages`` has for each
    language the number of programs and libraries, and of each property how many have which answer. ``judged`` lists
    the files with findings: their properties and the rules; ``needs_unchecked`` counts needs beyond the bound on
    looking for libraries. Of the arguments ``judged`` maps references to rules.
    """
    kinds: Counter[str] = Counter()
    machines: Counter[str] = Counter()
    languages: dict[str, _Table] = {}
    listed = []
    for found in files:
        kinds[found.elf.kind] += 1
        machines[f"{found.elf.machine} {found.elf.bits}"] += 1
        if found.elf.kind in LOADED:
            languages.setdefault(found.elf.language, _Table()).add(found)
        if found.fact.ref in judged:
            owner = package_of(view, found.path)
            rules = sorted(set(judged[found.fact.ref]))
            listed.append(item_of(found.fact, package=owner, **plain_elf(found.elf), rules=rules))
    return {
        "files": sum(kinds.values()),
        "kinds": dict(sorted(kinds.items())),
        "machines": dict(sorted(machines.items())),
        "languages": {name: table.shown() for name, table in sorted(languages.items())},
        "needs_unchecked": unchecked,
        "judged": sorted(listed, key=lambda item: str(item["path"])),
    }


class _Table:
    """The counts of one language."""

    def __init__(self) -> None:
        self._kinds: Counter[str] = Counter()
        self._answers: dict[str, Counter[str]] = {name: Counter() for name in (*_PROPERTIES, *_FLAGS)}

    def add(self, found: Found) -> None:
        elf = found.elf
        self._kinds["programs" if elf.is_program else "libraries"] += 1
        self._kinds["packed"] += elf.packer is not None
        for name in _PROPERTIES:
            self._answers[name][getattr(elf, name)] += 1
        for name in _FLAGS:
            self._answers[name][Answer.YES if getattr(elf, name) else Answer.NO] += 1

    def shown(self) -> dict[str, Any]:
        answers = {name: dict(sorted(counts.items())) for name, counts in self._answers.items()}
        return {key: self._kinds[key] for key in ("programs", "libraries", "packed")} | answers
