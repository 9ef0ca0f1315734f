"""Installed Python distributions. Sources: PyPA "Core metadata", "Recording installed projects" (dist-info, RECORD)."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from imgscan.errors import PackageDataError, Position
from imgscan.formats.control import parse_paragraphs
from imgscan.formats.path import clean_path, parent_of
from imgscan.model.package import PackageFile, PackageRecord, PackageType

MOST_FILES = 1_000_000
_LONGEST = 4096
_FIELDS = frozenset({"name", "version", "license", "license-expression", "author", "author-email"})
_LONGEST_LICENSE = 100  # some put the whole text there


def parse_metadata(data: bytes) -> PackageRecord:
    """Return the distribution that METADATA or PKG-INFO describes, without its files.

    Raises:
        PackageDataError: it names no distribution.
    """
    fields = next(parse_paragraphs(data, _FIELDS), {})
    name, version = fields.get("name", ""), fields.get("version", "")
    if not name or not version:
        raise PackageDataError("core metadata without a name and version", Position(offset=0))
    license_text = fields.get("license-expression") or fields.get("license", "")
    return PackageRecord(
        type=PackageType.PYPI,
        name=name,
        version=version,
        license=license_text if len(license_text) <= _LONGEST_LICENSE and "\n" not in license_text else "",
        supplier=fields.get("author") or fields.get("author-email", ""),
    )


def parse_record(data: bytes, folder: str) -> Iterator[PackageFile]:
    """Yield the files that a RECORD in ``folder`` (the dist-info directory) names, with their digests.

    Paths are relative to the directory that holds ``folder``. A digest is ``sha256:<urlsafe base64>``.

    Raises:
        PackageDataError: more than a million lines.
    """
    site = parent_of(folder)
    prefix = site + "/" if site else ""
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    if len(lines) > MOST_FILES:
        raise PackageDataError(f"a RECORD of more than {MOST_FILES} lines", Position())
    for line in lines:  # 10^5 of them in a large image: one flat loop
        if '"' in line:  # a name with a comma
            row = _csv_row(line)
            if len(row) < 2:
                continue
            path, digest = row[0], row[1]
        else:
            path, _, rest = line.partition(",")
            digest, comma, _ = rest.partition(",")
            if not comma:
                continue
        if not digest and path.endswith(".pyc"):
            continue  # compiled at installation, a third of all lines; they belong to their sources
        if path and len(path) <= _LONGEST:
            where = path if path.startswith("/") else prefix + path
            yield PackageFile(clean_path(where), digest.replace("=", ":", 1) if "=" in digest else "")


def _csv_row(line: str) -> list[str]:
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []
