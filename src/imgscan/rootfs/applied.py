"""The layer that is being applied, as those see it who apply the parts of it."""

from __future__ import annotations

from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog
from imgscan.rootfs.owner_ids import with_applied_owners
from imgscan.rootfs.tree import Ref, Tree, layer_of, make_ref


class AppliedLayer:
    """One layer, the tree that it goes into, and the log of what is odd about it.

    ``whited`` are the paths that its whiteouts name, and whether each was a directory then.
    """

    def __init__(self, tree: Tree, entries: list[Entry], problems: ProblemLog, limits: Limits) -> None:
        self.tree = tree
        self.number = len(tree.layers)
        self.problems = problems
        self.limits = limits
        self.whited: dict[ImagePath, bool] = {}
        self.entries = self._with_applied_owners(entries)
        tree.layers.append(self.entries)

    def _with_applied_owners(self, entries: list[Entry]) -> list[Entry]:
        applied = with_applied_owners(entries)
        if not applied:
            return entries
        for index, entry in applied.items():
            stated = entries[index]
            self.tree.stated_owners[make_ref(self.number, index)] = (stated.uid, stated.gid)
            owners = f"{stated.uid}:{stated.gid}, which Linux cannot have: runtimes make it {entry.uid}:{entry.gid}"
            self.warn("wrapped-owner", f"the owner {owners}", stated)
        return [applied.get(index, entry) for index, entry in enumerate(entries)]

    def states(self, ref: Ref) -> bool:
        """Whether a reference is of this layer, a directory that it made without an entry too."""
        return layer_of(ref) == self.number

    def warn(self, code: str, text: str, entry: Entry, path: ImagePath | None = None) -> None:
        """Note a warning on an entry, under its own name or under ``path``."""
        self.problems.warn(code, text, entry.path if path is None else path, entry.offset)

    def error(self, code: str, text: str, entry: Entry, path: ImagePath | None = None) -> None:
        """Note an error, as above."""
        self.problems.error(code, text, entry.path if path is None else path, entry.offset)

    def is_out_of_steps(self, entry: Entry) -> bool:
        """Whether ways through symlinks have cost all the steps that the limits allow; what needs more is left out."""
        if self.tree.link_steps <= self.limits.link_steps:
            return False
        text = "behind symlinks or missing directories, after more steps than limits.link_steps allows; left out"
        self.error("too-many-link-steps", text, entry)
        return True

    def readded(self, entry: Entry, path: ImagePath, kind: EntryKind) -> None:
        """Warn of a path that one layer both hides and adds: the specification is clear, runtimes differ."""
        if kind is not EntryKind.DIRECTORY:
            text = "whited out and added by one layer: the file stays; containerd's plain applier and vfs delete it"
        elif self.whited[path]:
            text = "a directory whited out and made anew by one layer; overlay drivers may bring its old children back"
        else:
            text = "a directory whited out and made by one layer: it stays; some runtimes refuse the layer"
        self.warn("whiteout-and-entry", f"/{path}: {text}", entry)
