"""The files that record packages, read in each layer: databases, and what language packages say of themselves."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.errors import InputError
from imgscan.formats.path import base_name
from imgscan.model.entry import Entry
from imgscan.model.interest import Interest, Links
from imgscan.model.observed import Content
from imgscan.system.packages.databases import FOLLOWED, below_root
from imgscan.system.packages.facts import PackageFact, ReadError
from imgscan.system.packages.language_readers import NAMES as LANGUAGE_NAMES
from imgscan.system.packages.language_readers import language_reader
from imgscan.system.packages.sources import FOLDERS, GLOBS, NAMES, SUFFIXES, reader_of
from imgscan.system.packages.system_readers import system_reader


def read_as(path: str) -> tuple[object, ...] | None:
    """Return which record of which system a path is, whatever the folder that its database stands in."""
    root, inner = below_root(path)
    reader = system_reader(inner)
    if reader is not None:
        return root, reader, base_name(inner)
    name = base_name(path)
    if language_reader(path) is None:
        return None
    return ("language", name if name in LANGUAGE_NAMES else name[name.rfind(".") :])


class PackageFiles:
    """Observes every package database of every layer, and what language packages say of themselves."""

    id = "packages"
    version = 8
    fact = PackageFact
    interest = Interest(
        links=Links(read_as, FOLLOWED),
        names=NAMES,
        suffixes=SUFFIXES,
        globs=GLOBS,
        folders=FOLDERS,
        max_content_bytes=64 * 1024 * 1024,
    )

    def observe(self, entry: Entry, content: Content) -> Iterator[PackageFact]:
        """Yield what one file records, or why it could not be read."""
        reader = reader_of(entry.path)
        if reader is None:
            return
        if not content.whole:
            text = f"only {len(content.data)} of its {content.size} bytes were at hand"
            yield ReadError(message=text)
            return
        try:
            yield from reader(entry.path, content.data)
        except InputError as error:
            yield ReadError(message=str(error))
