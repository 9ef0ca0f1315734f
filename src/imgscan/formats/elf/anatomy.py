"""anatomy_of(): everything that the tables of one whole ELF file say, for a person to read. pyelftools is wrapped here.

The properties that findings rest on come from ``parse``, which reads any part of a file fast; this reads more, slowly.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeAlias, TypeVar

import msgspec
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerDefSection, GNUVerNeedSection, GNUVerSymSection
from elftools.elf.sections import NoteSection, SymbolTableSection
from elftools.elf.segments import NoteSegment

from imgscan.errors import ElfError

MAX_ROWS = 50_000
"""Rows of one table: of the libraries of a distribution, none has as many dynamic symbols."""
_MAX_READS = 4_000_000
"""Reads of a file altogether: some seconds. glibc's C library takes 100,000."""
_BYTES_A_READ = 4096
"""What a read may bring before it counts as several: names without an end are read to the end of the file."""
_MAX_TEXT = 4096
"""Of one name or description."""
_HIDDEN_VERSION, _VERSION = 0x8000, 0x7FFF
_Row = TypeVar("_Row")
Parsed: TypeAlias = Any
"""What pyelftools makes of a file: its structures have the fields that the file's class and machine give them."""
_TEXT_TAGS = {"DT_NEEDED": "needed", "DT_RPATH": "rpath", "DT_RUNPATH": "runpath", "DT_SONAME": "soname"}
_SECTION_FLAGS = ((1, "W"), (2, "A"), (4, "X"), (0x10, "M"), (0x20, "S"), (0x400, "T"), (0x800, "C"))
_SEGMENT_FLAGS = ((4, "R"), (2, "W"), (1, "E"))


class FileHeader(msgspec.Struct, frozen=True):
    """The header: ``type`` and ``machine`` as the standard names them, else as numbers."""

    type: str
    machine: str
    bits: int
    byte_order: str
    os_abi: str
    entry: int


class SegmentRow(msgspec.Struct, frozen=True):
    """One program header; ``flags`` are of ``RWE``, sizes in bytes."""

    type: str
    flags: str
    offset: int
    address: int
    file_size: int
    memory_size: int
    align: int


class SectionRow(msgspec.Struct, frozen=True):
    """One section header; ``flags`` as readelf(1) writes them, ``size`` in bytes."""

    name: str
    type: str
    flags: str
    address: int
    offset: int
    size: int


class DynamicRow(msgspec.Struct, frozen=True):
    """One entry of the dynamic section: ``value`` is a number, ``text`` what it stands for where that is a name."""

    tag: str
    value: int
    text: str | None = None


class SymbolRow(msgspec.Struct, frozen=True):
    """One dynamic symbol; ``version`` and the ``library`` that is to have it where the file says so."""

    name: str
    type: str
    binding: str
    defined: bool
    size: int
    version: str | None = None
    library: str | None = None


class VersionRow(msgspec.Struct, frozen=True):
    """Versions that a file needs of ``library``; with None those that it defines itself."""

    library: str | None
    names: tuple[str, ...]


class NoteRow(msgspec.Struct, frozen=True):
    """One note: who made it, what it is, its description in bytes and, where that is known, as text."""

    owner: str
    type: str
    size: int
    text: str


class Anatomy(msgspec.Struct, frozen=True):
    """Everything that the tables say; ``damaged`` says in sentences which of them could not be read to the end."""

    header: FileHeader
    segments: tuple[SegmentRow, ...]
    sections: tuple[SectionRow, ...]
    dynamic: tuple[DynamicRow, ...]
    symbols: tuple[SymbolRow, ...]
    versions: tuple[VersionRow, ...]
    notes: tuple[NoteRow, ...]
    damaged: tuple[str, ...]


