"""Texts of an image inside shell commands, comments and YAML: they say what they say, and do nothing."""

from __future__ import annotations

import json

from imgscan.agents import inert
from imgscan.printable import printable

_MAX_LENGTH = 140


def comment(text: str) -> str:
    """Return a text as the rest of a comment line of a Dockerfile, of a shell script or of YAML."""
    shown = inert(printable(text))
    return shown if len(shown) <= _MAX_LENGTH else shown[: _MAX_LENGTH - 3] + "..."


def is_plain(text: str) -> bool:
    """Whether a text may stand in a command line as it is: on one line, and nothing of it hidden."""
    return printable(text) == text and text.isascii()


def yaml_text(text: str) -> str:
    """Return a printable text as a double-quoted YAML scalar (YAML 1.2, section 7.3.1)."""
    return json.dumps(printable(text), ensure_ascii=False)
