"""Names of members to paths of an image."""

from __future__ import annotations

import re

from imgscan.model.entry import ImagePath

_LONGEST_ENDING = 16
_UNCLEAN = re.compile(r"/(?:/|$|\.\.?(?:/|$))", re.MULTILINE)


def decode_name(name: bytes) -> str:
    """Return a member's name as text; bytes that are not UTF-8 become lone surrogates (``os.fsencode`` undoes it)."""
    return name.decode("utf-8", "surrogateescape")


def clean_path(name: str) -> ImagePath:
    """Return ``name`` relative to the image root, without ``.``, ``..``, doubled or trailing slashes.

    ``..`` at the root stays at the root, as in every runtime. Source: CASES 22; Go's path.Clean("/" + name).
    """
    if "//" not in name and "/." not in name and not name.startswith(("/", ".")) and (not name or name[-1] != "/"):
        return name  # what nearly every name is
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part and part != ".":
            parts.append(part)
    return "/".join(parts)


def has_unclean(text: str) -> bool:
    """Whether ``clean_path`` may change a path that is the end of one of the lines, but for a slash at its start.

    One look at a whole list, where nearly none has any, costs a tenth of a look at each of its paths.
    """
    return _UNCLEAN.search(text) is not None


def escapes_root(name: str) -> bool:
    """Whether ``name`` climbs above the root on its way, as ``../x`` and ``a/../../x`` do."""
    if ".." not in name:
        return False
    depth = 0
    for part in name.split("/"):
        if part == "..":
            depth -= 1
            if depth < 0:
                return True
        elif part and part != ".":
            depth += 1
    return False


def parent_of(path: ImagePath) -> ImagePath:
    """Return the directory that holds ``path``; the root's is the root."""
    return path.rpartition("/")[0]


def ending_of(path: str) -> str:
    """Return how a path ends from its last dot on, in small letters; empty where that is no file's ending."""
    dot = path.rfind(".")
    return path[dot:].lower() if dot >= 0 and len(path) - dot < _LONGEST_ENDING else ""


def base_name(path: ImagePath) -> str:
    """Return the last component of ``path``."""
    return path.rpartition("/")[2]
