"""How findings write an image's path in a command."""

from __future__ import annotations

import shlex

from imgscan.analyzers.places import absolute


def quoted(path: str) -> str:
    """Return an image's path as an argument of a shell command."""
    return shlex.quote(absolute(path))
