"""pacman's local database: desc, files, mtree. Sources: alpm-db-desc(5), alpm-db-files(5), alpm-mtree(5), mtree(5)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from imgscan.errors import PackageDataError, Position
from imgscan.formats.packages.relations import apk_relations
from imgscan.formats.path import clean_path
from imgscan.formats.text_lines import bounded_lines
from imgscan.model.package import PackageFile, PackageRecord, PackageType

MAX_MTREE_BYTES = 64 * 1024 * 1024
MAX_LINES = 500_000
_MAX_LINE = 65_536  # a path of 4,096 bytes, each of them escaped, and its target
_OCTAL = re.compile(rb"\\([0-3][0-7]{2})")
_DIGESTS = (("sha256digest", "sha256"), ("sha256", "sha256"), ("md5digest", "md5"), ("md5", "md5"))
# Of the others, /set could hand thousands on to each line.
_KEYWORDS = frozenset({"type", "mode", "uid", "gid", *(keyword for keyword, _ in _DIGESTS)})


def parse_desc(data: bytes) -> PackageRecord:
    """Return the package of a ``desc`` file, without its files.

    Raises:
        PackageDataError: it names no package.
    """
    fields = _sections(data)
    name = _first(fields, "NAME")
    if not name or not _first(fields, "VERSION"):
        raise PackageDataError("a desc file without %NAME% and %VERSION%", Position(offset=0))
    return PackageRecord(
        type=PackageType.ALPM,
        name=name,
        version=_first(fields, "VERSION"),
        arch=_first(fields, "ARCH"),
        source=_first(fields, "BASE"),
        license=" AND ".join(fields.get("LICENSE", ())),
        supplier=_first(fields, "PACKAGER"),
        build=_first(fields, "BUILDDATE"),
        depends=apk_relations(" ".join(fields.get("DEPENDS", ()))),
        provides=apk_relations(" ".join(fields.get("PROVIDES", ()))),
    )


def parse_files(data: bytes) -> list[PackageFile]:
    """Return what a ``files`` file names, directories left out; what pacman keeps at an upgrade is configuration."""
    sections = _sections(data)
    kept = {clean_path(line.partition("\t")[0]) for line in sections.get("BACKUP", ())}
    paths = (clean_path(line) for line in sections.get("FILES", ()) if not line.endswith("/"))
    return [PackageFile(path, flags="c" if path in kept else "") for path in paths]


def _sections(data: bytes) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in bounded_lines(data.decode("utf-8", "surrogateescape"), MAX_LINES, "a record of pacman"):
        if len(line) > 2 and line[0] == line[-1] == "%":
            current = result.setdefault(line[1:-1], [])
        elif line and current is not None:
            current.append(line)
    return result


def _first(fields: dict[str, list[str]], name: str) -> str:
    return next(iter(fields.get(name, ())), "")


def parse_mtree(data: bytes) -> Iterator[PackageFile]:
    """Yield the regular files and symlinks of an ``mtree`` file (gzip) with digest, mode and owner.

    Raises:
        PackageDataError: not gzip, cut short, or more than 64 MiB of text or 500,000 lines.
    """
    defaults: dict[str, str] = {}
    for line in bounded_lines(_gunzipped(data).decode("utf-8", "surrogateescape"), MAX_LINES, "an mtree file"):
        if len(line) > _MAX_LINE:
            raise PackageDataError(f"an mtree file with a line of {len(line)} characters", Position())
        words = line.split(" ")
        pairs = (word.partition("=") for word in words[1:])
        given = {key: value for key, _, value in pairs if key in _KEYWORDS}
        if words[0] == "/set":
            defaults |= given
        elif words[0].startswith("./") and not words[0].startswith("./."):
            values = {**defaults, **given}
            if values.get("type", "file") in ("file", "link"):
                yield _file(_unescaped(words[0]), values)


def _file(path: str, values: dict[str, str]) -> PackageFile:
    digest = next((f"{name}:{values[key].lower()}" for key, name in _DIGESTS if values.get(key)), "")
    mode = values.get("mode", "")
    known = 0 < len(mode) <= 6 and not mode.strip("01234567")
    return PackageFile(
        clean_path(path),
        digest,
        int(mode, 8) & 0o7777 if known else None,
        f"{values.get('uid', '')}:{values.get('gid', '')}",
        "l" if values.get("type") == "link" else "",
    )


def _unescaped(path: str) -> str:
    """Return a path with the bytes that vis(3) wrote as a backslash and three octal digits."""
    if "\\" not in path:
        return path
    raw = _OCTAL.sub(lambda match: bytes([int(match[1], 8)]), path.encode("utf-8", "surrogateescape"))
    return raw.decode("utf-8", "surrogateescape")


def _gunzipped(data: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    try:
        text = inflater.decompress(data, MAX_MTREE_BYTES)
    except zlib.error as error:
        raise PackageDataError(f"an mtree file that is not gzip ({error})", Position(offset=0)) from None
    if not inflater.eof:
        raise PackageDataError("an mtree file cut short or over 64 MiB", Position(offset=0))
    return text
