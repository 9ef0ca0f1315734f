"""What is in the image, in numbers and a few names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from imgscan.model.items import AccountItem, EfficiencyItem, ElfItem, FileItem, PackageItem, read_item, read_items
from imgscan.report.document import Report
from imgscan.report.text.page import Page
from imgscan.wording import human_bytes, listed

_FILES = {
    "setuid": "SUID files",
    "setgid": "SGID files",
    "capabilities": "file capabilities",
    "shells": "shells",
    "interpreters": "interpreters",
    "package_managers": "package managers",
    "network_tools": "network tools",
    "debug_tools": "debugging tools",
    "compilers": "compilers",
    "container_tools": "container tools",
    "daemons": "daemons",
}
_NAMED = 6
_INDENT = 27


def inventory_lines(report: Report, page: Page) -> Iterator[str]:
    """Yield one line a section: how many, and the first of them by name; all with ``page.verbose``."""
    yield page.heading("INVENTORY").rstrip()
    rows = [*_files(report, page), *_elf(report), *_packages(report), *_accounts(report), *_settings(report)]
    absent = [label for label, count, _ in rows if not count]
    for label, count, names in rows:
        if count:
            text = names if page.verbose else page.cut(names, page.width - _INDENT)
            yield from page.wrapped(f"  {label:<18} {count:>5}  ", text, _INDENT)
    if absent:
        yield from page.wrapped(f"  {'none':<18} {'0':>5}  ", ", ".join(absent), _INDENT)
    efficiency = read_item(report.inventory, EfficiencyItem)
    if efficiency is not None and efficiency.wasted_bytes:
        wasted = human_bytes(efficiency.wasted_bytes)
        yield f"  {'wasted':<18}        {wasted} in files that a later layer deleted or replaced"


def _files(report: Report, page: Page) -> Iterator[tuple[str, int, str]]:
    for section, label in _FILES.items():
        items = list(read_items(report.inventory, FileItem, section))
        paths = [item.path for item in items]
        yield label, len(items), listed(paths, len(paths) if page.verbose else _NAMED)


def _elf(report: Report) -> Iterator[tuple[str, int, str]]:
    table = read_item(report.inventory, ElfItem)
    if table is not None:
        counts = (f"{name} {result.programs + result.libraries}" for name, result in table.languages.items())
        yield "ELF files", table.files, ", ".join(counts)


def _packages(report: Report) -> Iterator[tuple[str, int, str]]:
    items = list(read_items(report.inventory, PackageItem))
    types = Counter(item.type for item in items)
    yield "packages", len(items), ", ".join(f"{name} {count}" for name, count in types.most_common())


def _accounts(report: Report) -> Iterator[tuple[str, int, str]]:
    items = [item for item in read_items(report.inventory, AccountItem) if item.login]
    yield "login accounts", len(items), ", ".join(f"{item.name} ({item.uid})" for item in items)


def _settings(report: Report) -> Iterator[tuple[str, int, str]]:
    config = report.image.config
    if config.present:
        yield "exposed ports", len(config.exposed_ports), ", ".join(config.exposed_ports)
        yield "volumes", len(config.volumes), ", ".join(config.volumes)
