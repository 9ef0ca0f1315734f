"""Installed Python distributions. Sources: PyPA "Core metadata", "Recording installed projects" (dist-info, RECORD)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from imgscan.errors import PackageDataError, Position
from imgscan.formats.packages.control import parse_paragraphs
from imgscan.formats.packages.relations import python_relations
from imgscan.formats.path import clean_path, parent_of
from imgscan.formats.text_lines import bounded_lines
from imgscan.model.package import PackageFile, PackageRecord, PackageType

MAX_FILES = 1_000_000
_MAX_LENGTH = 4096
_FIELDS = frozenset({"name", "version", "license", "license-expression", "author", "author-email"})
_LONGEST_LICENSE = 100  # some put the whole text there
_CLASSIFIER = re.compile(rb"^Classifier: License :: (?:OSI Approved :: )?([^\r\n]{1,100})\r?$", re.MULTILINE)
_REQUIRES = re.compile(rb"^Requires-Dist: ([^\r\n]{1,300})", re.MULTILINE)
_MAX_CLASSIFIERS = 5
_HEAD = 256 * 1024


def parse_metadata(data: bytes) -> PackageRecord:
    """Return the distribution that METADATA or PKG-INFO describes, without its files.

    Raises:
        PackageDataError: it names no distribution.
    """
    fields = next(parse_paragraphs(data, _FIELDS), {})
    name, version = fields.get("name", ""), fields.get("version", "")
    if not name or not version:
        raise PackageDataError("core metadata without a name and version", Position(offset=0))
    return PackageRecord(
        type=PackageType.PYPI,
        name=name,
        version=version,
        license=_license(fields, data),
        supplier=fields.get("author") or fields.get("author-email", ""),
        depends=python_relations(match[1].decode("utf-8", "replace") for match in _REQUIRES.finditer(_head(data))),
    )


def _license(fields: dict[str, str], data: bytes) -> str:
    """Return the licence expression, else the license field where it is short, else what the classifiers say."""
    text = fields.get("license-expression") or fields.get("license", "")
    if text and text != "UNKNOWN" and len(text) <= _LONGEST_LICENSE and "\n" not in text:
        return text
    result = (match[1].decode("utf-8", "replace").strip() for match in _CLASSIFIER.finditer(_head(data)))
    names = [name for name in dict.fromkeys(result) if name != "OSI Approved"]
    return ", ".join(names[:_MAX_CLASSIFIERS])


def _head(data: bytes) -> bytes:
    """Return the fields without the description that follows them."""
    return data[:_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]


def parse_record(data: bytes, folder: str) -> Iterator[PackageFile]:
    """Yield the files that a RECORD in ``folder`` (the dist-info directory) names, with their digests.

    Paths are relative to the directory that holds ``folder``. A digest is ``sha256:<urlsafe base64>``.

    Raises:
        PackageDataError: more than a million lines.
    """
    site = parent_of(folder)
    prefix = site + "/" if site else ""
    lines = bounded_lines(data.decode("utf-8", "surrogateescape"), MAX_FILES, "a RECORD")
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
        if path and len(path) <= _MAX_LENGTH:
            where = path if path.startswith("/") else prefix + path
            yield PackageFile(clean_path(where), digest.replace("=", ":", 1) if "=" in digest else "")


def _csv_row(line: str) -> list[str]:
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []
