"""What a form is."""

from __future__ import annotations

from typing import Protocol

from imgscan.archive.blobs.archive import Archive
from imgscan.archive.blobs.opened import Opened


class Form(Protocol):
    """One form in which images are archived."""

    def bid(self, opened: Opened) -> bool:
        """Whether a source is of this form; the first of the table that says so reads it."""

    def read(self, opened: Opened) -> Archive:
        """Return the archive.

        Raises:
            InputError: a document that it cannot do without is missing or malformed.
        """
