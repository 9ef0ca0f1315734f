"""ELF files and the settings of their loaders, read in each layer."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from imgscan.formats.elf.file import ElfFile
from imgscan.formats.elf.ldconf import cached_folders, parse_ld_conf, parse_musl_path, parse_preload
from imgscan.formats.elf.ranges import PREFIX_BYTES, elf_ranges
from imgscan.model.entry import Entry
from imgscan.model.interest import Interest, Links
from imgscan.model.observed import Content
from imgscan.system.elf.content import MAGIC, elf_in

_MUSL_MACHINES = (
    "i386 x86_64 x32 aarch64 aarch64_be arm armeb armhf armebhf mips mipsel mips-sf mipsel-sf mips64 mips64el powerpc "
    "powerpc64 powerpc64le riscv32 riscv64 s390x loongarch64 or1k m68k"
).split()
_MUSL_PATHS = frozenset(f"etc/ld-musl-{name}.path" for name in _MUSL_MACHINES)
_CONF, _PRELOAD, _CACHE = "etc/ld.so.conf", "etc/ld.so.preload", "etc/ld.so.cache"
_SETTINGS = frozenset({_CONF, _PRELOAD, _CACHE, *_MUSL_PATHS})
_TEXT_BYTES = 64 * 1024


def plain_elf(elf: ElfFile) -> dict[str, object]:
    """Return an ELF file's properties as plain values, those with their default left out."""
    data: dict[str, object] = msgspec.to_builtins(elf)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in data.items()}


def read_as(path: str) -> str | None:
    """Return which setting of a loader a path is, None for another file."""
    if path in _MUSL_PATHS or path in _SETTINGS:
        return path
    return "etc/ld.so.conf.d/" if path.startswith("etc/ld.so.conf.d/") else None


class LoaderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What one file configures of a loader."""

    folders: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    cached: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    musl: tuple[str, ...] = ()


class ElfFact(msgspec.Struct, frozen=True):
    """One file: an ELF file, or settings of a loader; with neither it only begins like an ELF file."""

    elf: ElfFile | None = None
    loader: LoaderSettings | None = None


class ElfContents:
    """Observes ELF files, wherever they stand and whatever mode they have, and what their loaders are configured by."""

    id = "elf"
    version = 2
    fact = ElfFact
    interest = Interest(
        links=Links(read_as, ("etc", "etc/ld.so.conf.d")),
        magics=(MAGIC,),
        paths=_SETTINGS,
        globs=("etc/ld.so.conf.d/*",),
        max_content_bytes=PREFIX_BYTES,
        ranges=elf_ranges,
    )

    def observe(self, entry: Entry, content: Content) -> Iterator[ElfFact]:
        """Yield the properties of an ELF file, or what a file configures of a loader."""
        if content.view[:4] == MAGIC:
            yield ElfFact(content.derived(elf_in))
        elif entry.path in _SETTINGS or entry.path.startswith("etc/ld.so.conf.d/"):
            yield ElfFact(loader=_settings(entry.path, content))


def _settings(path: str, content: Content) -> LoaderSettings:
    """Return what a loader's file says."""
    if path == _CACHE:
        return LoaderSettings(cached=tuple(cached_folders(content.data)))
    text = bytes(content.view[:_TEXT_BYTES]).decode("utf-8", "surrogateescape")
    if path == _PRELOAD:
        return LoaderSettings(preload=tuple(parse_preload(text)))
    if path in _MUSL_PATHS:
        return LoaderSettings(musl=tuple(parse_musl_path(text)))
    folders, includes = parse_ld_conf(text)
    return LoaderSettings(folders=tuple(folders), includes=tuple(includes))