def anatomy_of(data: bytes) -> Anatomy:
    """Return what the tables of an ELF file say.

    What pyelftools cannot read, for whatever reason, is named in ``damaged``, with all before it kept.

    Raises:
        ElfError: there is no header that can be read.
    """
    try:
        elf = ELFFile(_Metered(data))
        header = _header(elf)
    except Exception as error:  # noqa: BLE001 (pyelftools raises what it likes)
        raise ElfError(f"no ELF header that can be read ({_reason(error)})") from None
    reader = _Reader(elf)
    return Anatomy(
        header,
        segments=reader.rows("segments", lambda: map(_segment, elf.iter_segments())),
        sections=reader.rows("sections", lambda: map(_section, elf.iter_sections())),
        dynamic=reader.rows("dynamic section", reader.dynamic),
        versions=reader.rows("versions", reader.versions),
        symbols=reader.rows("dynamic symbols", reader.symbols),
        notes=reader.rows("notes", reader.notes),
        damaged=tuple(reader.damaged),
    )


class _ExhaustedError(Exception):
    """The file asks for more work than any real one."""


class _Metered(io.BytesIO):
    """Counts reads: tables may lead in circles, and names run to the end of the file for every symbol again."""

    left = _MAX_READS

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.left -= 1 + len(data) // _BYTES_A_READ
        if self.left <= 0:
            raise _ExhaustedError("it leads in circles, or through too much of the file")
        return data


class _Reader:
    """Reads one table after the other; what is wrong with one does not keep the others from being read."""

    def __init__(self, elf: Parsed) -> None:
        self._elf = elf
        self._names: dict[int, tuple[str, str | None]] = {}  # versions by their index
        self.damaged: list[str] = []

    def rows(self, what: str, read: Callable[[], Iterable[_Row]]) -> tuple[_Row, ...]:
        """Return the rows of a table as far as they can be read."""
        result: list[_Row] = []
        try:
            for row in islice(read(), MAX_ROWS + 1):
                result.append(row)
        except Exception as error:  # noqa: BLE001 (pyelftools raises what it likes)
            self.damaged.append(f"{what}: {_reason(error)}")
        if len(result) > MAX_ROWS:
            self.damaged.append(f"{what}: more than {MAX_ROWS}, the rest is left out")
        return tuple(result[:MAX_ROWS])

    def dynamic(self) -> Iterator[DynamicRow]:
        """Yield the entries of the dynamic section."""
        for segment in self._dynamic_segments():
            for tag in segment.iter_tags():
                name = _named(tag.entry.d_tag)
                text = getattr(tag, _TEXT_TAGS.get(name, ""), None)
                yield DynamicRow(name, tag.entry.d_val, None if text is None else _short(text))

    def versions(self) -> Iterator[VersionRow]:
        """Yield the versions that the file needs and defines."""
        for section in self._elf.iter_sections():
            if isinstance(section, GNUVerNeedSection):
                for needed, items in section.iter_versions():
                    names = [(item.entry.vna_other, _short(item.name)) for item in islice(items, MAX_ROWS)]
                    library = _short(needed.name or "")
                    self._names.update((number, (name, library)) for number, name in names)
                    yield VersionRow(library, tuple(name for _, name in names))
            elif isinstance(section, GNUVerDefSection):
                for version, items in section.iter_versions():
                    names = [(version.entry.vd_ndx, _short(item.name)) for item in islice(items, 1)]
                    self._names.update((number & _VERSION, (name, None)) for number, name in names)
                    yield VersionRow(None, tuple(name for _, name in names))

    def symbols(self) -> Iterator[SymbolRow]:
        """Yield the dynamic symbols: of the section, or as the loader finds them where there are no sections."""
        table = versions = None
        for section in self._elf.iter_sections():
            if isinstance(section, SymbolTableSection) and section.header.sh_type == "SHT_DYNSYM":
                table = section
            elif isinstance(section, GNUVerSymSection):
                versions = section
        if table is None:
            for segment in self._dynamic_segments():
                yield from (_symbol(item, None) for item in segment.iter_symbols() if item.name)
            return
        for number, symbol in enumerate(table.iter_symbols()):
            if symbol.name:
                yield _symbol(symbol, None if versions is None else self._version(versions, number))

    def notes(self) -> Iterator[NoteRow]:
        """Yield the notes of the segments; where there are none, those of the sections."""
        parts: list[Parsed] = [part for part in self._elf.iter_segments() if isinstance(part, NoteSegment)]
        parts = parts or [part for part in self._elf.iter_sections() if isinstance(part, NoteSection)]
        seen: set[int] = set()
        for part in parts:
            for note in part.iter_notes():
                if note.n_offset not in seen:
                    seen.add(note.n_offset)
                    text = _described(note.n_desc)
                    yield NoteRow(_short(note.n_name or ""), _named(note.n_type), note.n_descsz, text)

    def _version(self, versions: Parsed, number: int) -> tuple[str, str | None] | None:
        index = versions.get_symbol(number).entry.ndx
        return self._names.get(index & _VERSION) if isinstance(index, int) else None

    def _dynamic_segments(self) -> Iterator[Parsed]:
        return (segment for segment in self._elf.iter_segments() if isinstance(segment, DynamicSegment))


