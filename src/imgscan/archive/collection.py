"""A folder that holds images: archives and layouts beside one another, as exports and mirrors leave them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from itertools import islice

import msgspec

from imgscan.archive.blobs.location import OPEN_FLAGS, ReadAt, descriptor_reads, file_chunks, read_at
from imgscan.archive.blobs.members import recognise
from imgscan.errors import InputError
from imgscan.layer.decompress import compression_of, decompressed
from imgscan.model.limits import Limits

_MAX_FILES = 1000
_MAX_DEPTH = 4
_LOOKED_AT = 8 << 20
"""Stored bytes that a look at one file reads at most."""
_BESIDE = re.compile(
    r"\..*|README.*|LICEN[CS]E.*|CHANGELOG.*|Makefile|.*\.(?:md|txt|json|ya?ml|csv|asc|sig|pem|pub|md5|sha\d+(?:sum)?s?|log)"
    r"|(?:MD5|SHA\d+)SUMS?.*",
    re.IGNORECASE,
)
"""Names of what lies beside image archives."""


class Collection(msgspec.Struct, frozen=True):
    """What a folder holds: images by their paths in it, and whether anything that does not belong beside them."""

    images: tuple[str, ...]
    others: bool


def images_in(folder: str, limits: Limits) -> Collection:
    """Return the images below a folder, sorted; one with very many files is not looked into further."""
    images: list[str] = []
    others = False
    for name, is_layout in islice(_files(folder, "", 0), _MAX_FILES):
        if is_layout or _is_image(os.path.join(folder, name), limits):
            images.append(name)
        elif not lies_beside(os.path.basename(name)):
            others = True
    return Collection(tuple(sorted(images)), others)


def lies_beside(name: str) -> bool:
    """Whether a file of this name is one of those that lie beside images: a README, a checksum."""
    return _BESIDE.fullmatch(name) is not None


def _files(folder: str, below: str, depth: int) -> Iterator[tuple[str, bool]]:
    """Yield the paths of regular files, and of folders that are an image of their own, with whether they are."""
    try:
        with os.scandir(os.path.join(folder, below)) as result:
            items = sorted(islice(result, _MAX_FILES), key=lambda item: item.name)
    except OSError:
        return
    names = {item.name for item in items}
    if below and ("oci-layout" in names or {"manifest.json", "version"} <= names):
        yield below, True
        return
    for item in items:
        path = os.path.join(below, item.name)
        if item.is_dir(follow_symlinks=False):
            if depth < _MAX_DEPTH:
                yield from _files(folder, path, depth + 1)
        elif not item.is_symlink():  # what it leads to may lie elsewhere
            yield path, False


def _is_image(path: str, limits: Limits) -> bool:
    """Whether a file begins like an image's archive."""
    try:
        descriptor = os.open(path, OPEN_FLAGS)
    except OSError:
        return False
    try:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode):
            return False
        return begins_like_image(descriptor_reads(descriptor), 0, info.st_size, limits)
    finally:
        os.close(descriptor)


def begins_like_image(reads: ReadAt, offset: int, size: int, limits: Limits) -> bool:
    """Whether a range of an open file begins like an image's archive, compressed or not."""
    try:
        compression = compression_of(read_at(reads, min(16, size), offset, None))
        chunks = file_chunks(reads, offset, min(size, _LOOKED_AT), "")
        return recognise(decompressed(chunks, compression, limits), limits).image
    except InputError:
        return False
