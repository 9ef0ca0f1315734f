"""Packages of conda: conda-meta/NAME-VERSION-BUILD.json. Source: conda, conda/models/records.py, PrefixRecord."""

from __future__ import annotations

from imgscan.errors import PackageDataError, Position
from imgscan.formats.packages.documents import objects_of, record_object, text_of, texts_of
from imgscan.formats.path import clean_path
from imgscan.model.package import PackageFile, PackageRecord, PackageType

_MAX_FILES = 500_000
_MAX_PATH = 4096


def parse_conda_meta(data: bytes, prefix: str) -> PackageRecord:
    """Return the package that a file in ``PREFIX/conda-meta`` records, with its files and their digests.

    Conda rewrites the prefix in some files when it installs them; of those the digest is that after rewriting.

    Raises:
        PackageDataError: not JSON, or without a name and version.
    """
    document = record_object(data, "conda-meta")
    name, version = text_of(document, "name"), text_of(document, "version")
    if not name or not version:
        raise PackageDataError("a record of conda without a name and version", Position(offset=0))
    channel = text_of(document, "channel")
    return PackageRecord(
        type=PackageType.CONDA,
        name=name,
        version=version,
        arch=text_of(document, "subdir"),
        namespace="",
        build=text_of(document, "build") or text_of(document, "build_string"),
        license=text_of(document, "license"),
        supplier=channel.rstrip("/").rpartition("/")[2] if "://" not in channel else _channel(channel),
        files=tuple(_files(document, prefix)),
    )


def _channel(url: str) -> str:
    parts = [part for part in url.partition("://")[2].split("/")[1:] if part]
    return parts[0] if parts else ""


def _files(document: dict[str, object], prefix: str) -> list[PackageFile]:
    data = document.get("paths_data")
    rows = objects_of(data, "paths")[:_MAX_FILES]
    base = f"{prefix}/" if prefix else ""
    if not rows:
        return [PackageFile(clean_path(base + name)) for name in texts_of(document, "files")[:_MAX_FILES]]
    result = []
    for row in rows:
        path = text_of(row, "_path", _MAX_PATH)
        digest = text_of(row, "sha256_in_prefix") or ("" if row.get("prefix_placeholder") else text_of(row, "sha256"))
        if path:
            link = "l" if row.get("path_type") == "softlink" else ""
            known = len(digest) == 64 and not link
            result.append(PackageFile(clean_path(base + path), f"sha256:{digest.lower()}" if known else "", flags=link))
    return result
