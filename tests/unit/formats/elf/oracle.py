"""The same properties, taken from a file with pyelftools: written apart from the parser, from the rules alone."""

from __future__ import annotations

import io
import re
from typing import Any

from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import NoteSection, StringTableSection, SymbolTableSection

from imgscan.formats.elf.file import ElfFile
from imgscan.formats.elf.fortify import FORTIFIED

CANARIES = {"__stack_chk_fail", "__stack_chk_guard", "__intel_security_cookie"}
_CHECKED = re.compile(r"__\w+_chk")
_LATIN = "latin-1"


def described(data: bytes) -> dict[str, Any]:
    """Return properties by the names of ``ElfFile``; answers as yes or no without N/A."""
    elf = ELFFile(io.BytesIO(data))
    segments = list(elf.iter_segments())
    sections = list(elf.iter_sections())
    loads = [segment for segment in segments if segment["p_type"] == "PT_LOAD"]
    dynamic = next((segment for segment in segments if isinstance(segment, DynamicSegment)), None)
    tags = [] if dynamic is None else list(dynamic.iter_tags())
    values: dict[str, int] = {tag["d_tag"]: tag["d_val"] for tag in tags}
    symbols = _dynamic_symbols(elf, sections, values)
    imports = {symbol.name for symbol in symbols if symbol["st_shndx"] == "SHN_UNDEF"}
    names = {symbol.name for symbol in symbols}
    stack = next((segment for segment in segments if segment["p_type"] == "PT_GNU_STACK"), None)
    relro = any(segment["p_type"] == "PT_GNU_RELRO" for segment in segments)
    flags, flags_1 = values.get("DT_FLAGS", 0), values.get("DT_FLAGS_1", 0)
    now = "DT_BIND_NOW" in values or bool(flags & 8) or bool(flags_1 & 1)
    interpreter = next((item for item in segments if item["p_type"] == "PT_INTERP"), None)
    features = _features(elf, segments)
    return {
        "type": elf["e_type"],
        "machine": elf["e_machine"],
        "bits": elf.elfclass,
        "little": elf.little_endian,
        "interpreter": None if interpreter is None else _text(data, interpreter["p_offset"]),
        "needed": tuple(_string(data, loads, values, tag["d_val"]) for tag in tags if tag["d_tag"] == "DT_NEEDED"),
        "rpath": _named(data, loads, values, "DT_RPATH"),
        "runpath": _named(data, loads, values, "DT_RUNPATH"),
        "soname": _named(data, loads, values, "DT_SONAME"),
        "build_id": _build_id(elf, segments, sections),
        "stripped": not any(section["sh_type"] == "SHT_SYMTAB" for section in sections),
        "debug": any(section.name in (".debug_info", ".zdebug_info") for section in sections),
        "stack": None if stack is None else bool(stack["p_flags"] & 1),
        "relro": "none" if not relro else "full" if now else "partial",
        "canary": bool(names & CANARIES),
        "symtab_canary": "__stack_chk_fail" in _symtab_names(sections),
        "fortified": len({name for name in imports if _CHECKED.fullmatch(name)}),
        "imports": imports,
        "rwx": any(segment["p_flags"] & 3 == 3 for segment in loads),
        "textrel": "DT_TEXTREL" in values or bool(flags & 4),
        "pie_flag": bool(flags_1 & 0x08000000),
        "debug_tag": "DT_DEBUG" in values,
        "first": bool(features & 1),
        "second": bool(features & 2),
        "only_debug": any(s["sh_type"] == "SHT_NOBITS" and s["sh_flags"] & 6 == 6 for s in sections),
        "modinfo": any(section.name == ".modinfo" for section in sections),
        "go": any(section.name in (".go.buildinfo", ".note.go.buildid", ".gopclntab") for section in sections),
    }


def _offset(loads: list[Any], address: int) -> int | None:
    for load in loads:
        if load["p_vaddr"] <= address < load["p_vaddr"] + load["p_filesz"]:
            return int(address - load["p_vaddr"] + load["p_offset"])
    return None


def _string(data: bytes, loads: list[Any], values: dict[str, int], place: int) -> str:
    start = _offset(loads, values["DT_STRTAB"])
    return "" if start is None else _text(data, start + place)


