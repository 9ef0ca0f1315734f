"""What cron runs as root. Sources: crontab(5) of Debian's cron and of cronie; BusyBox has tables of users alone."""

from __future__ import annotations

import re

from imgscan.shell.called import script_commands, started_by

_MAX_LINES = 2000
_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*[ \t]*=")
_FIELDS = 5


def run_as_root(text: str, system: bool) -> tuple[str, ...]:
    """Return the programs, by the paths written, that a table has root run; ``system`` tables name the user. Total."""
    result: dict[str, None] = {}
    for line in text.split("\n", _MAX_LINES)[:_MAX_LINES]:
        line = line.strip()
        if not line or line.startswith("#") or _SETTING.match(line):
            continue
        times = 1 if line.startswith("@") else _FIELDS
        words = line.split(None, times + system)
        if len(words) <= times + system or (system and words[times] != "root"):
            continue
        for command in script_commands(words[-1].replace("%", "\n", 1)):
            result.update(dict.fromkeys(name for name in started_by(command) if name.startswith("/")))
    return tuple(result)
