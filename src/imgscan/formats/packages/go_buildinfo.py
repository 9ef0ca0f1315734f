"""What Go's linker writes into every binary: toolchain and modules. Source: Go, debug/buildinfo/buildinfo.go."""

from __future__ import annotations

from imgscan.errors import PackageDataError, Position
from imgscan.model.package import PackageRecord, PackageType

MAGIC = b"\xff Go buildinf:"
NOTE = b"Go\0\0"
"""The owner of the ELF note ``.note.go.buildid``, which stands in the first page of a Go binary."""
_HEADER = 32
_INLINE = 2  # since Go 1.18 the two strings follow the header; before, pointers to them
_MOST_MODULES = 10_000
_SENTINEL = 16  # bytes before and after the module text, by which the go command finds it


def parse_go_buildinfo(data: bytes) -> tuple[str, tuple[PackageRecord, ...]]:
    """Return the toolchain's version and the modules, the main one first, of bytes that begin with ``MAGIC``.

    Replaced modules are given as what replaced them.

    Raises:
        PackageDataError: not build information, cut short, or of Go before 1.18, which keeps only pointers here.
    """
    if not data.startswith(MAGIC) or len(data) < _HEADER:
        raise PackageDataError("no Go build information", Position(offset=0))
    if not data[15] & _INLINE:
        raise PackageDataError(
            "build information of Go before 1.18, whose strings stand elsewhere", Position(offset=15)
        )
    version, at = _string(data, _HEADER)
    modules, _ = _string(data, at)
    inner = modules[_SENTINEL:-_SENTINEL] if len(modules) > 2 * _SENTINEL + 1 else b""
    return version.decode("utf-8", "replace"), tuple(_modules(inner.decode("utf-8", "replace")))


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the string whose length, a varint of 7 bits a byte and low ones first, stands at ``at``, and its end."""
    size = shift = 0
    for step in range(at, min(at + 5, len(data))):
        size |= (data[step] & 0x7F) << shift
        shift += 7
        if data[step] < 0x80:
            if step + 1 + size > len(data):
                break
            return data[step + 1 : step + 1 + size], step + 1 + size
    raise PackageDataError("Go build information cut short", Position(offset=at))


def _modules(text: str) -> list[PackageRecord]:
    found: list[PackageRecord] = []
    for line in text.split("\n")[:_MOST_MODULES]:
        kind, _, rest = line.partition("\t")
        path, _, more = rest.partition("\t")
        version = more.partition("\t")[0]
        if kind in ("mod", "dep") and path:
            found.append(_module(path, version))
        elif kind == "=>" and found and path:
            found[-1] = _module(path, version)
    return found


def _module(path: str, version: str) -> PackageRecord:
    namespace, _, name = path.rpartition("/")
    return PackageRecord(
        type=PackageType.GOLANG, name=name, namespace=namespace, version="" if version == "(devel)" else version
    )
