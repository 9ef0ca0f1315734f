"""What the explorer shows of one image, as a value: made where the image is read, shown where nothing of it is."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from imgscan.analyzers.registry import choose_observers
from imgscan.analyzers.secrets.located import located_secrets
from imgscan.engine import scan
from imgscan.image import Filesystem, open_image
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.finding import State
from imgscan.model.options import ScanOptions
from imgscan.model.progress import ProgressCallback
from imgscan.rootfs.view import ImageView

ADDED, CHANGED, REMOVED = "added", "changed", "removed"
_SECRETS = "secrets"


class LayerRow(msgspec.Struct, frozen=True):
    """One layer: its instruction, the bytes of its files, and how many of them no container sees."""

    index: int
    created_by: str
    size: int
    wasted: int


class FileRow(msgspec.Struct, frozen=True):
    """What one layer did to one path; a removal has the entry that it removed, and its own ``layer``.

    ``holder`` is the layer whose tar has the content.
    """

    path: str
    kind: str
    mode: int
    owner: str
    size: int
    layer: int
    holder: int
    action: str
    visible: bool
    link: str = ""


class FindingRow(msgspec.Struct, frozen=True):
    """A finding as the report has it; ``path`` None for one on the image."""

    severity: str
    rule: str
    message: str
    path: str | None
    layer: int | None
    remedy: str


class Span(msgspec.Struct, frozen=True):
    """Where a content has a secret: bytes from ``offset`` on."""

    path: str
    layer: int
    offset: int
    length: int


class Snapshot(msgspec.Struct, frozen=True):
    """One image. ``complete`` is false where something of it could not be read."""

    title: str
    layers: tuple[LayerRow, ...]
    files: tuple[FileRow, ...]
    findings: tuple[FindingRow, ...]
    secrets: tuple[Span, ...]
    complete: bool


def snapshot_of(source: str, options: ScanOptions, progress: ProgressCallback | None = None) -> Snapshot:
    """Return what is to be shown of an image.

    Raises:
        InputError: it cannot be read. UsageError: the options name no image of it.
    """
    report = scan(source, options, progress)
    observers = choose_observers(msgspec.structs.replace(options, analyzers=(_SECRETS,), skip=()))
    with open_image(source, options, None, observers) as image:
        filesystem = image.filesystem()
    findings = tuple(
        FindingRow(
            item.severity.name,
            item.rule,
            item.message,
            item.path,
            None if item.layer is None else item.layer.index,
            item.remediation,
        )
        for item in report.findings
    )
    files = tuple(_files(filesystem.view))
    return Snapshot(
        title=image.manifest.title(),
        layers=tuple(_layers(filesystem, files)),
        files=files,
        findings=findings,
        secrets=tuple(dict.fromkeys(_secrets(filesystem.view))),
        complete=report.complete,
    )


def _layers(filesystem: Filesystem, files: tuple[FileRow, ...]) -> Iterator[LayerRow]:
    for index, point in enumerate(filesystem.view.points):
        present = [row for row in files if row.layer == index and row.action != REMOVED and row.kind == EntryKind.FILE]
        wasted = sum(row.size for row in present if not row.visible)
        yield LayerRow(index, point.created_by or "", sum(row.size for row in present), wasted)


def _files(view: ImageView) -> Iterator[FileRow]:
    """Yield what each layer did, bottom up; a path that an upper layer writes again over the old one is changed."""
    last: dict[str, str] = {}
    for entry, layer, state, removed_in, _ in view.all_entries():
        if state in ("whiteout", "left out"):
            continue
        action = CHANGED if last.get(entry.path) == State.OVERWRITTEN else ADDED
        last[entry.path] = state
        yield _row(entry, layer, layer, action, state == State.VISIBLE)
        if state == State.DELETED and removed_in is not None:
            yield _row(entry, removed_in, layer, REMOVED, False)


def _row(entry: Entry, layer: int, holder: int, action: str, visible: bool) -> FileRow:
    return FileRow(
        path=entry.path,
        kind=str(entry.kind),
        mode=entry.mode,
        owner=f"{entry.uid}:{entry.gid}",
        size=entry.size if entry.kind is EntryKind.FILE else 0,
        layer=layer,
        holder=holder,
        action=action,
        visible=visible,
        link=entry.link_target or "",
    )


def _secrets(view: ImageView) -> Iterator[Span]:
    """Yield where secrets stand in contents, whatever became of the files."""
    for fact, data in located_secrets(view):
        for path in dict.fromkeys((fact.path, *fact.names)):
            yield Span(path, fact.layer.index, data.offset, data.length)
