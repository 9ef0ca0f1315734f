"""What chisel installed: var/lib/chisel/manifest.wall, lines of JSON in zstd.

Source: canonical/chisel, internal/manifest and public/jsonwall.
"""

from __future__ import annotations

from imgscan.errors import PackageDataError, Position
from imgscan.formats.archives.inflated import inflated
from imgscan.formats.packages.documents import record_object, text_of, texts_of
from imgscan.formats.path import clean_path
from imgscan.model.package import PackageFile, PackageRecord, PackageType

MAX_BYTES = 64 * 1024 * 1024
_MAX_LINES = 1_000_000
_MAX_PATH = 4096


def parse_manifest_wall(data: bytes) -> list[PackageRecord]:
    """Return the packages whose slices are installed, each with the paths of its slices, their modes and digests.

    Raises:
        PackageDataError: not zstd, over 64 MiB of text, or a line that is not JSON.
    """
    text, whole = inflated(data, MAX_BYTES)
    if not whole:
        raise PackageDataError("a manifest of chisel that is damaged, cut short or over 64 MiB", Position(offset=0))
    packages: dict[str, dict[str, object]] = {}
    files: dict[str, dict[str, PackageFile]] = {}
    lines = text.split(b"\n", _MAX_LINES)
    if not lines[0].strip():
        raise PackageDataError("a manifest of chisel without a line", Position(offset=0))
    for line in lines[:_MAX_LINES]:
        if not line.strip():
            continue
        row = record_object(line, "manifest.wall")
        word = text_of(row, "kind")
        if word == "package":
            packages[text_of(row, "name")] = row
        elif word == "path":
            _add_path(row, files)
    return [
        _record(name, row, files.get(name, {})) for name, row in packages.items() if name and text_of(row, "version")
    ]


def _add_path(row: dict[str, object], files: dict[str, dict[str, PackageFile]]) -> None:
    path = text_of(row, "path", _MAX_PATH)
    if not path or path.endswith("/"):
        return
    # What chisel changed after unpacking has the digest of what it became beside that of the package.
    digest = text_of(row, "final_sha256") or text_of(row, "sha256")
    link = bool(text_of(row, "link", _MAX_PATH)) and not digest
    mode = text_of(row, "mode")
    known = 0 < len(mode) <= 6 and not mode.strip("01234567")
    file = PackageFile(
        clean_path(path),
        f"sha256:{digest}" if len(digest) == 64 else "",
        int(mode, 8) & 0o7777 if known and not link else None,
        "0:0",
        "l" if link else "",
    )
    for slice_name in texts_of(row, "slices"):
        files.setdefault(slice_name.partition("_")[0], {})[file.path] = file


def _record(name: str, row: dict[str, object], files: dict[str, PackageFile]) -> PackageRecord:
    return PackageRecord(
        type=PackageType.DEB,
        name=name,
        version=text_of(row, "version"),
        arch=text_of(row, "arch"),
        files=tuple(files.values()),
    )
