"""Which programs a command line or a shell script starts, read without running it: an approximation.

Quoting, variables and conditions are not evaluated: a word in command position counts, whatever it depends on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

MAX_BYTES = 64 * 1024
_MAX_COMMANDS = 2000
_MAX_WORDS = 64
_MAX_DEPTH = 4

_SEPARATOR = re.compile(r"[;&|()`\n]+")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_KEYWORDS = frozenset("if then else elif fi do done while until ! { } time in exec command builtin eval trap".split())
# Programs that start the command that follows their options; the number is that of words in front of it.
_WRAPPERS = {
    **dict.fromkeys("env nohup setsid sudo doas tini dumb-init catatonit docker-init with-contenv busybox".split(), 0),
    **dict.fromkeys(
        "nice ionice stdbuf chrt taskset unshare nsenter setpriv fdmove redirfd foreground s6-env".split(), 0
    ),
    **dict.fromkeys("gosu su-exec s6-setuidgid s6-applyuidgid chpst setuidgid runuser timeout chroot umask".split(), 1),
}
_SHELLS = frozenset("sh bash ash dash zsh ksh".split())
_TAKES_VALUE = frozenset("-u -g -n -c -p -s -i -e -o -h".split())
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
        while at < len(words) and (words[at] in _KEYWORDS or _ASSIGNMENT.match(words[at])):
            at += 1
        if at < len(words):
            yield words[at:]


def started_by(command: Words, depth: int = 0) -> Iterator[str]:
    """Yield what a command starts: each wrapper on the way, then the program; names and paths as written.

    A service that is started by name comes as ``service:NAME``.
    """
    words = list(command)
    while words:
        program = words.pop(0)
        if _ASSIGNMENT.match(program) or program == "--":
            continue
        yield program
        name = program.rpartition("/")[2]
        if name in _WRAPPERS:
            words = _behind_options(words)[_WRAPPERS[name] :]
        elif name in _SHELLS and depth < _MAX_DEPTH:
            yield from _shell(words, depth)
            return
        else:
            yield from _service(program, name, words)
            return


def _behind_options(words: list[str]) -> list[str]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _TAKES_VALUE else 1
    return words[at:]


def _shell(words: list[str], depth: int) -> Iterator[str]:
    """Yield what a shell starts: the commands of its ``-c`` argument, or the script that it is given."""
    for place, word in enumerate(words):
        if word.startswith("-") and not word.startswith("--") and word.endswith("c"):
            for command in script_commands(" ".join(words[place + 1 :])):
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


def unit_starts(text: str) -> tuple[str, ...]:
    """Return what a systemd unit (``ExecStart=``) or a supervisord section (``command=``) starts."""
    lines = (match.group(1) for match in _SETTING.finditer(text[:MAX_BYTES]))
    return tuple(
        dict.fromkeys(name for line in lines for name in started_by(line.split(None, _MAX_WORDS)[:_MAX_WORDS]))
    )


def inittab_starts(text: str) -> tuple[str, ...]:
    """Return what an inittab starts. Source: inittab(5); BusyBox's has the same four fields."""
    found: dict[str, None] = {}
    for line in text[:MAX_BYTES].split("\n")[:_MAX_COMMANDS]:
        fields = line.split(":", 3)
        if len(fields) == 4 and not line.startswith("#") and fields[2] != "off":
            for command in script_commands(fields[3]):
                found.update(dict.fromkeys(started_by(command)))
    return tuple(found)
