"""apk's installed database. Source: Alpine wiki, "Apk spec", "Installed Database V2"; apk-tools src/database.c."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator
from itertools import chain

from imgscan.errors import LimitError, Position
from imgscan.formats.packages.dpkg import refuse_damage
from imgscan.formats.packages.relations import apk_relations
from imgscan.formats.path import clean_path
from imgscan.formats.text_lines import split_lines
from imgscan.model.package import PackageFile, PackageRecord, PackageType

MAX_FILES = 500_000
MAX_PACKAGES = 100_000
_MAX_LENGTH = 4096  # PATH_MAX of Linux
_DEFAULT_MODE = 0o644  # what apk leaves out of the file's "a:" line
_ALGORITHMS = {"Q1": ("sha1", 20), "Q2": ("sha256", 32)}


class _Package:
    """The lines of one package, gathered."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.files: list[PackageFile] = []
        self._folder = ""
        self._file: str | None = None
        self._mode, self._owner, self._digest = _DEFAULT_MODE, "0:0", ""

    def line(self, key: str, value: str) -> None:
        if key == "F":
            self.end_file()
            self._folder = clean_path(value[:_MAX_LENGTH])
        elif key == "R":
            self.end_file()
            path = f"{self._folder}/{value}" if self._folder else value
            self._file = path if len(path) < _MAX_LENGTH else None
        elif key == "a" and self._file is not None:
            self._mode, self._owner = _acl(value)
        elif key == "Z" and self._file is not None:
            self._digest = _digest(value)
        elif key in "PVAoLCmDp":
            self.fields.setdefault(key, value)

    def end_file(self) -> None:
        if self._file is not None:
            self.files.append(PackageFile(clean_path(self._file), self._digest, self._mode, self._owner))
        self._file = None
        self._mode, self._owner, self._digest = _DEFAULT_MODE, "0:0", ""

    def record(self) -> PackageRecord:
        self.end_file()
        fields = self.fields
        return PackageRecord(
            type=PackageType.APK,
            name=fields.get("P", ""),
            version=fields.get("V", ""),
            arch=fields.get("A", ""),
            source=fields.get("o", ""),
            license=fields.get("L", ""),
            supplier=fields.get("m", ""),
            build=fields.get("C", ""),
            files=tuple(self.files),
            depends=apk_relations(fields.get("D", "")),
            provides=apk_relations(fields.get("p", "")),
        )


def parse_installed(data: bytes) -> Iterator[PackageRecord]:
    """Yield the packages of ``lib/apk/db/installed``, each with its files, their modes, owners and digests.

    A symlink's digest is that of its target's text; the database does not say which files are symlinks.

    Raises:
        PackageDataError: it is damaged: without one package, with packages without a version or lines that are no
            field. What can be read is yielded before.
        LimitError: more packages or files than any system has.
    """
    package = _Package()
    files = count = versionless = odd = 0
    for line in chain(split_lines(data.decode("utf-8", "surrogateescape")), ("",)):
        if len(line) > 1 and line[1] == ":":
            package.line(line[0], line[2:].rstrip("\r"))
            files += line[0] == "R"
            if files > MAX_FILES:
                raise LimitError(f"more than {MAX_FILES} files", Position())
        elif not line.strip():
            if package.fields.get("P"):
                count += 1
                if count > MAX_PACKAGES:
                    raise LimitError(f"more than {MAX_PACKAGES} packages", Position())
                if package.fields.get("V"):
                    yield package.record()
                else:
                    versionless += 1
            package = _Package()
        else:
            odd += 1
    refuse_damage(data, count, versionless, odd)


def _acl(value: str) -> tuple[int, str]:
    """Return mode and ``uid:gid`` of ``uid:gid:mode[:xattr digest]``; the defaults where it is malformed."""
    parts = value.split(":")
    if len(parts) >= 3 and 0 < len(parts[2]) <= 6 and not parts[2].strip("01234567"):
        return int(parts[2], 8) & 0o7777, f"{parts[0]}:{parts[1]}"
    return _DEFAULT_MODE, "0:0"


def _digest(value: str) -> str:
    algorithm, size = _ALGORITHMS.get(value[:2], ("", 0))
    try:
        raw = b64decode(value[2:].encode("ascii", "replace"), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return f"{algorithm}:{raw.hex()}" if algorithm and len(raw) == size else ""
