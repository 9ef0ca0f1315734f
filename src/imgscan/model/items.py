"""Items of the inventory with fields, for who reads them: controls, remedies, comparisons, reports.

Analyzers of other packages may put items of their own into any section, and a saved report may have been written by
anybody: what does not fit is left out, and never an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, TypeVar

import msgspec

from imgscan.model.finding import Finding


class Readable(msgspec.Struct, frozen=True, kw_only=True):
    """An item of one section of the inventory, or of several that are alike."""

    section: ClassVar[str] = ""


class FileItem(Readable, frozen=True, kw_only=True):
    """A file: programs, SUID and SGID files, capabilities. ``path`` is its first name, each absolute."""

    path: str
    names: tuple[str, ...] = ()
    mode: str = ""
    applets: tuple[str, ...] = ()
    package: str | None = None
    layer: int | None = None
    created_by: str | None = None
    state: str = ""


class CapabilityItem(FileItem, frozen=True, kw_only=True):
    """A file with capabilities, as ``getcap`` writes them; ``outside_default`` are those that no container has."""

    section: ClassVar[str] = "capabilities"
    text: str = "malformed capabilities"
    effective: bool = False
    outside_default: tuple[str, ...] = ()


class DaemonItem(FileItem, frozen=True, kw_only=True):
    """A daemon: ``status`` says whether the image starts it, ``evidence`` why one thinks so."""

    section: ClassVar[str] = "daemons"
    status: str
    evidence: tuple[str, ...] = ()


class UserItem(msgspec.Struct, frozen=True):
    """Who the container runs as: what the config says, and what the image's database makes of it."""

    spec: str = ""
    lookup: str = ""
    uid: int | None = None
    gid: int | None = None
    groups: tuple[int, ...] = ()
    name: str | None = None


class ConfigItem(Readable, frozen=True, kw_only=True):
    """What was concluded on the whole config."""

    section: ClassVar[str] = "config"
    user: UserItem = UserItem()
    starts: tuple[str, ...] = ()
    working_dir: str | None = None
    healthcheck: str | None = None
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] | None = None
    env: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    created: str | None = None
    created_meaningful: bool = False
    base_name: str | None = None
    base_digest: str | None = None


class BaseItem(Readable, frozen=True, kw_only=True):
    """What is known of the base image: its lines of the history and layers, counted from the lowest."""

    section: ClassVar[str] = "base"
    evidence: str
    lines: int
    layers: int
    name: str | None
    digest: str | None
    source: str | None


class HistoryItem(Readable, frozen=True, kw_only=True):
    """One line of the history: ``layer`` is the one that it made, None for none or where that is not known."""

    section: ClassVar[str] = "history"
    line: int
    dialect: str
    instruction: str | None
    layer: int | None
    build_args: tuple[str, ...] = ()
    created: str | None = None
    base: bool = False


class ReleaseItem(Readable, frozen=True, kw_only=True):
    """The distribution and how long it is maintained; dates as ISO texts."""

    section: ClassVar[str] = "release"
    id: str
    version_id: str | None = None
    name: str = ""
    end_of_life: str | None = None
    extended_support: str | None = None
    contract_support: str | None = None
    phase: str | None = None
    as_of: str | None = None
    supported: bool | None = None


class PackageItem(Readable, frozen=True, kw_only=True):
    """An installed package. ``package`` is the system package whose files it is part of."""

    section: ClassVar[str] = "packages"
    type: str
    name: str
    version: str = ""
    database: str = "visible"
    epoch: str | int | None = None
    arch: str | None = None
    source: str | None = None
    source_version: str | None = None
    license: str | None = None
    supplier: str | None = None
    purl: str | None = None
    path: str | None = None
    layer: int | None = None
    created_by: str | None = None
    package: str | None = None
    also_in: tuple[str, ...] = ()
    cpe: str | None = None
    depends: tuple[str, ...] = ()
    module: str | None = None


