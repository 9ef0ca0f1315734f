"""The first line of a script, which names its interpreter."""

from __future__ import annotations

import msgspec

MAX_LINE = 256
"""Linux reads no more of a script than this (binfmts.h, BINPRM_BUF_SIZE)."""


class Shebang(msgspec.Struct, frozen=True):
    """A script's interpreter as written and its single argument, empty where there is none."""

    interpreter: str
    argument: str

    def program(self) -> str:
        """Return what is run in the end: the name given to ``env``, else the interpreter."""
        if self.interpreter.rpartition("/")[2] != "env":
            return self.interpreter
        words = [word for word in self.argument.split() if not word.startswith("-") and "=" not in word]
        return words[0] if words else self.interpreter


def parse_shebang(data: bytes) -> Shebang | None:
    """Return the interpreter that ``#!`` names, None where there is no such line.

    Source: execve(2); Linux, fs/binfmt_script.c. A carriage return at the end belongs to the name, as the kernel has
    it: such a script does not start.
    """
    if not data.startswith(b"#!"):
        return None
    line = data[2:MAX_LINE].partition(b"\n")[0].partition(b"\0")[0].strip(b" \t").decode("utf-8", "surrogateescape")
    cut = min((position for position in (line.find(" "), line.find("\t")) if position >= 0), default=len(line))
    interpreter = line[:cut]
    return Shebang(interpreter, line[cut:].strip(" \t")) if interpreter else None
