"""The files that record packages, read in each layer: databases, and what language packages say of themselves."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.errors import InputError
from imgscan.model.entry import Entry
from imgscan.model.interest import Interest
from imgscan.model.observed import Content
from imgscan.model.observer import Data
from imgscan.system.packages.sources import FOLDERS, GLOBS, NAMES, SUFFIXES, reader_of


class PackageFiles:
    """Observes every package database of every layer, and what language packages say of themselves."""

    id = "packages"
    version = 4
    interest = Interest(
        names=NAMES, suffixes=SUFFIXES, globs=GLOBS, folders=FOLDERS, max_content_bytes=64 * 1024 * 1024
    )

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield what one file records, or why it could not be read."""
        reader = reader_of(entry.path)
        if reader is None:
            return
        if not content.whole:
            text = f"only {len(content.data)} of its {content.size} bytes were at hand"
            yield {"what": "error", "message": text}
            return
        try:
            yield from reader(entry.path, content.data)
        except InputError as error:
            yield {"what": "error", "message": str(error)}
