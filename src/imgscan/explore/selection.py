"""Which rows of a snapshot the explorer shows, and what it says of one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from imgscan.explore.snapshot import REMOVED, FileRow, FindingRow, Snapshot
from imgscan.model.entry import EntryKind
from imgscan.printable import printable
from imgscan.wording import counted, human_bytes

_RUNS_WITH_RIGHTS = 0o6000


class Filters(msgspec.Struct, frozen=True):
    """What is asked for: a layer (None: what a container sees), and of its files those that all filters take."""

    layer: int | None = None
    suid: bool = False
    secrets: bool = False
    findings: bool = False
    wasted: bool = False
    text: str = ""

    def words(self) -> str:
        """Return the filters in force as a line."""
        names = [name for name in ("suid", "secrets", "findings", "wasted") if getattr(self, name)]
        return ", ".join([*names, *([f'"{printable(self.text)}"'] if self.text else [])]) or "all files"


class Selection:
    """Answers for one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    @cached_property
    def _findings(self) -> dict[str, list[FindingRow]]:
        result: dict[str, list[FindingRow]] = {}
        for item in self.snapshot.findings:
            if item.path is not None:
                result.setdefault(item.path.strip("/"), []).append(item)
        return result

    @cached_property
    def _with_secrets(self) -> frozenset[tuple[str, int]]:
        return frozenset((span.path, span.layer) for span in self.snapshot.secrets)

    def rows(self, filters: Filters) -> Iterator[FileRow]:
        """Yield the rows that the filters take, by path."""
        rows = [row for row in self.snapshot.files if self._takes(row, filters)]
        rows.sort(key=lambda row: (-row.size, row.path) if filters.wasted else (0, row.path))
        yield from rows

    def _takes(self, row: FileRow, filters: Filters) -> bool:
        if filters.layer is not None:
            if row.layer != filters.layer:
                return False
        elif filters.wasted or filters.secrets:  # what no container sees is asked for by name
            if row.action == REMOVED:
                return False
        elif not row.visible:
            return False
        if filters.suid and not (row.kind == EntryKind.FILE and row.mode & _RUNS_WITH_RIGHTS):
            return False
        if filters.secrets and (row.path, row.holder) not in self._with_secrets:
            return False
        if filters.findings and row.path not in self._findings:
            return False
        if filters.wasted and (row.visible or row.action == REMOVED or not row.size):
            return False
        return filters.text in row.path

    def spans(self, row: FileRow) -> list[tuple[int, int]]:
        """Return where the content of a row has secrets."""
        key = (row.path, row.holder)
        return [(span.offset, span.length) for span in self.snapshot.secrets if (span.path, span.layer) == key]

    def about(self, row: FileRow) -> str:
        """Return what is to be said of a row before its content: attributes, findings, remedies."""
        lines = [
            f"/{printable(row.path)}",
            f"{row.kind} {row.mode:04o} {row.owner} {human_bytes(row.size)}, {row.action} in layer {row.layer}",
        ]
        if row.link:
            lines.append(f"-> {printable(row.link)}")
        if not row.visible:
            lines.append(f"no container sees it; its bytes are in layer {row.holder}")
        for item in self._findings.get(row.path, ()):
            lines += ["", f"{item.severity} {item.rule}", printable(item.message)]
            lines += [f"remedy: {printable(line)}" for line in item.remedy.splitlines()[:1]]
        return "\n".join(lines)

    def heading(self) -> str:
        """Return a line on the image."""
        wasted = sum(layer.wasted for layer in self.snapshot.layers)
        size = sum(layer.size for layer in self.snapshot.layers)
        parts = [
            printable(self.snapshot.title),
            counted(len(self.snapshot.layers), "layer"),
            human_bytes(size),
            f"{human_bytes(wasted)} wasted",
            counted(len(self.snapshot.findings), "finding"),
        ]
        return ", ".join(parts if self.snapshot.complete else [*parts, "read in part"])
