"""imgscan elf: one ELF file of an image in depth, and which libraries its loader finds there."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from imgscan.cli.progress import progress_bar
from imgscan.cli.sandbox import Outcome
from imgscan.cli.scanning import complained, isolated_for, reading_options
from imgscan.cli.writing import encoded, write_out
from imgscan.errors import ElfError, UsageError
from imgscan.formats.elf.anatomy import Anatomy, SymbolRow, anatomy_of
from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.file import ElfFile
from imgscan.formats.elf.parse import parse_elf
from imgscan.formats.elf.reasons import Protection, hardening_of
from imgscan.image import Filesystem, open_image
from imgscan.model.options import ScanOptions
from imgscan.model.problem import Level
from imgscan.printable import printable
from imgscan.report.json import json_bytes
from imgscan.rootfs.view import ImageView
from imgscan.system.elf.content import MAGIC
from imgscan.system.elf.files import ElfAt, ElfFiles, elf_files
from imgscan.system.elf.observer import ElfContents
from imgscan.system.elf.search import Loader
from imgscan.wording import counted, human_bytes

SCHEMA = "imgscan.elf/1"
MAX_FILE_BYTES = 512 * 1024 * 1024
"""Held in memory whole. The largest programs of real images (browsers, databases, LLVM) take a third of it."""
_SHOWN = 24
_MAX_LIBRARIES = 1_000
_Row = TypeVar("_Row")
_TAGS_SHOWN_ELSEWHERE = frozenset({"DT_NEEDED", "DT_NULL"})


class Library(msgspec.Struct, frozen=True, omit_defaults=True):
    """A library that the file needs: where the image's loader finds it; ``note`` says why there is no path."""

    name: str
    path: str | None = None
    note: str | None = None
    through: str | None = None
    """The library that needs it, where the file itself does not."""


class ElfReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that is said of one file; the order of the fields is that of the JSON."""

    schema: str = SCHEMA
    path: str
    layer: int
    size: int
    properties: ElfFile
    hardening: tuple[Protection, ...]
    libraries: tuple[Library, ...]
    tables: Anatomy


def run_elf(arguments: argparse.Namespace) -> int:
    """Show one ELF file."""
    options = reading_options(arguments)
    return isolated_for(arguments, options, lambda: Outcome(_shown(arguments, options))).code


def _shown(arguments: argparse.Namespace, options: ScanOptions) -> int:
    with (
        progress_bar(arguments.image, not arguments.no_progress) as progress,
        open_image(arguments.image, options, progress, (ElfContents(),)) as image,
    ):
        filesystem = image.filesystem()
        report = report_on(filesystem, arguments.path)
    if arguments.format == "json":
        write_out(json_bytes(_plain(report)))
    else:
        write_out(encoded("".join(f"{line}\n" for line in text_lines(report, arguments.verbose)), None))
    code = complained([problem for problem in filesystem.problems if problem.level is Level.ERROR])
    return 4 if report.tables.damaged or report.properties.damaged else code


def _plain(value: ElfReport) -> object:
    """Return the report as plain values whose texts JSON can hold: names in an ELF file are bytes."""
    return _safe(msgspec.to_builtins(value))


def _safe(value: object) -> object:
    if isinstance(value, dict):
        return {key: _safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_safe(item) for item in value]
    return printable(value) if isinstance(value, str) else value


def report_on(filesystem: Filesystem, path: str) -> ElfReport:
    """Return what is to be said of the ELF file at ``path``, symlinks followed; the view has facts of ``ElfContents``.

    Raises:
        UsageError: there is no such file, or it is none of ELF.
        ElfError: it begins as one, and its header cannot be read.
    """
    name = f"/{printable(path.strip('/'))}"
    content = filesystem.open(path)  # says why, where there is no such file
    node = filesystem.stat(path)
    assert node is not None
    if node.entry.size > MAX_FILE_BYTES:
        raise UsageError(f"{name}: {human_bytes(node.entry.size)}, more than imgscan elf reads of one file")
    data = content.read()
    if data[:4] != MAGIC:
        raise UsageError(f"{name}: not an ELF file")
    try:
        properties = parse_elf(ElfContent(data))
        tables = anatomy_of(data)
    except ElfError as error:
        raise error.at(error.position._replace(path=node.path)) from None
    return ElfReport(
        path=f"/{printable(node.path)}",
        layer=node.content_layer,
        size=len(data),
        properties=properties,
        hardening=hardening_of(properties, tables),
        libraries=tuple(_libraries(filesystem.view, node.path)),
        tables=tables,
    )


def _libraries(view: ImageView, path: str) -> Iterator[Library]:
    """Yield what the file needs, then what its libraries need and nobody finds."""
    files = view.derived(elf_files)
    start = files.by_path.get(path)
    if start is None:
        return
    loader = Loader(view, files)
    locations = loader.libraries_of(start)
    for name in start.elf.needed:
        location = locations.get(name)
        if location:
            yield Library(name, f"/{printable(location)}")
        elif location == "":
            yield _not_looked_for(view, name, start.elf.interpreter)
        else:
            yield Library(name, note="not where the loader of this image looks")
    yield from _behind(files, loader, start)
    lacking = loader.missing_libraries(start) if start.elf.is_program else {}
    for name, user in lacking.items():
        if name not in start.elf.needed:
            yield Library(name, note="not where the loader of this image looks", through=f"/{printable(user)}")


def _behind(files: ElfFiles, loader: Loader, start: ElfAt) -> Iterator[Library]:
    """Yield the libraries that libraries of the file need, each once and where it is, as far as there are any."""
    seen = set(start.elf.needed)
    pending = [start]
    for user in pending:  # grows while it is read
        for name, location in loader.libraries_of(user).items():
            library = files.by_path.get(location) if location else None
            if library is None:
                continue
            if name not in seen:
                seen.add(name)
                yield Library(name, f"/{printable(location or '')}", through=f"/{printable(user.path)}")
            elif user is not start:
                continue
            if len(pending) < _MAX_LIBRARIES:
                pending.append(library)


def _not_looked_for(view: ImageView, name: str, interpreter: str | None) -> Library:
    """Return a library that no folder is searched for: musl's loader is the C library, too."""
    if "/" in name:
        return Library(name, note="a path from wherever the program is started")
    real = view.resolve(interpreter) if interpreter else None
    return Library(name, None if real is None else f"/{printable(real)}", "the loader itself")


