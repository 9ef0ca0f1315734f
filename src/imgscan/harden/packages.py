"""Packages in place of files: with a package its record goes, and what is known against it.

Whether others need a package the package manager itself knows best: dpkg and rpm refuse then, apk keeps it. The files
are removed after that in any case.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from imgscan.harden.plan import Command, Step
from imgscan.harden.subject import Subject, texts
from imgscan.model.remedy import Action

_ERASE = {"deb": "DEBIAN_FRONTEND=noninteractive dpkg --purge", "apk": "apk del", "rpm": "rpm -e"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,100}", re.ASCII)
_SECTIONS = (
    "shells",
    "interpreters",
    "package_managers",
    "network_tools",
    "debug_tools",
    "compilers",
    "container_tools",
    "daemons",
)


def with_packages(subject: Subject, commands: Iterable[Command]) -> tuple[Command, ...]:
    """Return the commands, those that remove programs with what takes their packages out, each package once.

    A package goes only where all its programs that the inventory lists go: perl's package is not taken out for a tool
    that is written in it.
    """
    listed = list(commands)
    gone = {path for item in listed if item.remedy.action is Action.REMOVE for path in item.paths}
    erasing = {path: command for item, command in _erasable(subject, gone) for path in _paths(item)}
    done: set[str] = set()
    result = []
    for item in listed:
        asked = dict.fromkeys(erasing[path] for path in item.paths if path in erasing)
        fresh = [command for command in asked if command not in done]
        done.update(fresh)
        result.append(replace(item, erases=tuple(fresh)) if fresh and item.remedy.action is Action.REMOVE else item)
    # Within a step packages first: a trigger of Alpine's busybox makes the links anew that were removed before.
    return tuple(sorted(result, key=lambda item: (item.step, not item.erases and item.step is Step.TOOLS)))


def _erasable(subject: Subject, gone: Collection[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield programs that go, with the command for their package."""
    kinds = _kinds(subject)
    by_package: dict[str, list[dict[str, Any]]] = {}
    for section in _SECTIONS:
        for item in subject.items(section):
            if isinstance(item.get("package"), str):
                by_package.setdefault(item["package"], []).append(item)
    for name, items in by_package.items():
        if kinds.get(name) == "apk" and any(item in subject.items("package_managers") for item in items):
            continue  # apk takes what only its own package needed along: the libraries of half of Alpine
        whole = all(str(item.get("path")) in gone and not item.get("applets") for item in items)
        if whole and name in kinds and _NAME.fullmatch(name):
            yield from ((item, f"{_ERASE[kinds[name]]} {name}") for item in items)


def _kinds(subject: Subject) -> dict[str, str]:
    """Return the type of each package of the distribution; a name that two types have is none."""
    result: dict[str, set[str]] = {}
    for item in subject.items("packages"):
        if item.get("type") in _ERASE and item.get("database", "visible") == "visible":
            result.setdefault(str(item.get("name")), set()).add(str(item["type"]))
    return {name: next(iter(kinds)) for name, kinds in result.items() if len(kinds) == 1}


def _paths(item: dict[str, Any]) -> list[str]:
    return [*texts(item.get("names")), str(item.get("path"))]
