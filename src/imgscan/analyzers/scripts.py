"""What is observed of scripts: their interpreter, and the programs they call that change who runs.

The facts are the config analyzer's; what starts in a container is known only when the image is merged, so every
script that may be run is looked at.
"""

from __future__ import annotations

from typing import Any

from imgscan.analyzers.api import Data
from imgscan.analyzers.program_names import SHELLS
from imgscan.formats.shebang import parse_shebang
from imgscan.model.entry import Entry
from imgscan.rootfs.view import ImageView, Node

ANALYZER = "config"
SCRIPT_BYTES = 1 << 16
"""How much of a script is looked at."""

# Programs that a script started as root gives its rights away with.
_DROPPERS = tuple(b"gosu su-exec setpriv runuser s6-setuidgid setuidgid chpst su".split())
_BEFORE = b" \t\n;&|(\"'/`"
_AFTER = b" \t="


def observed_script(entry: Entry, content: bytes) -> Data | None:
    """Return the data of a script's fact, None for one that neither can be run by its name nor changes user."""
    found = parse_shebang(content)
    if found is None:
        return None
    shell = found.program().rpartition("/")[2] in SHELLS
    drops = sorted(word.decode() for word in _DROPPERS if _calls(content, word)) if shell else []
    if not entry.mode & 0o111 and not drops:
        return None
    return {"interpreter": found.interpreter, "argument": found.argument, "drops": drops}


def _calls(content: bytes, word: bytes) -> bool:
    """Whether a script has a word where a command may stand: no search by expression, which is ten times dearer."""
    at = content.find(word)
    while at >= 0:
        end = at + len(word)
        if content[at - 1 : at] in _BEFORE and content[end : end + 1] in _AFTER and _is_switch(content, end, word):
            return True
        at = content.find(word, end)
    return False


def _is_switch(content: bytes, end: int, word: bytes) -> bool:
    """Whether ``su`` comes with an option: as a word of a sentence it does not."""
    return word != b"su" or content[end + 1 : end + 2] == b"-"


def script_of(view: ImageView, node: Node) -> dict[str, Any] | None:
    """Return what was observed of a script, None for any other file."""
    return next((data for data in view.facts_on(ANALYZER, node.inode) if "interpreter" in data), None)
