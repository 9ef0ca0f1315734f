"""4.7 and 4.9: instructions that should not be used alone, or not at all."""

from __future__ import annotations

import msgspec

from imgscan.cis.boundary import boundary, boundary_line
from imgscan.cis.evidence import layer_text, lines_of
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict, unknown, verdict
from imgscan.model.control import Status
from imgscan.model.finding import Finding
from imgscan.model.items import HistoryItem, read_evidence
from imgscan.wording import counted

_UPDATE = "RUN apt-get update && apt-get install -y --no-install-recommends <packages> && rm -rf /var/lib/apt/lists/*"

RESTS_UPDATE = ("leftovers.*", "history.*")
RESTS_ADD = ("history.*",)
GIVES_UPDATE = {
    Status.PASS: "no layer holds a new package index without a change of the package database, and no RUN of a whole "
    "history fetches an index and installs nothing (yum update and apk upgrade install)",
    Status.FAIL: "a layer of the image's own changes a package index and not the package database",
    Status.WARN: "such a layer is the base's, or only the history says so",
    Status.UNKNOWN: "no layer shows it, and there is no history, it does not match the layers, or a builder wrote it "
    "that tells no commands; or not read whole",
}
GIVES_ADD = {
    Status.PASS: "no ADD above the base's end",
    Status.FAIL: "an ADD of local files that COPY would do for",
    Status.WARN: "an ADD of a URL without a checksum",
    Status.INFO: "only ADDs that extract an archive, or of a URL with --checksum",
    Status.UNKNOWN: "no history, it does not match the layers, or a builder wrote it that has no Dockerfile; or not "
    "read whole",
}


def check_update(subject: Subject) -> ControlVerdict:
    """Return whether a package index was fetched by an instruction that installs nothing."""
    base = boundary(subject)
    proved = subject.of("leftovers.update-alone")
    added = [item for item in proved if not _of_base(item, base.layers)]
    admitted = subject.of("history.update-alone")
    lines = [*lines_of(proved), *lines_of(admitted)]
    if added:
        text = f"{counted(len(added), 'layer')} fetch a package index and install nothing, as their files show"
        return verdict(Status.FAIL, text, [*lines, boundary_line(base)], [*added, *admitted], _UPDATE)
    if proved:
        text = "a layer of the base fetches a package index and installs nothing, as its files show"
        return verdict(Status.WARN, text, [*lines, boundary_line(base)], [*proved, *admitted], _UPDATE)
    if admitted:
        text = "the history has an instruction that fetches a package index and installs nothing; no layer shows it"
        return verdict(Status.WARN, text, lines, admitted, _UPDATE)
    lacking = _untold(subject, 0)
    if lacking:
        return unknown(f"no layer shows an index without an installation, but {lacking}")
    return verdict(Status.PASS, "neither layers nor history show an index that was fetched alone")


def check_add(subject: Subject) -> ControlVerdict:
    """Return whether ADD was used where COPY would do, above the base image."""
    base = boundary(subject)
    added = [item for item in subject.items(HistoryItem) if item.instruction == "ADD" and item.line >= base.lines]
    local, urls = subject.of("history.add-local"), subject.of("history.add-url")
    bad = [item for item in local if _line(item) >= base.lines]
    open_urls = [item for item in urls if _line(item) >= base.lines and read_evidence(item, _Line).checksum is not True]
    evidence = [*lines_of([*bad, *open_urls]), boundary_line(base)]
    if bad:
        text = f"{counted(len(bad), 'ADD instruction')} of local files, where COPY would do"
        return verdict(Status.FAIL, text, evidence, [*bad, *open_urls], "COPY <source> <destination>")
    if open_urls:
        text = f"{counted(len(open_urls), 'ADD instruction')} of a URL without a checksum"
        return verdict(Status.WARN, text, evidence, open_urls, open_urls[0].remediation)
    lacking = _untold(subject, base.lines)
    if lacking:
        return unknown(f"no ADD was seen, but {lacking}", [boundary_line(base)])
    if added:
        lines = [f"ADD that extracts an archive or checks its source: {_item_place(item)}" for item in added]
        return verdict(
            Status.INFO, "ADD does what COPY cannot: it extracts, or checks a download", [*lines, boundary_line(base)]
        )
    return verdict(Status.PASS, "no ADD above the end of the base", [boundary_line(base)])


def _of_base(finding: Finding, layers: int | None) -> bool:
    return layers is not None and finding.layer is not None and finding.layer.index < layers


class _Line(msgspec.Struct, frozen=True):
    """What findings on the history say of their line; ``checksum`` is whether ADD checks what it downloads."""

    line: int = 0
    checksum: bool | None = None


def _line(finding: Finding) -> int:
    return read_evidence(finding, _Line).line


def _item_place(item: HistoryItem) -> str:
    return f"history line {item.line}, {layer_text(item.layer) or 'layer not known'}"


def _untold(subject: Subject, start: int) -> str:
    """Return why the history's silence from line ``start`` on proves nothing: it has lines of no Dockerfile."""
    items = subject.items(HistoryItem)
    odd = [item for item in items[start:] if item.layer is not None and item.instruction is None]
    if odd:
        verb = "does" if len(odd) == 1 else "do"
        return f"{counted(len(odd), 'history entry')} ({odd[0].dialect}) {verb} not record the instruction"
    return ""
