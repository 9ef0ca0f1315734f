"""ELF files: how hardened they are, whether they can start, where they look for libraries, what is packed."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.api import Content, Data, Interest
from imgscan.analyzers.elf.files import ANALYZER, ElfFiles, Found, elf_files, plain_elf
from imgscan.analyzers.elf.judge import Judgement, judge
from imgscan.analyzers.elf.links import Links, elf_links
from imgscan.analyzers.elf.machines import elf_machines
from imgscan.analyzers.elf.relations import missing_libraries, preloads
from imgscan.analyzers.elf.summary import summary_of
from imgscan.analyzers.elf_content import MAGIC, elf_in
from imgscan.analyzers.rules.elf import RULES
from imgscan.formats.elf.ldconf import cached_folders, parse_ld_conf, parse_musl_path, parse_preload
from imgscan.formats.elf.ranges import PREFIX_BYTES, elf_ranges
from imgscan.formats.path import base_name
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding, Item, State
from imgscan.rootfs.view import ImageView, PlacedFact

_MUSL_MACHINES = (
    "i386 x86_64 x32 aarch64 aarch64_be arm armeb armhf armebhf mips mipsel mips-sf mipsel-sf mips64 mips64el powerpc "
    "powerpc64 powerpc64le riscv32 riscv64 s390x loongarch64 or1k m68k"
).split()
_MUSL_PATHS = frozenset(f"etc/ld-musl-{name}.path" for name in _MUSL_MACHINES)
_CONF, _PRELOAD, _CACHE = "etc/ld.so.conf", "etc/ld.so.preload", "etc/ld.so.cache"
_SETTINGS = frozenset({_CONF, _PRELOAD, _CACHE, *_MUSL_PATHS})
_TEXT_BYTES = 64 * 1024


class Elf:
    """ELF files: hardening (PIE, NX, RELRO, canary, FORTIFY, CET, BTI), search paths, needs, packers.

    Files are known by their magic, wherever they stand and whatever mode they have. A property that cannot apply is
    N/A: Go and Rust need no stack canary, an object has no RELRO. Judged are insecure search paths, loaders and
    libraries that the image lacks, files for another machine, packed code, and missing protections of files that gain
    rights when run; the rest is counted, by language.
    """

    id = ANALYZER
    version = 1
    interest = Interest(
        magics=(MAGIC,),
        paths=_SETTINGS,
        globs=("etc/ld.so.conf.d/*",),
        max_content_bytes=PREFIX_BYTES,
        ranges=elf_ranges,
    )
    rules = RULES

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield the properties of an ELF file (``elf``, ``malformed`` without a readable header), or a setting.

        Settings, by the file's own keys: ``folders`` and ``includes``, ``cached``, ``preload``, ``musl``.
        """
        if content.view[:4] == MAGIC:
            elf = content.derived(elf_in)
            yield {"malformed": True} if elf is None else {"elf": plain_elf(elf)}
        elif entry.path in _SETTINGS or entry.path.startswith("etc/ld.so.conf.d/"):
            yield _setting(entry.path, content)

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield findings on visible files, and the inventory's ``elf`` object."""
        files, links = view.derived(elf_files), view.derived(elf_links)
        rules: dict[int, list[str]] = {}
        for found, judgement in _judgements(view, files, links):
            rules.setdefault(found.fact.ref, []).append(judgement.rule)
            yield self._finding(found, judgement)
        for judgement in view.derived(elf_machines).of_image():
            yield self._of_image(None, judgement)
        for place, judgement in preloads(view, files):
            yield self._of_image(place, judgement)
        if files.all:
            yield Item("elf", summary_of(view, files.all, rules, links.loader.unchecked))

    def _finding(self, found: Found, judgement: Judgement) -> Finding:
        elf = found.elf
        identity = elf.build_id or f"{elf.machine} {elf.kind} {elf.soname or base_name(found.path)}"
        return Finding(
            rule=judgement.rule,
            analyzer=self.id,
            severity=judgement.severity,
            message=judgement.message,
            path=found.path,
            layer=found.fact.layer,
            evidence={**judgement.evidence, "names": ["/" + name for name in found.fact.names]},
            remediation=judgement.remediation,
            remedies=judgement.remedies,
            identity=f"{identity} {judgement.evidence.get('element', '')}",
        )

    def _of_image(self, place: PlacedFact | None, judgement: Judgement) -> Finding:
        return Finding(
            rule=judgement.rule,
            analyzer=self.id,
            severity=judgement.severity,
            message=judgement.message,
            path=place.names[0] if place else None,
            state=State.VISIBLE if place else State.CONFIG,
            layer=place.layer if place else None,
            evidence=judgement.evidence,
            remediation=judgement.remediation,
            remedies=judgement.remedies,
            identity=str(judgement.evidence.get("libraries", "")),
        )


def _judgements(view: ImageView, files: ElfFiles, links: Links) -> Iterator[tuple[Found, Judgement]]:
    machines = view.derived(elf_machines)
    for found in files.all:
        judgements = [*judge(view, found, machines.is_foreign(found)), *machines.of_file(found)]
        for judgement in (*judgements, *missing_libraries(found, links)):
            yield found, judgement


def _setting(path: str, content: Content) -> Data:
    """Return what a loader's file says."""
    if path == _CACHE:
        return {"cached": list(cached_folders(content.data))}
    text = bytes(content.view[:_TEXT_BYTES]).decode("utf-8", "surrogateescape")
    if path == _PRELOAD:
        return {"preload": list(parse_preload(text))}
    if path in _MUSL_PATHS:
        return {"musl": list(parse_musl_path(text))}
    folders, includes = parse_ld_conf(text)
    return {"folders": list(folders), "includes": list(includes)}
