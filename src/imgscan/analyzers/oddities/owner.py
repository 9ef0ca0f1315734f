"""Owners that a tar states and Linux cannot have."""

from __future__ import annotations

from imgscan.model.entry import Entry, EntryKind
from imgscan.model.finding import Severity


def severity_of_owner(entry: Entry) -> Severity:
    """Return how bad it is that this entry's owner is another one than the tar says.

    A file that runs with its owner's or group's rights is worst: a reader who takes the number for a stranger's does
    not see that it is root's.
    """
    if entry.kind is EntryKind.FILE and entry.mode & 0o6000 and not (entry.uid and entry.gid):
        return Severity.HIGH
    return Severity.LOW if entry.uid and entry.gid else Severity.MEDIUM