class BillItem(Readable, frozen=True, kw_only=True):
    """A bill of materials that lies in the image: ``absent`` of its ``packages`` are not installed."""

    section: ClassVar[str] = "bills"
    path: str
    form: str
    packages: int = 0
    others: int = 0
    absent: int = 0
    layer: int | None = None


class AccountItem(Readable, frozen=True, kw_only=True):
    """An account of ``etc/passwd``."""

    section: ClassVar[str] = "accounts"
    name: str
    uid: int | None = None
    gid: int | None = None
    home: str = ""
    shell: str = ""
    login: bool = False
    password: str = ""
    hash: str | None = None
    groups: tuple[str, ...] = ()
    sudo: str | None = None
    layer: int | None = None


class ElfLanguage(msgspec.Struct, frozen=True):
    """How many ELF files of one language there are, and of each property how many have which answer."""

    programs: int = 0
    libraries: int = 0
    pie: dict[str, int] = {}
    nx: dict[str, int] = {}
    relro: dict[str, int] = {}
    canary: dict[str, int] = {}
    fortify: dict[str, int] = {}
    rwx: dict[str, int] = {}


class ElfItem(Readable, frozen=True, kw_only=True):
    """The ELF files of the image, counted."""

    section: ClassVar[str] = "elf"
    files: int
    languages: dict[str, ElfLanguage] = {}
    linked: dict[str, str] = {}
    """System packages by name: a program or library of no package that links to one of their libraries."""


class EfficiencyItem(Readable, frozen=True, kw_only=True):
    """How many bytes of the layers nobody sees any more."""

    section: ClassVar[str] = "efficiency"
    file_bytes: int
    wasted_bytes: int
    wasted_files: int
    efficiency: float


class WasteItem(Readable, frozen=True, kw_only=True):
    """One hidden file that has bytes."""

    section: ClassVar[str] = "waste"
    path: str
    bytes: int
    layer: int
    removed_in: int
    state: str


class IntegrityItem(Readable, frozen=True, kw_only=True):
    """How many files of the packages of one type were compared with what their database records, by outcome."""

    section: ClassVar[str] = "integrity"
    type: str
    configuration: int = 0
    files: int = 0
    matching: int = 0
    missing: int = 0
    missing_documentation: int = 0
    modified: int = 0
    no_digest: int = 0
    not_hashed: int = 0
    too_large: int = 0
    touched: int = 0

    def counts(self) -> dict[str, int]:
        """Return how many files there are of each outcome that there is any of, by its name."""
        named = ((name, getattr(self, name)) for name in self.__struct_fields__ if name != "type")
        return {name: count for name, count in named if count}


class WriteSurfaceItem(Readable, frozen=True, kw_only=True):
    """The directories that the container's user may write to, and how many files."""

    section: ClassVar[str] = "write_surface"
    uid: int | None
    everything: bool
    sticky: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()


def read_evidence(finding: Finding, shape: type[_Shape]) -> _Shape:
    """Return the evidence of a finding with the fields of ``shape``, which has a default for each.

    Where a value does not fit (an analyzer of another package may take a rule's name) it says nothing.
    """
    try:
        return msgspec.convert(finding.evidence, shape)
    except (msgspec.ValidationError, RecursionError):
        return shape()


_Shape = TypeVar("_Shape", bound=msgspec.Struct)
_Item = TypeVar("_Item", bound=Readable)


def read_items(inventory: Mapping[str, object], shape: type[_Item], section: str = "") -> Iterator[_Item]:
    """Yield the items of a section (that of ``shape`` where it has one) that have its fields."""
    items = inventory.get(section or shape.section, ())
    if isinstance(items, Mapping):  # a section that is one object
        items = [items]
    if isinstance(items, Iterable):
        for item in items:
            try:
                yield msgspec.convert(item, shape)
            except (msgspec.ValidationError, RecursionError):
                continue


def read_item(inventory: Mapping[str, object], shape: type[_Item], section: str = "") -> _Item | None:
    """Return the first item of a section that has the fields, None where there is none."""
    return next(read_items(inventory, shape, section), None)
