"""Packages in place of files: with a package its record goes, and what is known against it.

Whether others need a package the package manager itself knows best: dpkg and rpm refuse then, apk keeps it. The files
are removed after that in any case.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from imgscan.harden.plan import Command, Step
from imgscan.harden.subject import Subject
from imgscan.model.items import FileItem, PackageItem
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


def _erasable(subject: Subject, gone: Collection[str]) -> Iterator[tuple[FileItem, str]]:
    """Yield programs that go, with the command for their package."""
    kinds = _package_types(subject)
    by_package: dict[str, list[FileItem]] = {}
    for section in _SECTIONS:
        for item in subject.items(FileItem, section):
            if item.package is not None:
                by_package.setdefault(item.package, []).append(item)
    managers = subject.items(FileItem, "package_managers")
    for name, items in by_package.items():
        if kinds.get(name) == "apk" and any(item in managers for item in items):
            continue  # apk takes what only its own package needed along: the libraries of half of Alpine
        whole = all(item.path in gone and not item.applets for item in items)
        if whole and name in kinds and _NAME.fullmatch(name):
            yield from ((item, f"{_ERASE[kinds[name]]} {name}") for item in items)


def _package_types(subject: Subject) -> dict[str, str]:
    """Return the type of each package of the distribution; a name that two types have is none."""
    result: dict[str, set[str]] = {}
    for item in subject.items(PackageItem):
        if item.type in _ERASE and item.database == "visible":
            result.setdefault(item.name, set()).add(item.type)
    return {name: next(iter(kinds)) for name, kinds in result.items() if len(kinds) == 1}


def _paths(item: FileItem) -> list[str]:
    return [*item.names, item.path]
