"""Which programs a command line or a shell script starts, read without running it: an approximation.

Quoting, variables and conditions are not evaluated: a word in command position counts, whatever it depends on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from imgscan.shell.known import BOURNE_SHELLS
from imgscan.shell.wrappers import ASSIGNMENT, is_wrapper, wrapped

MAX_BYTES = 64 * 1024
_MAX_COMMANDS = 2000
_MAX_WORDS = 64
_MAX_DEPTH = 4
_MAX_WRAPPERS = 64

_SEPARATOR = re.compile(r"[;&|()`\n]+")
_KEYWORDS = frozenset("if then else elif fi do done while until ! { } time in exec command builtin eval trap".split())
_SERVICE = frozenset("start restart reload run onestart forcestart".split())

Words = Sequence[str]


def script_commands(text: str) -> Iterator[list[str]]:
    """Yield the simple commands of a shell script as words, keywords and assignments in front taken off."""
    joined = text[:MAX_BYTES].replace("\\\n", " ")
    lines = (line for line in joined.split("\n") if not line.lstrip().startswith("#"))
    for number, piece in enumerate(_SEPARATOR.split("\n".join(lines))):
        if number == _MAX_COMMANDS:
            return
        words = [word.strip("'\"") for word in piece.split(None, _MAX_WORDS)[:_MAX_WORDS]]
        at = 0
        while at < len(words) and (words[at] in _KEYWORDS or ASSIGNMENT.match(words[at])):
            at += 1
        if at < len(words):
            yield words[at:]


def started_by(command: Words, depth: int = 0) -> Iterator[str]:
    """Yield what a command starts: each wrapper on the way, then the program; names and paths as written.

    A service that is started by name comes as ``service:NAME``.
    """
    words = list(command)
    left = _MAX_WRAPPERS
    while words and left:
        left -= 1
        program = words.pop(0)
        if ASSIGNMENT.match(program) or program == "--":
            continue
        yield program
        name = program.rpartition("/")[2]
        if is_wrapper(name):
            words = wrapped([program, *words])
        elif name in (".", "source"):
            yield from words[:1]
            return
        elif name in BOURNE_SHELLS and depth < _MAX_DEPTH:
            yield from _shell(words, depth)
            return
        else:
            yield from _service(program, name, words)
            return


def _shell(words: list[str], depth: int) -> Iterator[str]:
    """Yield what a shell starts: the commands of its ``-c`` argument, or the script that it is given."""
    for index, word in enumerate(words):
        if word.startswith("-") and not word.startswith("--") and word.endswith("c"):
            for command in script_commands(" ".join(words[index + 1 :])):
                yield from started_by(command, depth + 1)
            return
        if not word.startswith(("-", "+")):
            yield word
            return


def _service(program: str, name: str, words: list[str]) -> Iterator[str]:
    """Yield what the starters of services start."""
    if name in ("start-stop-daemon", "supervise-daemon"):
        for option, value in pairwise(words):
            if option in ("--exec", "-x", "--startas", "-a"):
                yield value
        for option in words:
            if option.startswith(("--exec=", "--startas=")):
                yield option.partition("=")[2]
    elif name in ("service", "rc-service", "invoke-rc.d") and len(words) > 1 and words[1] in _SERVICE:
        yield f"service:{words[0]}"
    elif name == "systemctl" and words[:1] and words[0] in _SERVICE:
        yield from (f"service:{word.partition('.')[0]}" for word in words[1:] if not word.startswith("-"))
    elif "/init.d/" in program and words[:1] and words[0] in _SERVICE:
        yield f"service:{name}"


def script_starts(text: str) -> tuple[str, ...]:
    """Return all that a shell script starts, each once, in order."""
    return tuple(dict.fromkeys(name for command in script_commands(text) for name in started_by(command)))


_SETTING = re.compile(r"^[ \t]*(?:ExecStart|ExecStartPre|command)[ \t]*=[ \t]*[-@:+!]*(.+)$", re.MULTILINE)
_SECTION = re.compile(r"^\[", re.MULTILINE)
_SWITCHED_OFF = re.compile(r"^[ \t]*autostart[ \t]*=[ \t]*(?:false|off|no|0)\b", re.MULTILINE | re.IGNORECASE)


def unit_starts(text: str) -> tuple[str, ...]:
    """Return what a systemd unit (``ExecStart=``) or supervisord's sections (``command=``) start.

    A section with ``autostart=false`` starts nothing.
    """
    sections = (part for part in _SECTION.split(text[:MAX_BYTES]) if not _SWITCHED_OFF.search(part))
    lines = (match.group(1) for part in sections for match in _SETTING.finditer(part))
    return tuple(
        dict.fromkeys(name for line in lines for name in started_by(line.split(None, _MAX_WORDS)[:_MAX_WORDS]))
    )


def inittab_starts(text: str) -> tuple[str, ...]:
    """Return what an inittab starts. Source: inittab(5); BusyBox's has the same four fields."""
    result: dict[str, None] = {}
    for line in text[:MAX_BYTES].split("\n")[:_MAX_COMMANDS]:
        fields = line.split(":", 3)
        if len(fields) == 4 and not line.startswith("#") and fields[2] != "off":
            for command in script_commands(fields[3]):
                result.update(dict.fromkeys(started_by(command)))
    return tuple(result)
