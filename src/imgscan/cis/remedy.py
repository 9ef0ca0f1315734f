"""Remedies of findings as one line of a Dockerfile."""

from __future__ import annotations

from collections.abc import Iterable

from imgscan.model.finding import Finding
from imgscan.model.remedy import Remedy, merged
from imgscan.printable import printable

_MAX_COMMANDS = 10
_MAX_PATHS = 20


def one_line(findings: Iterable[Finding]) -> str:
    """Return the commands that answer findings as one RUN, bounded; without any command the first remedy in words.

    Commands that differ in nothing but their paths are one.
    """
    listed = list(findings)
    commands: dict[str, list[str]] = {}
    for remedy in merged(remedy for item in listed for remedy in item.remedies):
        text = remedy.text()
        if text is not None:
            command, paths = _parts(remedy, text)
            commands.setdefault(command, []).extend(paths)
    if not commands:
        return next((printable(item.remediation) for item in listed if item.remediation), "")
    shown = list(commands.items())[:_MAX_COMMANDS]
    left = sum(max(0, len(paths) - _MAX_PATHS) for _, paths in shown)
    left += sum(len(paths) or 1 for paths in list(commands.values())[_MAX_COMMANDS:])
    line = "RUN " + " && ".join(" ".join([command, *paths[:_MAX_PATHS]]) for command, paths in shown)
    return line + (f"  # and {left} more: see imgscan harden" if left else "")


def _parts(remedy: Remedy, text: str) -> tuple[str, list[str]]:
    """Return the command that may get other paths too, and its paths; an edit is one file's."""
    if not remedy.paths or remedy.edits:
        return text, []
    words = (Remedy(remedy.action, "", (path,)).text() for path in remedy.paths)
    return remedy.command, [word.strip() for word in words if word is not None]
