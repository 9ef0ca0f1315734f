"""What there is in one image and not in the other: programs, SUID files, ports, accounts, packages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from imgscan.compare.side import Side
from imgscan.formats.packages.versions import newer
from imgscan.model.items import AccountItem, CapabilityItem, ConfigItem, FileItem, PackageItem, read_items


class SectionChange(msgspec.Struct, frozen=True, kw_only=True):
    """One list of the inventory: how many items each image has, and which only one of them has, sorted."""

    name: str
    title: str
    before: int
    after: int
    added: tuple[str, ...]
    removed: tuple[str, ...]


class PackageChange(msgspec.Struct, frozen=True, kw_only=True):
    """A package that both images have in other versions; ``direction`` is ``up``, ``down`` or ``other``."""

    type: str
    name: str
    before: str
    after: str
    direction: str


class PackageChanges(msgspec.Struct, frozen=True, kw_only=True):
    """Packages by type and name; ``added`` and ``removed`` are told with their versions."""

    before: int
    after: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[PackageChange, ...]


def _paths(section: str) -> Callable[[Side], Iterator[str]]:
    """Return what tells items of files apart: the path and each name, since one program may have many."""

    def names(side: Side) -> Iterator[str]:
        for item in read_items(side.inventory, FileItem, section):
            yield item.path
            yield from item.names

    return names


def _capabilities(side: Side) -> Iterator[str]:
    return (f"{item.path} {item.text}".strip() for item in read_items(side.inventory, CapabilityItem))


def _accounts(side: Side) -> Iterator[str]:
    return (f"{item.name} (uid {item.uid})" for item in read_items(side.inventory, AccountItem))


def _volumes(side: Side) -> Iterator[str]:
    return (text for item in read_items(side.inventory, ConfigItem) for text in item.volumes or ())


def _env(side: Side) -> Iterator[str]:
    return (text for item in read_items(side.inventory, ConfigItem) for text in item.env)


def _ports(side: Side) -> Iterator[str]:
    return iter(side.image.exposed_ports or ())


def _user(side: Side) -> Iterator[str]:
    if side.image.user is not None:
        yield side.image.user or "root (no USER)"


_SECTIONS: tuple[tuple[str, str, Callable[[Side], Iterator[str]]], ...] = (
    ("user", "user", _user),
    ("setuid", "SUID files", _paths("setuid")),
    ("setgid", "SGID files", _paths("setgid")),
    ("capabilities", "file capabilities", _capabilities),
    ("shells", "shells", _paths("shells")),
    ("package_managers", "package managers", _paths("package_managers")),
    ("network_tools", "network tools", _paths("network_tools")),
    ("debug_tools", "debugging tools", _paths("debug_tools")),
    ("compilers", "compilers", _paths("compilers")),
    ("container_tools", "container tools", _paths("container_tools")),
    ("interpreters", "interpreters", _paths("interpreters")),
    ("daemons", "daemons", _paths("daemons")),
    ("ports", "ports", _ports),
    ("accounts", "accounts", _accounts),
    ("volumes", "volumes", _volumes),
    ("env", "env names", _env),
)


def compare_sections(a: Side, b: Side) -> tuple[SectionChange, ...]:
    """Return every list in the order of the report."""
    result = []
    for name, title, names in _SECTIONS:
        before, after = set(names(a)), set(names(b))
        result.append(
            SectionChange(
                name=name,
                title=title,
                before=len(before),
                after=len(after),
                added=tuple(sorted(after - before)),
                removed=tuple(sorted(before - after)),
            )
        )
    return tuple(result)


def compare_packages(a: Side, b: Side) -> PackageChanges:
    """Return which packages came, went, and changed their version."""
    before, after = _packages(a), _packages(b)
    return PackageChanges(
        before=sum(map(len, before.values())),
        after=sum(map(len, after.values())),
        added=tuple(_titles(after, before)),
        removed=tuple(_titles(before, after)),
        changed=tuple(_changed(before, after)),
    )


def _packages(side: Side) -> dict[tuple[str, str], list[str]]:
    """Return the versions of each package: some are there in several (two kernels, a library vendored twice)."""
    result: dict[tuple[str, str], set[str]] = {}
    for item in read_items(side.inventory, PackageItem):
        result.setdefault((item.type, item.name), set()).add(_version(item))
    return {key: sorted(result[key]) for key in sorted(result)}


def _version(item: PackageItem) -> str:
    """Return the version with its epoch, which some databases keep apart: without it 1:0.5 would be older than 3.0."""
    version, epoch = item.version, str(item.epoch or "")
    return f"{epoch}:{version}" if epoch.isdecimal() and int(epoch[:18]) and ":" not in version else version


def _titles(of: dict[tuple[str, str], list[str]], without: dict[tuple[str, str], list[str]]) -> Iterator[str]:
    return (f"{key[1]} {', '.join(versions)}" for key, versions in of.items() if key not in without)


def _changed(
    before: dict[tuple[str, str], list[str]], after: dict[tuple[str, str], list[str]]
) -> Iterator[PackageChange]:
    for (kind, name), versions in after.items():
        old = before.get((kind, name), versions)
        if old != versions:
            single = len(old) == len(versions) == 1
            later = newer(kind, old[0], versions[0]) if single else None
            yield PackageChange(
                type=kind,
                name=name,
                before=", ".join(old),
                after=", ".join(versions),
                direction={True: "up", False: "down", None: "other"}[later],
            )
