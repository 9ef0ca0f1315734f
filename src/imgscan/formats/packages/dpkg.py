"""The files of dpkg's database. Sources: dpkg(1) FILES, dpkg-divert(1), dpkg-statoverride(1), deb-md5sums(5)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from imgscan.errors import PackageDataError, Position
from imgscan.formats.packages.control import odd_lines, parse_paragraphs
from imgscan.formats.packages.relations import debian_relations
from imgscan.formats.path import clean_path, has_unclean
from imgscan.formats.text_lines import bound_lines, bounded_lines, split_lines
from imgscan.model.package import PackageFile, PackageRecord, PackageType
from imgscan.wording import counted

_FIELDS = frozenset(
    "package status version architecture source maintainer conffiles license depends pre-depends provides".split()
)
MAX_CONFFILES = 100_000
MAX_LINES = 1_000_000
MAX_SUMS = 300_000  # the largest package of Debian has some 100,000 files
"""Of one package; Debian's richest has a few hundred."""
_ABSENT = frozenset({"not-installed", "config-files"})
_SOURCE = re.compile(r"([^ (]{1,300}) \(([^)]{1,300})\)")
_MD5 = re.compile(rb"[0-9a-f]{32}")
_SUM = re.compile(r"^([0-9a-f]{32})[ *]*([^ *\n][^\n]*)$", re.MULTILINE)
_ODD_START = re.compile(r"^[0-9a-f]{32}[ *]*[./]", re.MULTILINE)


class Diversion(msgspec.Struct, frozen=True):
    """A rename: what any package but ``by`` installs as ``path`` lands at ``target``; ``by`` ``:`` is the admin."""

    path: str
    target: str
    by: str


class StatOverride(msgspec.Struct, frozen=True):
    """Owner, group (names, or ``#`` and a number) and mode that the administrator or a package set for a path."""

    owner: str
    group: str
    mode: int
    path: str


def parse_status(data: bytes, kind: PackageType = PackageType.DEB) -> Iterator[PackageRecord]:
    """Yield the packages that ``status`` (or a file of ``status.d``) says are unpacked or installed.

    ``files`` holds the conffiles alone, with their MD5; the other files are named by ``parse_list``. The database of
    opkg has the same form; its packages are of that ``kind``.

    Raises:
        PackageDataError: it is damaged: without one package, with packages without a version or lines that are no
            field, cut short. What can be read is yielded before.
        LimitError: more packages than any system has.
    """
    stanzas = versionless = 0
    for fields in parse_paragraphs(data, _FIELDS):
        name, version = fields.get("package", ""), fields.get("version", "")
        stanzas += bool(name)
        if not name or fields.get("status", "x x x").split(" ")[-1] in _ABSENT:
            continue
        if not version:
            versionless += 1
            continue
        source = fields.get("source", "")
        both = _SOURCE.fullmatch(source)
        yield PackageRecord(
            type=kind,
            name=name,
            version=version,
            license=" ".join(fields.get("license", "").split()),
            arch=fields.get("architecture", ""),
            source=both[1] if both else source or name,
            source_version=both[2] if both else version,
            supplier=fields.get("maintainer", ""),
            files=tuple(_conffiles(fields.get("conffiles", ""))),
            depends=debian_relations(fields.get("pre-depends", ""), fields.get("depends", "")),
            provides=debian_relations(fields.get("provides", "")),
        )
    refuse_damage(data, stanzas, versionless, odd_lines(data))


def refuse_damage(data: bytes, packages: int, versionless: int, odd: int) -> None:
    """Raise on a database of lines that was damaged, after what it says was read.

    Raises:
        PackageDataError: see ``parse_status``.
    """
    if not data.strip():
        return
    if not packages:
        raise PackageDataError("a package database without one package", Position(offset=0))
    faults = [f"{counted(versionless, 'package')} without a version"] if versionless else []
    faults += [f"{counted(odd, 'line')} of another form"] if odd else []
    if faults:
        raise PackageDataError("a damaged package database: " + ", ".join(faults), Position())


def _conffiles(text: str) -> Iterator[PackageFile]:
    # Each once: a field of a million lines names few paths.
    for line in _distinct(text, MAX_CONFFILES):
        path, _, rest = line.strip().partition(" ")
        if path.startswith("/"):
            digest = rest.split(" ")[0]
            known = _MD5.fullmatch(digest.encode("utf-8", "replace")) is not None
            yield PackageFile(clean_path(path), f"md5:{digest}" if known else "", flags="c")


def _distinct(text: str, limit: int) -> list[str]:
    """Return the first ``limit`` lines that differ."""
    result: dict[str, None] = {}
    for line in split_lines(text):
        result[line] = None
        if len(result) == limit:
            break
    return list(result)


def parse_list(data: bytes) -> list[str]:
    """Return the paths, directories too, that ``info/PACKAGE.list`` names; lines that are no path are left out."""
    text = data.decode("utf-8", "surrogateescape").removeprefix("/.\n")
    lines = bounded_lines(text, MAX_LINES, "a list of files")
    if has_unclean(text):
        return [clean_path(line) for line in lines if line.startswith("/") and line != "/."]
    return [line[1:] for line in lines if line.startswith("/")]


def parse_md5sums(data: bytes) -> dict[str, str]:
    """Return path to ``md5:<hex>`` of ``info/PACKAGE.md5sums``; malformed lines are left out.

    Raises:
        PackageDataError: it has more than ``MAX_SUMS`` lines.
    """
    text = data.decode("utf-8", "surrogateescape")
    bound_lines(text, MAX_SUMS, "a list of checksums")
    result = _SUM.findall(text)
    if "\r" in text or has_unclean(text) or _ODD_START.search(text):
        named = [(digest, path.rstrip("\r")) for digest, path in result]
        result = [(digest, clean_path(path)) for digest, path in named if path]
    return {path: f"md5:{digest}" for digest, path in result}


def parse_diversions(data: bytes) -> list[Diversion]:
    """Return the diversions: three lines each, an incomplete last one left out."""
    lines = bounded_lines(data.decode("utf-8", "surrogateescape"), MAX_LINES, "a list of diversions")
    return [
        Diversion(clean_path(path), clean_path(target), by)
        for path, target, by in zip(lines, lines, lines, strict=False)
    ]


def parse_statoverride(data: bytes) -> list[StatOverride]:
    """Return the overrides: owner, group, mode (octal), path; malformed lines are left out."""
    result = []
    for line in bounded_lines(data.decode("utf-8", "surrogateescape"), MAX_LINES, "a list of overrides"):
        parts = line.split(" ", 3)
        if len(parts) == 4 and 0 < len(parts[2]) <= 6 and not parts[2].strip("01234567"):
            result.append(StatOverride(parts[0], parts[1], int(parts[2], 8) & 0o7777, clean_path(parts[3])))
    return result
