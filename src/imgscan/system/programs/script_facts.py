"""What is observed of scripts: their interpreter, and the programs they call that change who runs.

And of other files that may be run, that they are no programs. What starts in a
container is known only when the image is merged, so every file that may be run is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

import msgspec

from imgscan.formats.path import base_name
from imgscan.model.entry import Entry
from imgscan.model.interest import Buffer, Interest
from imgscan.model.observed import Content
from imgscan.rootfs.view import ImageView, Node
from imgscan.shell.called import script_commands
from imgscan.shell.known import SHELLS
from imgscan.shell.shebang import MAX_LINE, Shebang, parse_shebang
from imgscan.shell.wrappers import DROPPERS, peeled, runs_as

SCRIPT_BYTES = 1 << 16
"""How much of a script is looked at."""

_WORDS = tuple(sorted(word.encode() for word in DROPPERS))
_SENTENCES = DROPPERS & {"su", "chroot"}  # words that messages have, too: they count as commands with a user alone
_BEFORE = b" \t\n;&|(\"'/`"
_AFTER = b" \t="
_SAYS = re.compile(rb"^[ \t]*(?:#|(?:echo|printf)\b).*$", re.MULTILINE)


class Unfit(StrEnum):
    """What a file that may be run is where no kernel can start it; BOM is a byte order mark before the ``#!``."""

    EMPTY = "empty"
    BOM = "bom"
    TEXT = "text"
    DATA = "data"


class Script(msgspec.Struct, frozen=True):
    """A script: what interprets it, and the programs by which it gives root's rights away."""

    shebang: Shebang
    drops: tuple[str, ...]


class ExecutableFact(msgspec.Struct, frozen=True, kw_only=True):
    """One file: a script, or what cannot be started; one of the two is set."""

    script: Script | None = None
    unfit: Unfit | None = None


class ExecutableFiles:
    """Observes scripts, and other files that may be run, whether the kernel could start them."""

    id = "executables"
    version = 2
    fact = ExecutableFact
    interest = Interest(any_mode=0o111, magics=(b"#!",), max_content_bytes=SCRIPT_BYTES)

    def observe(self, entry: Entry, content: Content) -> Iterator[ExecutableFact]:
        """Yield one fact a script: its interpreter, and with what it changes the user; or that a file is no program."""
        is_script = content.view[:2] == b"#!"
        script = observed_script(entry, content.data) if is_script else None
        unfit = observed_other(entry, content.view) if script is None and not content.cut else None
        if script is not None or unfit is not None:
            yield ExecutableFact(script=script, unfit=unfit)


def observed_script(entry: Entry, content: bytes) -> Script | None:
    """Return what is observed of a script, None for one that neither can be run by its name nor changes user."""
    result = parse_shebang(content)
    if result is None:
        return None
    shell = result.program().rpartition("/")[2] in SHELLS
    drops = _drops(content) if shell else []
    if not entry.mode & 0o111 and not drops:
        return None
    return Script(result, tuple(drops))


def observed_other(entry: Entry, content: Buffer) -> Unfit | None:
    """Return what a file is that may be run but that no kernel can start; None for any other file.

    A fact of its own, not left to be concluded from the want of other facts: those may be missing for other reasons.
    Source: Linux, fs/exec.c, search_binary_handler; ENOEXEC in execve(2).
    """
    if not entry.mode & 0o111:
        return None
    head = bytes(content[:MAX_LINE])
    if head.startswith(b"\x7fELF") or parse_shebang(head) is not None:
        return None
    if not head:
        return Unfit.EMPTY if not entry.size else None
    if head.startswith(b"\xef\xbb\xbf#!"):
        return Unfit.BOM
    return Unfit.DATA if b"\0" in head else Unfit.TEXT


def unfit_of(view: ImageView, node: Node) -> Unfit | None:
    """Return as what else than a program a file was observed, None for a program or for want of a fact."""
    return next((fact.unfit for fact in view.facts_on(ExecutableFiles, node.inode) if fact.unfit), None)


def _drops(content: bytes) -> list[str]:
    """Return the programs by which a script gives root's rights away; comments and messages are none of it."""
    if not any(_calls(content, word) for word in _WORDS):
        return []
    code = _SAYS.sub(b"", content)
    result = {word.decode() for word in _WORDS if _calls(code, word)}
    if result & _SENTENCES:
        result -= _SENTENCES - set(_changes(code.decode("utf-8", "replace")))
    return sorted(result)


def _calls(content: bytes, word: bytes) -> bool:
    """Whether a script has a word where a command may stand: no search by expression, which is ten times dearer."""
    at = content.find(word)
    while at >= 0:
        end = at + len(word)
        if content[at - 1 : at] in _BEFORE and content[end : end + 1] in _AFTER:
            return True
        at = content.find(word, end)
    return False


def _changes(text: str) -> Iterator[str]:
    """Yield the wrappers in command position that change to another user than root."""
    for command in script_commands(text):
        for words in peeled(command):
            if runs_as(words) is not None:
                yield base_name(words[0])


def script_of(view: ImageView, node: Node) -> Script | None:
    """Return what was observed of a script, None for any other file."""
    return next((fact.script for fact in view.facts_on(ExecutableFiles, node.inode) if fact.script), None)
