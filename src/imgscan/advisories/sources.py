"""Files and folders of advisories, as they are downloaded, to advisories; which form one has, its content says."""

from __future__ import annotations

import gzip
import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from imgscan.advisories.csaf import csaf_advisories
from imgscan.advisories.distributions import debian_advisories, secdb_advisories
from imgscan.advisories.osv import advisory_of
from imgscan.advisories.ranks import epss_scores, exploited
from imgscan.advisories.record import Advisory, parse_osv
from imgscan.errors import ManifestError, Position, UsageError
from imgscan.printable import printable

_MAX_RECORD = 64 << 20
_MAX_FILE = 512 << 20
_HEAD = 4096


class Exploited(msgspec.Struct, frozen=True):
    """Ids that are known to be exploited."""

    ids: tuple[str, ...]


class Probability(msgspec.Struct, frozen=True):
    """How likely a vulnerability is to be exploited in the next 30 days (EPSS)."""

    id: str
    score: float


Imported = Advisory | Exploited | Probability


def read_source(path: str) -> Iterator[Imported]:
    """Yield what a file, an archive or a folder holds.

    Raises:
        UsageError: there is nothing to read at ``path``.
        ManifestError: a record is of no known form; the position names the file or member.
    """
    is_any = False
    for item in _of_path(Path(path)):
        is_any = True
        yield item
    if not is_any:
        raise UsageError(f"{printable(path)}: no advisories in it")


def _of_path(path: Path) -> Iterator[Imported]:
    if path.is_dir():
        for below in sorted(path.rglob("*")):
            if below.is_file() and below.suffix in (".json", ".zip", ".csv", ".gz"):
                yield from _of_file(below)
        return
    try:
        if not path.is_file():
            raise UsageError(f"{printable(str(path))}: no such file or folder")
        yield from _of_file(path)
    except OSError as error:
        raise UsageError(f"{printable(str(path))}: cannot be read ({error.strerror})") from None


def _of_file(path: Path) -> Iterator[Imported]:
    name = printable(str(path))
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(b"PK\x03\x04"):
        yield from _of_zip(path, name)
        return
    if os.path.getsize(path) > _MAX_FILE:
        raise ManifestError(f"larger than {_MAX_FILE} bytes", Position(source=name))
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(path) as packed:
                data = packed.read(_MAX_FILE + 1)
            if len(data) > _MAX_FILE:
                raise ManifestError(f"larger than {_MAX_FILE} bytes", Position(source=name))
        except (OSError, EOFError, zlib.error) as error:
            raise ManifestError(f"damaged gzip ({error})", Position(source=name)) from None
    yield from records_of(data, name)


def _of_zip(path: Path, name: str) -> Iterator[Imported]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.is_dir() or not member.filename.endswith(".json"):
                    continue
                where = f"{name}:{printable(member.filename)}"
                if member.file_size > _MAX_RECORD:
                    raise ManifestError(f"larger than {_MAX_RECORD} bytes", Position(source=where))
                with archive.open(member) as file:
                    data = file.read(_MAX_RECORD + 1)
                yield from records_of(data, where)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise ManifestError(f"a damaged archive ({error})", Position(source=name)) from None


class _Head(msgspec.Struct, frozen=True):
    """The keys that tell the forms apart."""

    id: msgspec.Raw = msgspec.Raw()
    catalogVersion: msgspec.Raw = msgspec.Raw()  # noqa: N815 (the name of the document)
    document: msgspec.Raw = msgspec.Raw()
    packages: msgspec.Raw = msgspec.Raw()


def records_of(data: bytes, name: str) -> Iterator[Imported]:
    """Yield what one document says; ``name`` is its file, fit to be shown.

    Raises:
        ManifestError: it is of no known form.
    """
    if not data[:_HEAD].lstrip().startswith((b"{", b"[")):
        for identifier, score in epss_scores(data, name):
            yield Probability(identifier, score)
        return
    try:
        head = msgspec.json.decode(data, type=_Head)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ManifestError(f"no JSON of advisories ({error})", Position(source=name)) from None
    if bytes(head.id):
        yield advisory_of(parse_osv(data, name))
    elif bytes(head.catalogVersion):
        yield Exploited(tuple(exploited(data, name)))
    elif bytes(head.document):
        yield from csaf_advisories(data, name)
    elif bytes(head.packages):
        yield from secdb_advisories(data, name)
    else:
        yield from debian_advisories(data, name)
