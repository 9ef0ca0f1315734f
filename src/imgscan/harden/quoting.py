"""Texts of an image inside shell commands, comments and YAML: they say what they say, and do nothing."""

from __future__ import annotations

import json
import os
import re
import shlex

from imgscan.printable import printable

_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./~ -]+")
_LONGEST = 140


def shell_word(path: str) -> str | None:
    """Return a path as one word of a POSIX shell on one line, None for one that no such word can hold.

    Anything but plain characters is written as octal escapes of printf, so that neither the shell nor the Dockerfile's
    own parser (continuations, comments, here-documents) sees them. A command substitution drops newlines at its end.
    """
    if _PLAIN.fullmatch(path):
        return shlex.quote(path)
    if path.endswith("\n"):
        return None
    escaped = "".join(
        chr(byte) if _PLAIN.fullmatch(chr(byte)) and byte != ord("%") else f"\\{byte:03o}" for byte in os.fsencode(path)
    )
    return f"\"$(printf '{escaped}')\""


def comment(text: str) -> str:
    """Return a text as the rest of a comment line of a Dockerfile, of a shell script or of YAML."""
    shown = printable(text)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 3] + "..."


def is_plain(text: str) -> bool:
    """Whether a text may stand in a command line as it is: on one line, and nothing of it hidden."""
    return printable(text) == text and text.isascii()


def yaml_text(text: str) -> str:
    """Return a printable text as a double-quoted YAML scalar (YAML 1.2, section 7.3.1)."""
    return json.dumps(printable(text), ensure_ascii=False)
