"""parse_elf(): one ELF file to its properties."""

from __future__ import annotations

from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.dynamic import DT_RPATH, DT_RUNPATH, DT_SONAME
from imgscan.formats.elf.file import PROGRAMS, STATIC, Answer, ElfFile, ElfKind
from imgscan.formats.elf.fortify import FORTIFIED
from imgscan.formats.elf.hardening import (
    canary_of,
    control_flow_of,
    fortify_of,
    has_writable_code,
    nx_of,
    pie_of,
    relro_of,
)
from imgscan.formats.elf.header import ET_CORE, ET_DYN, ET_EXEC, ET_REL, Header, parse_header
from imgscan.formats.elf.language import language_of
from imgscan.formats.elf.machines import machine_name
from imgscan.formats.elf.notes import parse_notes
from imgscan.formats.elf.packer import overlay_bytes, packer_of
from imgscan.formats.elf.purpose import entry_of, has_job_control, kind_of, starts_others
from imgscan.formats.elf.sections import Sections, parse_sections
from imgscan.formats.elf.tables import parse_tables

_UNLOADED = {ET_CORE: ElfKind.CORE, ET_EXEC: ElfKind.DEBUG, ET_DYN: ElfKind.DEBUG, ET_REL: ElfKind.OBJECT}


def parse_elf(content: ElfContent) -> ElfFile:
    """Return the properties of an ELF file.

    Raises:
        ElfError: it has no readable ELF header; damage further on is told in ``damaged``, and the rest holds.
    """
    header = parse_header(content)
    sections = parse_sections(content, header)
    # The segments of a separate debug file describe the other file, where the bytes are.
    if header.type in (ET_EXEC, ET_DYN) and not sections.only_debug:
        return _loaded(content, header, sections)
    kind = _UNLOADED.get(header.type, ElfKind.OTHER)
    if kind is ElfKind.OBJECT and sections.find(b".modinfo"):
        kind = ElfKind.KERNEL_MODULE
    notes = parse_notes(content, header, None, sections)
    return ElfFile(
        kind=kind,
        machine=machine_name(header.machine),
        bits=64 if header.layout.wide else 32,
        little=header.layout.little,
        build_id=notes.build_id,
        stripped=_stripped(sections) if kind is not ElfKind.CORE else Answer.NOT_APPLICABLE,
        debug=_has_debug(sections),
        damaged=tuple(content.damaged),
        unkept=content.unkept,
    )


def _loaded(content: ElfContent, header: Header, sections: Sections) -> ElfFile:
    """Return the properties of a program or a shared library."""
    tables = parse_tables(content, header, sections)
    dynamic, symbols, segments = tables.dynamic, tables.symbols, tables.segments
    kind = kind_of(tables)
    program = kind in PROGRAMS
    language = language_of(content, sections, dynamic.needed, symbols, tables.notes.go, kind in STATIC)
    overlay = overlay_bytes(content, header, segments, sections)
    texts = sections.find(b".rodata")
    starting = program and starts_others(kind, symbols, language)
    fortified = 0 if symbols is None else len(symbols.imported(FORTIFIED, b"_chk"))
    return ElfFile(
        kind=kind,
        machine=machine_name(header.machine),
        bits=64 if header.layout.wide else 32,
        little=header.layout.little,
        language=language,
        interpreter=tables.interpreter,
        needed=dynamic.needed,
        rpath=dynamic.text(DT_RPATH),
        runpath=dynamic.text(DT_RUNPATH),
        soname=dynamic.text(DT_SONAME),
        build_id=tables.notes.build_id,
        stripped=_stripped(sections),
        debug=_has_debug(sections),
        pie=pie_of(kind),
        nx=nx_of(tables),
        relro=relro_of(kind, tables, language),
        canary=canary_of(content, kind, tables, language),
        fortify=fortify_of(tables, fortified, language),
        fortified=fortified,
        rwx=has_writable_code(segments),
        textrel=dynamic.text_relocations,
        **control_flow_of(tables),
        packer=packer_of(content, header, segments, sections, overlay),
        overlay=overlay,
        starts_others=starting,
        job_control=starting and has_job_control(kind, symbols),
        texts=texts.offset if program and texts else 0,
        entry=entry_of(symbols) if program else None,
        damaged=tuple(content.damaged),
        unkept=content.unkept,
    )


def _stripped(sections: Sections) -> Answer:
    if not sections.known:
        return Answer.UNKNOWN
    return Answer.NO if sections.symtab else Answer.YES


def _has_debug(sections: Sections) -> bool:
    names = (b".debug_info", b".zdebug_info")
    return sections.mentions(b"debug_info") and any(sections.find(name) is not None for name in names)
