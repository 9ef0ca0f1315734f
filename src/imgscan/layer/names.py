"""Names of members held against what a runtime can create."""

from __future__ import annotations

from imgscan.formats.path import clean_path, decode_name, escapes_root
from imgscan.model.entry import EntryKind, ImagePath
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog

SHORT = 1000
"""Paths of up to this many characters are within any sensible ``limits.path_bytes``, however they are encoded."""


class NameRules:
    """Cleans names; what is odd about one is noted as a problem."""

    def __init__(self, problems: ProblemLog, limits: Limits) -> None:
        self._problems = problems
        self._limits = limits
        self.short = min(SHORT, limits.path_bytes // 4, limits.path_depth)

    def path(self, text: str, kind: EntryKind, at: int) -> ImagePath | None:
        """Return the path of a member, or None, with a problem noted, for one that no runtime can create."""
        path = clean_path(text)
        depth = path.count("/") + 1
        if len(path) > self.short or depth > self._limits.path_depth:
            length = len(path.encode("utf-8", "surrogateescape"))
            if length >= self._limits.path_bytes or depth > self._limits.path_depth:
                bounds = "limits.path_bytes or limits.path_depth"
                text = f"a path of {length} bytes and {depth} components, more than {bounds} allow; left out"
                self._problems.error("path-too-long", text, path[:100] + "…", at)
                return None
        if not path and (not text or kind is not EntryKind.DIRECTORY):
            self._problems.warn("no-name", f"a {kind} without a name, left out", offset=at)
            return None
        if ".." in text and escapes_root(text):
            self._problems.warn("path-escapes", "a name that climbs above the root; read as inside it", path, at)
        if kind is EntryKind.FILE and text.endswith("/"):
            text = "a file whose name ends in a slash: runtimes make a file of it, libarchive a directory"
            self._problems.warn("trailing-slash", text, path, at)
        return path

    def link(self, link: bytes, kind: EntryKind, path: str, at: int) -> str:
        """Return a symlink's text as it is, or the cleaned path that a hardlink names."""
        text = decode_name(link)
        if kind is EntryKind.SYMLINK:
            return text
        if ".." in text and escapes_root(text):
            self._problems.warn("link-escapes", "a hardlink that climbs above the root; read as inside it", path, at)
        return clean_path(text)
