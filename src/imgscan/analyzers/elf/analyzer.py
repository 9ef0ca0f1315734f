"""ELF files: how hardened they are, whether they can start, where they look for libraries, what is packed."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.elf.foreign import foreign_file, foreign_image
from imgscan.analyzers.elf.linked import linked_packages
from imgscan.analyzers.elf.properties import Judgement, property_faults
from imgscan.analyzers.elf.relations import missing_libraries, preloads
from imgscan.analyzers.elf.rules import ANALYZER, RULES
from imgscan.analyzers.elf.summary import summary_of
from imgscan.formats.path import base_name
from imgscan.model.finding import Finding, Item, State
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.accounts.files import AccountFiles
from imgscan.system.elf.files import ElfAt, ElfFiles, elf_files
from imgscan.system.elf.links import Links, elf_links
from imgscan.system.elf.machines import elf_machines
from imgscan.system.elf.observer import ElfContents
from imgscan.system.packages.files import PackageFiles


class Elf:
    """ELF files: hardening (PIE, NX, RELRO, canary, FORTIFY, CET, BTI), search paths, needs, packers.

    Files are known by their magic, wherever they stand and whatever mode they have. A property that cannot apply is
    N/A: Go and Rust need no stack canary, an object has no RELRO. Judged are insecure search paths, loaders and
    libraries that the image lacks, files for another machine, packed code, and missing protections of files that gain
    rights when run; the rest is counted, by language.
    """

    id = ANALYZER
    version = 1
    needs = (ElfContents, PackageFiles, AccountFiles)
    rules = RULES

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield findings on visible files, and the inventory's ``elf`` object."""
        files, links = view.derived(elf_files), view.derived(elf_links)
        rules: dict[int, list[str]] = {}
        for result, judgement in _judgements(view, files, links):
            rules.setdefault(result.fact.ref, []).append(judgement.rule)
            yield self._finding(result, judgement)
        for judgement in foreign_image(view.derived(elf_machines)):
            yield self._of_image(None, judgement)
        for location, judgement in preloads(view, files):
            yield self._of_image(location, judgement)
        if files.all:
            summary = summary_of(view, files.all, rules, links.loader.unchecked)
            linked = linked_packages(view, files.all, links.loader)
            yield Item("elf", {**summary, "linked": linked} if linked else summary)

    def _finding(self, subject: ElfAt, judgement: Judgement) -> Finding:
        elf = subject.elf
        identity = elf.build_id or f"{elf.machine} {elf.kind} {elf.soname or base_name(subject.path)}"
        return Finding(
            rule=judgement.rule,
            analyzer=self.id,
            severity=judgement.severity,
            message=judgement.message,
            path=subject.path,
            layer=subject.fact.layer,
            evidence={**judgement.evidence, "names": ["/" + name for name in subject.fact.names]},
            remediation=judgement.remediation,
            remedies=judgement.remedies,
            identity=f"{identity} {judgement.evidence.get('element', '')}",
        )

    def _of_image(self, location: LocatedFact | None, judgement: Judgement) -> Finding:
        return Finding(
            rule=judgement.rule,
            analyzer=self.id,
            severity=judgement.severity,
            message=judgement.message,
            path=location.names[0] if location else None,
            state=State.VISIBLE if location else State.CONFIG,
            layer=location.layer if location else None,
            evidence=judgement.evidence,
            remediation=judgement.remediation,
            remedies=judgement.remedies,
            identity=str(judgement.evidence.get("libraries", "")),
        )


def _judgements(view: ImageView, files: ElfFiles, links: Links) -> Iterator[tuple[ElfAt, Judgement]]:
    machines = view.derived(elf_machines)
    for result in files.all:
        judgements = [*property_faults(view, result, machines.is_foreign(result)), *foreign_file(machines, result)]
        for judgement in (*judgements, *missing_libraries(result, links)):
            yield result, judgement
