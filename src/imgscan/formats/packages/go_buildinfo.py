"""What Go's linker writes into every program: toolchain, modules, settings.

Sources: Go, debug/buildinfo/buildinfo.go (both forms of the header), runtime/debug/mod.go (the text of modules and
settings), cmd/link (``-X``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from struct import unpack_from
from typing import TypeAlias

import msgspec

from imgscan.errors import PackageDataError, Position
from imgscan.formats.packages.executable import Executable, executable_in
from imgscan.formats.packages.go_settings import main_version
from imgscan.model.package import PackageRecord, PackageType

Buffer: TypeAlias = bytes | memoryview

MAGIC = b"\xff Go buildinf:"
NOTE = b"Go\0\0"
"""The owner of the ELF note ``.note.go.buildid``, which stands in the first page of most Go programs."""
SECTION_NAMES = (".go.buildinfo", "__go_buildinfo")
_HEADER = 32
_BIG_ENDIAN, _INLINE = 1, 2  # since Go 1.18 the two strings follow the header; before, pointers to them
_MAX_MODULES = 10_000
_MAX_TEXT = 4 << 20
_SENTINEL = 16  # bytes before and after the module text, by which the go command finds it
_SEARCHED = 1 << 20
_SEARCHED_UNNAMED = 64 << 10  # of each data segment, as the go command: the linker puts the information at its start
_ALIGNMENT = 16
_VERSION = re.compile(r"go(\d[0-9A-Za-z.]*)")


class GoBuild(msgspec.Struct, frozen=True):
    """The toolchain's version, as its release is named (``1.22.1``), and the modules, the main one first."""

    toolchain: str
    modules: tuple[PackageRecord, ...]


def parse_go_buildinfo(data: Buffer) -> GoBuild:
    """Return what bytes that begin with ``MAGIC`` say. Replaced modules are given as what replaced them.

    Raises:
        PackageDataError: not build information, cut short, or of Go before 1.18, which keeps only pointers here.
    """
    if bytes(data[: len(MAGIC)]) != MAGIC or len(data) < _HEADER:
        raise PackageDataError("no Go build information", Position(offset=0))
    if not data[15] & _INLINE:
        raise PackageDataError(
            "build information of Go before 1.18, whose strings stand elsewhere", Position(offset=15)
        )
    version, at = _string(data, _HEADER)
    modules, _ = _string(data, at)
    return _build(version, modules)


def find_go_build(data: Buffer, program: Executable | None = None) -> GoBuild | None:
    """Return the build information of a whole program; None for a program that is not Go's.

    ``program`` are its parts, where they are known already.

    Raises:
        PackageDataError: there is some, and it is damaged.
    """
    program = program or executable_in(data)
    if program is None:
        return None
    for area in program.sections:
        if area.name in SECTION_NAMES:
            start = _find(data, area.offset, min(area.size, _SEARCHED))
            if start is not None:
                return _at(data, start, program)
    for area in (*program.segments, *program.sections):
        if area.data:
            start = _find(data, area.offset, min(area.size, _SEARCHED_UNNAMED))
            if start is not None:
                return _at(data, start, program)
    return None


def _find(data: Buffer, offset: int, size: int) -> int | None:
    """Return where build information begins in an area; programs that read it have its bare magic as a constant."""
    area = bytes(data[offset : offset + size])
    at = area.find(MAGIC)
    while at >= 0:
        if at % _ALIGNMENT == 0 or (offset + at) % _ALIGNMENT == 0:
            head = area[at + len(MAGIC) : at + _HEADER]
            if len(head) == _HEADER - len(MAGIC) and head[0] in (4, 8) and head[1] < 4:
                return offset + at
        at = area.find(MAGIC, at + 1)
    return None


def _at(data: Buffer, start: int, program: Executable) -> GoBuild:
    if data[start + 15] & _INLINE:
        return parse_go_buildinfo(data[start : start + _MAX_TEXT])
    read = _pointer_reader(data, program, data[start + 14], bool(data[start + 15] & _BIG_ENDIAN))
    return _build(read(start + 16), read(start + 16 + data[start + 14]))


def _pointer_reader(data: Buffer, program: Executable, size: int, big: bool) -> Callable[[int], bytes]:
    """Return what reads the string whose header's address stands at a place in the file.

    A pointer of the build information leads to a string's header, which is an address and a length.
    """
    form = (">" if big else "<") + ("Q" if size == 8 else "I")

    def number(at: int | None) -> int:
        if at is None or at + size > len(data):
            raise PackageDataError("Go build information whose pointers lead nowhere", Position(offset=at or 0))
        return int(unpack_from(form, data, at)[0])

    def read(at: int) -> bytes:
        address = number(at)
        if not address:
            return b""
        header = program.offset_of(address)
        start, length = program.offset_of(number(header)), number(None if header is None else header + size)
        if length and (start is None or length > _MAX_TEXT or start + length > len(data)):
            raise PackageDataError("Go build information whose pointers lead nowhere", Position(offset=at))
        return bytes(data[start : start + length]) if length and start is not None else b""

    return read


def _string(data: Buffer, at: int) -> tuple[bytes, int]:
    """Return the string whose length, a varint of 7 bits a byte and low ones first, stands at ``at``, and its end."""
    size = shift = 0
    for step in range(at, min(at + 5, len(data))):
        size |= (data[step] & 0x7F) << shift
        shift += 7
        if data[step] < 0x80:
            if step + 1 + size > len(data):
                break
            return bytes(data[step + 1 : step + 1 + size]), step + 1 + size
    raise PackageDataError("Go build information cut short", Position(offset=at))


def _build(version: bytes, modules: bytes) -> GoBuild:
    inner = modules[_SENTINEL:-_SENTINEL] if len(modules) > 2 * _SENTINEL + 1 else b""
    return GoBuild(toolchain_version(version.decode("utf-8", "replace")), _modules(inner.decode("utf-8", "replace")))


def toolchain_version(text: str) -> str:
    """Return the release of ``go1.22.1 X:loopvar``; experiments, vendors' remarks and dates follow behind a blank.

    A toolchain built from a commit says ``devel go1.23-abcdef``, or before 1.21 ``devel +abcdef``, which is no release.
    """
    match = _VERSION.search(text)
    if match:
        return match[1]
    words = text.split()
    return "-".join(words[:2]).replace("+", "")[:60] if words[:1] == ["devel"] else "".join(words[:1])[:60]


def _modules(text: str) -> tuple[PackageRecord, ...]:
    result: list[PackageRecord] = []
    main: int | None = None
    settings: dict[str, str] = {}
    for line in text.split("\n")[:_MAX_MODULES]:
        word, _, rest = line.partition("\t")
        path, _, behind = rest.partition("\t")
        version = behind.partition("\t")[0]
        if word in ("mod", "dep") and path:
            if word == "mod":
                main = len(result)
            result.append(_module(path, version))
        elif word == "=>" and result and path:
            result[-1] = _module(path, version)
        elif word == "build":
            key, _, value = rest.partition("=")
            settings.setdefault(key, value)
    if main is not None and not result[main].version:
        stated = main_version(settings, f"{result[main].namespace}/{result[main].name}".lstrip("/"))
        result[main] = msgspec.structs.replace(result[main], version=stated)
    return tuple(result)


def _module(path: str, version: str) -> PackageRecord:
    namespace, _, name = path.rpartition("/")
    return PackageRecord(
        type=PackageType.GOLANG, name=name, namespace=namespace, version="" if version == "(devel)" else version
    )
