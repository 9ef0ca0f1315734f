"""What can be done to an image about a finding, as a value: the text of the report is made from it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from imgscan.quoting import shell_word


class Action(StrEnum):
    """What a command does to the image."""

    REMOVE = "remove"
    """Files go, by their paths."""
    REMOVE_PACKAGES = "remove-packages"
    """Packages go, with what depends on them."""
    UPGRADE = "upgrade"
    """Packages get newer versions, over the network."""
    RESTORE = "restore"
    """What a package installed is installed again."""
    CHANGE_MODE = "change-mode"
    CHANGE_OWNER = "change-owner"
    DROP_CAPABILITIES = "drop-capabilities"
    """File capabilities go."""
    EDIT_FILE = "edit-file"
    """Lines of a text file are changed."""
    CHANGE_ACCOUNT = "change-account"
    """A user of the image's own account database is changed."""
    INSPECT = "inspect"
    """Nothing is changed: the command shows a person what to decide."""


class Remedy(msgspec.Struct, frozen=True):
    """One command that answers a finding in the image as it is, with nothing to be filled in.

    ``command`` is the program with its options, words that a shell takes as they are; ``paths`` follow it: absolute
    and raw, quoted where the command is written. Where ``paths`` are empty, ``command`` is all of it. ``edits`` are
    expressions of sed on one file: several of them on one file can be one command, whose line numbers are those of
    the file as it was.
    """

    action: Action
    command: str
    paths: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()

    def text(self, root: str = "") -> str | None:
        """Return the command on one line, its paths below ``root``; None where one of them is no word of a shell."""
        if len(self.paths) == 1 and not self.edits:  # nearly all
            word = shell_word(root + self.paths[0])
            return None if word is None else f"{self.command} {word}"
        words = [shell_word(root + path) for path in self.paths]
        if None in words:
            return None
        each = "-e " if len(self.edits) > 1 else ""
        edits = [each + shlex.quote(edit) for edit in self.edits]
        return " ".join([self.command, *edits, *(word for word in words if word is not None)])


def edit_file(path: str, *edits: str, action: Action = Action.EDIT_FILE) -> Remedy:
    """Return what changes an absolute path in place by expressions of sed."""
    return Remedy(action, "sed -i", (path,), edits)


def run_line(remedies: Iterable[Remedy], remark: str = "") -> str:
    """Return commands as one instruction of a Dockerfile, ``remark`` behind it; empty where one cannot be written."""
    texts = [remedy.text() for remedy in remedies]
    commands = [text for text in texts if text is not None]
    if not commands or len(commands) < len(texts):
        return ""
    return f"RUN {' && '.join(commands)}" + (f"  # {remark}" if remark else "")


def merged(remedies: Iterable[Remedy]) -> list[Remedy]:
    """Return each command once, and all edits of a file in one.

    One run of sed counts the lines of the file as it was; several would each count those that the last one left.
    """
    result: dict[tuple[str, tuple[str, ...]], Remedy] = {}
    for remedy in remedies:
        key = (remedy.command, remedy.paths)
        known = result.get(key)
        edits = tuple(dict.fromkeys((*known.edits, *remedy.edits))) if known is not None else remedy.edits
        result[key] = Remedy((known or remedy).action, remedy.command, remedy.paths, edits)
    return list(result.values())
