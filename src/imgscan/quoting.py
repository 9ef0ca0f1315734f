"""Names of an image as words of a shell, whatever they hold."""

from __future__ import annotations

import os
import re
import shlex

_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./~ -]+")


def shell_word(path: str) -> str | None:
    """Return a path as one word of a POSIX shell on one line, None for one that no such word can hold.

    Anything but plain characters is written as octal escapes of printf, so that neither the shell nor the Dockerfile's
    parser (continuations, comments, here-documents) sees them. A command substitution drops newlines at its end.
    """
    if _PLAIN.fullmatch(path):
        return shlex.quote(path)
    if path.endswith("\n"):
        return None
    escaped = "".join(
        chr(byte) if _PLAIN.fullmatch(chr(byte)) and byte != ord("%") else f"\\{byte:03o}" for byte in os.fsencode(path)
    )
    return f"\"$(printf '{escaped}')\""
