"""The visible ELF files of an image, and what its loaders are told, out of the facts."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from imgscan.formats.elf.file import ElfFile
from imgscan.formats.path import parent_of
from imgscan.model.entry import ImagePath
from imgscan.rootfs.view import ImageView, LocatedFact, Node
from imgscan.system.elf.observer import ElfContents, ElfFact, LoaderSettings

_MAX_ORIGINS = 4
_XATTR = "security.capability"


class ElfAt(msgspec.Struct, frozen=True):
    """One visible ELF file: its properties and its place."""

    elf: ElfFile
    fact: LocatedFact[ElfFact]

    @property
    def path(self) -> ImagePath:
        """The first of its names."""
        return self.fact.names[0]

    @property
    def origins(self) -> tuple[ImagePath, ...]:
        """The directories it stands in, a few at most: what ``$ORIGIN`` stands for."""
        return tuple(dict.fromkeys(parent_of(path) for path in self.fact.names[:_MAX_ORIGINS]))

    @property
    def privileged(self) -> str:
        """How it gains rights when run: ``SUID``, ``SGID``, ``file capabilities``; empty for most files."""
        mode = self.fact.entry.mode
        words = [word for bit, word in ((0o4000, "SUID"), (0o2000, "SGID")) if mode & bit and mode & 0o111]
        words += ["file capabilities"] * (_XATTR in (self.fact.entry.xattrs or {}))
        return " and ".join(words)


class ElfFiles:
    """All visible ELF files, by path too, and the loader's settings by path."""

    def __init__(self, facts: Iterator[LocatedFact[ElfFact]]) -> None:
        self.all: list[ElfAt] = []
        self.by_path: dict[ImagePath, ElfAt] = {}
        self.settings: dict[ImagePath, LocatedFact[ElfFact]] = {}
        known: set[ImagePath] = set()
        for fact in facts:
            if fact.names[0] in known:
                continue  # another hardlink of a file whose names are all known
            known.add(fact.names[0])
            data = fact.data
            if data.loader is not None:
                self.settings.update(dict.fromkeys((fact.path, *fact.names), fact))
            elif data.elf is not None:
                result = ElfAt(data.elf, fact)
                self.all.append(result)
                self.by_path.update(dict.fromkeys(fact.names, result))

    def loaders(self) -> Iterator[LoaderSettings]:
        """Yield what each file configures of a loader, once a name."""
        return (fact.data.loader for fact in self.settings.values() if fact.data.loader is not None)

    def setting(self, view: ImageView, path: str) -> tuple[LocatedFact[ElfFact], LoaderSettings] | None:
        """Return what the loader's file at ``path`` configures, and where that stands."""
        real = view.resolve(path)
        fact = None if real is None else self.settings.get(real)
        return (fact, fact.data.loader) if fact is not None and fact.data.loader is not None else None


def is_malformed(view: ImageView, node: Node) -> bool:
    """Whether a file begins as an ELF file and cannot be read as one."""
    return any(fact.elf is None and fact.loader is None for fact in view.facts_on(ElfContents, node.inode))


def elf_files(view: ImageView) -> ElfFiles:
    """Return the ELF files of an image; call it through ``view.derived``."""
    return ElfFiles(view.visible(ElfContents))
