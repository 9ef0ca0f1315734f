"""Entries of members with extended headers or of a rare type, which the reader does not make on its short way."""

from __future__ import annotations

from imgscan.errors import LimitError, Position
from imgscan.formats.path import decode_name
from imgscan.layer.extended import Member
from imgscan.layer.names import NameRules
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog

LINKS = frozenset({EntryKind.SYMLINK, EntryKind.HARDLINK})
DEVICES = frozenset({EntryKind.CHAR, EntryKind.BLOCK})


class MemberEntries:
    """Makes entries and counts them; what is odd about one is noted as a problem."""

    def __init__(self, problems: ProblemLog, limits: Limits) -> None:
        self._problems = problems
        self._limit = limits.layer_entries
        self.names = NameRules(problems, limits)
        self.count = 0

    def entry(self, member: Member, size: int, content_at: int, at: int) -> Entry | None:
        """Return the entry of the member whose header is at ``at``; None for one that no runtime can create.

        Raises:
            LimitError: there are more entries, or more bytes of names and attributes, than the limits allow.
        """
        kind = member.kind
        path = self.names.path(decode_name(member.name), kind, at)
        if path is None:
            return None
        target = self.names.link(member.link, kind, path, at) if member.link and kind in LINKS else ""
        if target is None:
            return None
        if member.xattrs:
            self.names.attributes(member.xattrs, at)
        device = member.device if kind in DEVICES else None
        self.counted(at)
        return Entry(
            path,
            kind,
            member.mode,
            member.uid,
            member.gid,
            size,
            content_at,
            member.mtime_ns,
            target or None,
            device,
            member.xattrs,
        )

    def counted(self, at: int) -> None:
        """Count one more entry.

        Raises:
            LimitError: there are more than ``limits.layer_entries``.
        """
        self.count += 1
        if self.count > self._limit:
            raise LimitError("more entries than limits.layer_entries", Position(offset=at))

    def size_ignored(self, kind: EntryKind, size: int, path: str, at: int) -> None:
        """Note a member that states a size where readers expect no data."""
        text = f"a {kind} with a size of {size}: runtimes expect no data after it"
        self._problems.warn("size-ignored", text, path, at)