def text_lines(report: ElfReport, verbose: bool) -> Iterator[str]:
    """Yield the lines for people; without ``verbose`` long lists are cut, and say so."""
    for line in _lines(report, verbose):
        yield printable(line)


def _lines(report: ElfReport, verbose: bool) -> Iterator[str]:
    elf, tables, header = report.properties, report.tables, report.tables.header
    yield f"{report.path}  {human_bytes(report.size)}, layer {report.layer}"
    yield f"  {elf.kind}, {header.type}, {elf.machine}, {header.bits}-bit {header.byte_order}, {header.os_abi}"
    yield f"  entry {header.entry:#x}" + (f", interpreter {elf.interpreter}" if elf.interpreter else ", no interpreter")
    yield f"  build id {elf.build_id or 'none'}, language {elf.language}, stripped: {elf.stripped}"
    if elf.packer or elf.overlay:
        yield f"  packer {elf.packer or 'none'}, {human_bytes(elf.overlay)} behind the file proper"
    yield from _damage(report)
    yield from _table(
        "HARDENING", [(line.name, line.answer, line.reason) for line in report.hardening] or [("no code to run",)]
    )
    yield from _table("LIBRARIES", [_library(item) for item in report.libraries] or [("needs none",)])
    yield from _table(
        "SEGMENTS",
        [
            (row.type, row.flags or "-", f"{row.address:#x}", f"offset {row.offset:#x}", f"{row.memory_size} bytes")
            for row in _cut(tables.segments, verbose)
        ],
        _rest(tables.segments, verbose),
    )
    dynamic = [row for row in tables.dynamic if row.tag not in _TAGS_SHOWN_ELSEWHERE]
    yield from _table(
        "DYNAMIC SECTION",
        [(row.tag, row.text if row.text is not None else f"{row.value:#x}") for row in _cut(dynamic, verbose)],
        _rest(dynamic, verbose),
    )
    for row in tables.versions:
        title = f"VERSIONS OF {row.library}" if row.library is not None else "VERSION DEFINED"
        yield from _table(title, [(name,) for name in _cut(row.names, verbose)], _rest(row.names, verbose))
    for title, symbols in (
        ("IMPORTED SYMBOLS", [row for row in tables.symbols if not row.defined]),
        ("EXPORTED SYMBOLS", [row for row in tables.symbols if row.defined]),
    ):
        yield from _table(title, [_symbol(row) for row in _cut(symbols, verbose)], _rest(symbols, verbose))
    yield from _table("NOTES", [(row.owner, row.type, row.text) for row in _cut(tables.notes, verbose)])
    if verbose:
        yield from _table(
            "SECTIONS",
            [(row.name or "-", row.type, row.flags or "-", f"{row.size} bytes") for row in tables.sections],
        )


def _damage(report: ElfReport) -> Iterator[str]:
    if report.properties.damaged:
        yield f"  malformed: {', '.join(report.properties.damaged)}"
    yield from (f"  not read to the end: {text}" for text in report.tables.damaged)


def _library(item: Library) -> tuple[str, ...]:
    parts = (item.path, item.note, item.through and f"needed by {item.through}")
    return item.name, ", ".join(filter(None, parts))


def _symbol(row: SymbolRow) -> tuple[str, ...]:
    version = f"@{row.version}" if row.version else ""
    return f"{row.name}{version}", row.type.removeprefix("STT_"), row.library or ""


def _cut(rows: Sequence[_Row], verbose: bool) -> Sequence[_Row]:
    return rows if verbose else rows[:_SHOWN]


def _rest(rows: Sequence[object], verbose: bool) -> int:
    return 0 if verbose else max(len(rows) - _SHOWN, 0)


def _table(title: str, rows: Iterable[tuple[str, ...]], left: int = 0) -> Iterator[str]:
    """Yield a heading and the rows in columns; nothing without rows."""
    rows = list(rows)
    if not rows:
        return
    yield ""
    yield title
    columns = max(map(len, rows))
    widths = [min(max(len(row[at]) for row in rows if at < len(row)), 40) for at in range(columns)]
    for row in rows:
        yield "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=False)).rstrip()
    if left:
        yield f"  and {counted(left, 'line')} more (-v)"
