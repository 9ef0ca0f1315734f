"""Names of members held against what a runtime can create."""

from __future__ import annotations

from imgscan.errors import LimitError, Position
from imgscan.formats.path import clean_path, decode_name, escapes_root
from imgscan.model.entry import EntryKind, ImagePath
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog

SHORT = 1000
"""Paths of up to this many characters are within any sensible ``limits.path_bytes``, however they are encoded."""

_OBJECTS = 128  # bytes that Python takes for an attribute's two objects and their place, beside the text


class NameRules:
    """Cleans names; what is odd about one is noted as a problem."""

    def __init__(self, problems: ProblemLog, limits: Limits) -> None:
        self._problems = problems
        self._limits = limits
        self.short = min(SHORT, limits.path_bytes // 4, limits.path_depth)
        self._kept = 0

    def path(self, text: str, kind: EntryKind, at: int) -> ImagePath | None:
        """Return the path of a member, or None, with a problem noted, for one that no runtime can create."""
        path = clean_path(text)
        depth = path.count("/") + 1
        if len(path) > self.short or depth > self._limits.path_depth:
            length = len(path.encode("utf-8", "surrogateescape"))
            if length >= self._limits.path_bytes or depth > self._limits.path_depth:
                bounds = "limits.path_bytes or limits.path_depth"
                text = f"a path of {length} bytes and {depth} components, more than {bounds} allow; left out"
                self._problems.error("path-too-long", text, path[:100] + "\u2026", at)
                return None
            self._keep(length, at)
        if not path and (not text or kind is not EntryKind.DIRECTORY):
            self._problems.warn("no-name", f"a {kind} without a name, left out", offset=at)
            return None
        if ".." in text and escapes_root(text):
            self._problems.warn("path-escapes", "a name that climbs above the root; read as inside it", path, at)
        if kind is EntryKind.FILE and text.endswith("/"):
            text = "a file whose name ends in a slash: runtimes make a file of it, libarchive a directory"
            self._problems.warn("trailing-slash", text, path, at)
        return path

    def link(self, link: bytes, kind: EntryKind, path: str, at: int) -> str | None:
        """Return a symlink's text as it is, or the cleaned path that a hardlink names.

        None, with a problem noted, for a text that no runtime can create.
        """
        if len(link) > self.short:
            if len(link) >= self._limits.path_bytes:
                text = f"a {kind} whose target has {len(link)} bytes, more than limits.path_bytes allows; left out"
                self._problems.error("link-too-long", text, path, at)
                return None
            self._keep(len(link), at)
        text = decode_name(link)
        if kind is EntryKind.SYMLINK:
            return text
        if ".." in text and escapes_root(text):
            self._problems.warn("link-escapes", "a hardlink that climbs above the root; read as inside it", path, at)
        return clean_path(text)

    def attributes(self, xattrs: dict[str, bytes], at: int) -> None:
        """Count extended attributes among what is kept.

        Raises:
            LimitError: all that is kept comes to more than ``limits.names_bytes``.
        """
        self._keep(sum(len(name) + len(value) + _OBJECTS for name, value in xattrs.items()), at)

    def _keep(self, length: int, at: int) -> None:
        # The short names of ten million entries are what limits.layer_entries is for.
        self._kept += length
        if self._kept > self._limits.names_bytes:
            raise LimitError("more bytes of names and attributes than limits.names_bytes", Position(offset=at))
