"""What is observed of scripts: their interpreter, and the programs they call that change who runs.

The facts are the config analyzer's; what starts in a container is known only when the image is merged, so every
script that may be run is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from imgscan.analyzers.api import Data
from imgscan.analyzers.program_names import SHELLS
from imgscan.formats.commands import script_commands
from imgscan.formats.path import base_name
from imgscan.formats.shebang import parse_shebang
from imgscan.formats.wrappers import DROPPERS, is_wrapper, runs_as, wrapped
from imgscan.model.entry import Entry
from imgscan.rootfs.view import ImageView, Node

ANALYZER = "config"
SCRIPT_BYTES = 1 << 16
"""How much of a script is looked at."""

_WORDS = tuple(sorted(word.encode() for word in DROPPERS))
_SENTENCES = DROPPERS & {"su", "chroot"}  # words that messages have, too: they count as commands with a user alone
_BEFORE = b" \t\n;&|(\"'/`"
_AFTER = b" \t="
_SAYS = re.compile(rb"^[ \t]*(?:#|(?:echo|printf)\b).*$", re.MULTILINE)


def observed_script(entry: Entry, content: bytes) -> Data | None:
    """Return the data of a script's fact, None for one that neither can be run by its name nor changes user."""
    found = parse_shebang(content)
    if found is None:
        return None
    shell = found.program().rpartition("/")[2] in SHELLS
    drops = _drops(content) if shell else []
    if not entry.mode & 0o111 and not drops:
        return None
    return {"interpreter": found.interpreter, "argument": found.argument, "drops": drops}


def _drops(content: bytes) -> list[str]:
    """Return the programs by which a script gives root's rights away; comments and messages are none of it."""
    if not any(_calls(content, word) for word in _WORDS):
        return []
    code = _SAYS.sub(b"", content)
    found = {word.decode() for word in _WORDS if _calls(code, word)}
    if found & _SENTENCES:
        found -= _SENTENCES - set(_changes(code.decode("utf-8", "replace")))
    return sorted(found)


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
        words = command
        while words and is_wrapper(name := base_name(words[0])):
            if runs_as(words) is not None:
                yield name
            words = wrapped(words)


def script_of(view: ImageView, node: Node) -> dict[str, Any] | None:
    """Return what was observed of a script, None for any other file."""
    return next((data for data in view.facts_on(ANALYZER, node.inode) if "interpreter" in data), None)