def _header(elf: Parsed) -> FileHeader:
    return FileHeader(
        type=_named(elf.header.e_type),
        machine=_named(elf.header.e_machine),
        bits=elf.elfclass,
        byte_order="little-endian" if elf.little_endian else "big-endian",
        os_abi=_named(elf.header.e_ident.EI_OSABI),
        entry=elf.header.e_entry,
    )


def _segment(item: Parsed) -> SegmentRow:
    return SegmentRow(
        type=_named(item.header.p_type),
        flags=_flags(item.header.p_flags, _SEGMENT_FLAGS),
        offset=item.header.p_offset,
        address=item.header.p_vaddr,
        file_size=item.header.p_filesz,
        memory_size=item.header.p_memsz,
        align=item.header.p_align,
    )


def _section(item: Parsed) -> SectionRow:
    return SectionRow(
        name=_short(item.name),
        type=_named(item.header.sh_type),
        flags=_flags(item.header.sh_flags, _SECTION_FLAGS),
        address=item.header.sh_addr,
        offset=item.header.sh_offset,
        size=item.header.sh_size,
    )


def _symbol(item: Parsed, version: tuple[str, str | None] | None) -> SymbolRow:
    name, library = version or (None, None)
    return SymbolRow(
        name=_short(item.name),
        type=_named(item.entry.st_info.type),
        binding=_named(item.entry.st_info.bind),
        defined=item.entry.st_shndx != "SHN_UNDEF",
        size=item.entry.st_size,
        version=name,
        library=library,
    )


def _described(value: Parsed) -> str:
    """Return a note's description as text: hex where it is bytes, names and values where it has parts."""
    if isinstance(value, bytes):
        return value[: _MAX_TEXT // 2].hex()
    if isinstance(value, list):
        return ", ".join(f"{item.pr_type} {_described(item.pr_data)}" for item in value[:100])[:_MAX_TEXT]
    if isinstance(value, str | int):
        return _short(f"{value:#x}" if isinstance(value, int) else value)
    abi = [str(value[name]) for name in ("abi_os", "abi_major", "abi_minor", "abi_tiny") if name in value]
    return f"{abi[0]} {'.'.join(abi[1:])}" if len(abi) == 4 else ""


def _named(value: object) -> str:
    """Return what the standard calls a value, or the number where pyelftools knows no name."""
    return f"{value:#x}" if isinstance(value, int) else str(value)


def _flags(bits: int, names: Iterable[tuple[int, str]]) -> str:
    return "".join(name for bit, name in names if bits & bit)


def _short(text: str) -> str:
    return text[:_MAX_TEXT]


def _reason(error: Exception) -> str:
    """Return what is wrong; pyelftools' sentences quote the file, whose bytes the caller makes safe to show."""
    return _short(str(error).partition("\n")[0]) or type(error).__name__
