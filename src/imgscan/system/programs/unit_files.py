"""Files that say what is started: scripts, units, inittabs; which ones are read, and how."""

from __future__ import annotations

import re
from collections.abc import Callable

from imgscan.formats.path import base_name
from imgscan.shell.called import MAX_BYTES, inittab_starts, script_starts, unit_starts
from imgscan.shell.known import SHELLS

NAMES = frozenset({"inittab", "supervisord.conf", "run", "up"})
SUFFIXES = frozenset({".sh"})
"""What other scripts take in need not say in its first line what it is."""

_SUPERVISOR = (b"[supervisord]", b"[program:", b"[unix_http_serve", b"[inet_http_serve", b"[supervisorctl]")
"""How settings of supervisord begin, whatever the file is called, as far as an interest looks."""

MAGICS = (b"#!", *_SUPERVISOR)
GLOBS = (
    "etc/systemd/system/*.service",
    "usr/lib/systemd/system/*.service",
    "lib/systemd/system/*.service",
    "etc/supervisor*.conf",
    "etc/supervisor*.ini",
)

_RUNNERS = SHELLS | {"busybox", "with-contenv", "execlineb", "openrc-run"}
# Scripts of packages: nobody names one as an image's command but by the words below.
_SYSTEM = ("usr/bin/", "usr/sbin/", "usr/lib/", "usr/share/", "usr/libexec/", "bin/", "sbin/", "lib/", "var/lib/")
_STARTERS = ("entry", "start", "run", "init", "launch", "boot", "serve", "daemon", ".sh")
_MAX_STARTS = 64
_OTHER_USER = re.compile(rb"^[ \t]*[Uu]ser[ \t]*=[ \t]*(?!root\b|0\b)\S", re.MULTILINE)
_MAX_NAME = 256


def starts_of(path: str, content: bytes | memoryview) -> list[str]:
    """Return what the file at ``path`` with this content starts; empty for a file that starts nothing."""
    reader = _reader(path, bytes(content[:256]))
    if reader is None:
        return []
    result = reader(bytes(content[:MAX_BYTES]).decode("utf-8", "replace"))
    return [name for name in result if len(name) <= _MAX_NAME][:_MAX_STARTS]


def names_user(path: str, content: bytes | memoryview) -> bool:
    """Whether a unit or a supervisor's settings have something run as another user than root."""
    settings = path.endswith((".service", ".conf", ".ini"))
    return settings and _OTHER_USER.search(bytes(content[:MAX_BYTES])) is not None


def _reader(path: str, head: bytes) -> Callable[[str], tuple[str, ...]] | None:
    name = base_name(path)
    if path.endswith(".service") or path.startswith("etc/supervisor") or name == "supervisord.conf":
        return unit_starts
    if head.startswith(_SUPERVISOR):
        return unit_starts
    if path == "etc/inittab":
        return inittab_starts
    if path.startswith("etc/init.d/"):
        return _service_script
    if name in ("run", "up") and path.startswith(("etc/", "service/", "var/", "run/")):
        return script_starts
    shell = _is_shell_script(head) or (name.endswith(".sh") and not head.startswith((b"#!", b"\x7f")))
    return script_starts if shell and _is_starter(path, name) else None


def _is_starter(path: str, name: str) -> bool:
    return not path.startswith(_SYSTEM) or any(word in name for word in _STARTERS)


def _is_shell_script(head: bytes) -> bool:
    if not head.startswith(b"#!"):
        return False
    words = head[2:256].partition(b"\n")[0].decode("utf-8", "replace").replace("/", " ").split()
    return any(word in _RUNNERS for word in words)


def _service_script(text: str) -> tuple[str, ...]:
    """Return the programs that an init script names anywhere by their path: mostly in a variable (DAEMON, command)."""
    words = (word.strip("'\"") for line in text.split("\n") if not line.startswith("#") for word in _words(line))
    return tuple(dict.fromkeys(word for word in words if word.startswith("/") and "$" not in word))


def _words(line: str) -> list[str]:
    return line.replace("=", " ").replace(";", " ").replace('"', " ").split(None, 64)
