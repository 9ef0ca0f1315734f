"""Which fields of an inventory item a table shows, by section, and what the sections are called."""

from __future__ import annotations

TITLES = {
    "setuid": "SUID files",
    "setgid": "SGID files",
    "setgid_directories": "SGID directories",
    "capabilities": "File capabilities",
    "shells": "Shells",
    "interpreters": "Interpreters",
    "package_managers": "Package managers",
    "network_tools": "Network tools",
    "debug_tools": "Debugging tools",
    "compilers": "Compilers and build tools",
    "container_tools": "Container tools",
    "daemons": "Daemons",
    "unowned_programs": "Programs of no package",
    "accounts": "Accounts",
    "packages": "Packages",
    "integrity": "File integrity",
    "elf": "ELF hardening",
}
"""Sections in the order of the page; others follow under their own names."""

TOLD_ELSEWHERE = frozenset({"efficiency", "waste", "base", "config", "release", "history", "write_surface"})
"""Sections that other parts of the page show, or that only a program reads."""

_PROGRAM = (("path", "Path"), ("applets", "As"), ("package", "Package"), ("layer", "Layer"))
_OWNED = (("mode", "Mode"), ("uid", "UID"), ("gid", "GID"))

COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "setuid": (
        ("path", "Path"),
        *_OWNED,
        ("class", "Class"),
        ("package", "Package"),
        ("state", "State"),
        ("layer", "Layer"),
    ),
    "setgid": (
        ("path", "Path"),
        *_OWNED,
        ("class", "Class"),
        ("package", "Package"),
        ("state", "State"),
        ("layer", "Layer"),
    ),
    "setgid_directories": (("path", "Path"), *_OWNED, ("layer", "Layer")),
    "capabilities": (
        ("path", "Path"),
        ("text", "Capabilities"),
        ("rating", "Rating"),
        ("package", "Package"),
        ("layer", "Layer"),
    ),
    "shells": _PROGRAM,
    "interpreters": _PROGRAM,
    "package_managers": _PROGRAM,
    "network_tools": _PROGRAM,
    "debug_tools": _PROGRAM,
    "compilers": _PROGRAM,
    "container_tools": _PROGRAM,
    "daemons": (("path", "Path"), ("status", "Status"), *_PROGRAM[1:]),
    "unowned_programs": (("path", "Path"), ("kind", "Kind"), *_OWNED, ("size", "Bytes"), ("layer", "Layer")),
    "accounts": (
        ("name", "Name"),
        ("uid", "UID"),
        ("gid", "GID"),
        ("home", "Home"),
        ("shell", "Shell"),
        ("password", "Password"),
        ("sudo", "Sudo"),
        ("layer", "Layer"),
    ),
    "packages": (
        ("name", "Name"),
        ("version", "Version"),
        ("type", "Type"),
        ("arch", "Arch"),
        ("license", "Licence"),
        ("layer", "Layer"),
    ),
}
"""Field and heading of each column; the first one names the item."""

NUMERIC = frozenset({"UID", "GID", "Bytes", "Mode"})
MAX_COLUMNS = 7


def columns_of(section: str, items: list[dict[str, object]]) -> tuple[tuple[str, str], ...]:
    """Return the columns of a section; of one nobody knows, the first fields that hold no list."""
    if section in COLUMNS:
        return COLUMNS[section]
    keys: dict[str, None] = {}
    for item in items[:50]:
        keys.update((key, None) for key, value in item.items() if not isinstance(value, dict | list))
    keys.pop("created_by", None)
    return tuple((key, key[:60].replace("_", " ").capitalize()) for key in list(keys)[:MAX_COLUMNS])