def _text(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode("utf-8", "surrogateescape")


def _named(data: bytes, loads: list[Any], values: dict[str, int], tag: str) -> str | None:
    return _string(data, loads, values, values[tag]) if tag in values else None


def _dynamic_symbols(elf: Any, sections: list[Any], values: dict[str, int]) -> list[Any]:
    """Return the symbols of the dynamic symbol table: by its section, or where there is none by the segment."""
    for section in sections:
        if isinstance(section, SymbolTableSection) and section["sh_type"] == "SHT_DYNSYM":
            return list(section.iter_symbols())
    if "DT_SYMTAB" not in values:
        return []
    segment = next(item for item in elf.iter_segments() if isinstance(item, DynamicSegment))
    return list(segment.iter_symbols())


def _symtab_names(sections: list[Any]) -> set[str]:
    """Return the whole strings of the symbol table's string table: iterating symbols takes minutes for large files."""
    found: set[str] = set()
    for section in sections:
        if isinstance(section, StringTableSection) and section.name == ".strtab":
            found.update(name.decode(_LATIN) for name in section.data().split(b"\0") if name.startswith(b"__stack_chk"))
    return found


def _build_id(elf: Any, segments: list[Any], sections: list[Any]) -> str | None:
    only_debug = any(item["sh_type"] == "SHT_NOBITS" and item["sh_flags"] & 6 == 6 for item in sections)
    holders = [item for item in segments if item["p_type"] == "PT_NOTE"]
    if only_debug or elf["e_type"] not in ("ET_EXEC", "ET_DYN"):
        holders = [item for item in sections if isinstance(item, NoteSection)]
    for holder in holders:
        for note in holder.iter_notes():
            if note["n_type"] == "NT_GNU_BUILD_ID" and note["n_name"] == "GNU":
                return str(note["n_desc"])
    return None


def _features(elf: Any, segments: list[Any]) -> int:
    wanted = {"EM_AARCH64": "GNU_PROPERTY_AARCH64_FEATURE_1_AND"}.get(
        elf["e_machine"], "GNU_PROPERTY_X86_FEATURE_1_AND"
    )
    for segment in segments:
        if segment["p_type"] != "PT_NOTE":
            continue
        for note in segment.iter_notes():
            if note["n_type"] == "NT_GNU_PROPERTY_TYPE_0":
                for item in note["n_desc"]:
                    if item["pr_type"] in (wanted, 0xC0000000):
                        data = item["pr_data"]
                        return int(data) if isinstance(data, int) else 0
    return 0


_PLAIN = re.compile(r"__(\w+)_chk")
_STACK_IS_DATA = {"EM_AARCH64", "EM_PPC64", "EM_RISCV", "EM_LOONGARCH"}


def disagreements(data: bytes, found: ElfFile) -> list[tuple[str, object, object]]:
    """Return (property, expected, found) for each property in which ``found`` is not what the oracle expects."""
    seen = described(data)
    loaded = seen["type"] in ("ET_EXEC", "ET_DYN") and not seen["only_debug"]
    expected: dict[str, object] = {
        "kind": _kind(seen),
        "bits": seen["bits"],
        "little": seen["little"],
        "machine": _MACHINES.get(seen["machine"], found.machine),
        "build_id": seen["build_id"],
        "debug": seen["debug"],
    }
    if seen["type"] != "ET_CORE":
        expected["stripped"] = "yes" if seen["stripped"] else "no"
    if loaded:
        expected |= {key: seen[key] for key in ("interpreter", "needed", "rpath", "runpath", "soname")}
        expected |= {"rwx": seen["rwx"], "textrel": seen["textrel"], "fortified": seen["fortified"]}
        executable = seen["machine"] not in _STACK_IS_DATA if seen["stack"] is None else seen["stack"]
        expected["nx"] = "no" if executable else "yes"
        if not (found.relro == "n/a" and seen["go"]):
            expected["relro"] = seen["relro"]
        expected |= _control_flow(seen)
    wrong = [(key, value, getattr(found, key)) for key, value in expected.items() if getattr(found, key) != value]
    return wrong + (_calls(seen, found) if loaded else [])


def _kind(seen: dict[str, Any]) -> str:
    if seen["type"] == "ET_REL":
        return "kernel-module" if seen["modinfo"] else "object"
    if seen["type"] not in ("ET_EXEC", "ET_DYN"):
        return "core" if seen["type"] == "ET_CORE" else "other"
    if seen["only_debug"]:
        return "debug"
    linked = seen["interpreter"] is not None or bool(seen["needed"])
    if seen["type"] == "ET_EXEC":
        return "executable" if linked else "static"
    if seen["interpreter"] is not None:
        return "pie" if seen["pie_flag"] or seen["soname"] is None else "library"
    alone = not seen["needed"] and seen["soname"] is None
    return "static-pie" if alone and (seen["pie_flag"] or seen["debug_tag"]) else "library"


def _control_flow(seen: dict[str, Any]) -> dict[str, object]:
    answers = ["yes" if seen[key] else "no" for key in ("first", "second")]
    x86, arm = seen["machine"] in ("EM_X86_64", "EM_386"), seen["machine"] == "EM_AARCH64"
    names = ("ibt", "shstk"), ("bti", "pac")
    found: dict[str, object] = {}
    for wanted, keys in zip((x86, arm), names, strict=True):
        found |= dict(zip(keys, answers if wanted else ["n/a", "n/a"], strict=True))
    return found


def _calls(seen: dict[str, Any], found: ElfFile) -> list[tuple[str, object, object]]:
    """Compare the two answers that follow from symbols, with the language as found: only it decides N/A."""
    managed = found.language in ("go", "rust")
    static = found.kind in ("static", "static-pie")
    if seen["canary"] or (static and seen["symtab_canary"]):
        canary = "yes"
    elif managed:
        canary = "n/a"
    elif static:
        canary = "unknown" if seen["stripped"] else "no"
    else:
        canary = "no" if seen["needed"] else "n/a"
    glibc = any(name.startswith("libc.so.") for name in seen["needed"])
    plain = {match[1] for name in _FORTIFIED if (match := _PLAIN.fullmatch(name))}
    fortify = "yes" if seen["fortified"] else "no" if glibc and not managed and seen["imports"] & plain else "n/a"
    pairs = (("canary", canary, found.canary), ("fortify", fortify, found.fortify))
    return [pair for pair in pairs if pair[1] != pair[2]]


_FORTIFIED = {name.decode() for name in FORTIFIED if name != b"__fdelt_chk"}
_MACHINES = {
    "EM_386": "i386",
    "EM_X86_64": "x86-64",
    "EM_ARM": "arm",
    "EM_AARCH64": "aarch64",
    "EM_BPF": "bpf",
    "EM_PPC64": "powerpc64",
    "EM_S390": "s390",
    "EM_RISCV": "riscv",
    "EM_MIPS": "mips",
    "EM_LOONGARCH": "loongarch",
}
