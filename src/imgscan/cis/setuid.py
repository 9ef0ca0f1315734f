"""4.8: files that run with their owner's or group's rights."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from imgscan.cis.evidence import Line, line_of_item, lines_of, named
from imgscan.cis.remedy import one_line
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict, verdict
from imgscan.model.control import Status
from imgscan.model.finding import Finding, State
from imgscan.model.items import FileItem, read_evidence
from imgscan.wording import counted

_WORST = ("dangerous", "stray", "unexpected", "unknown")

RESTS = ("setuid.*",)
GIVES = {
    Status.PASS: "no visible regular file has mode 4000 or 2000, or the policy allows all that have; SGID "
    "directories and files that a later layer deleted are told, and do not count",
    Status.FAIL: "one is dangerous (runs commands, script, writable by others, owner is not root), stray (no "
    "package's), unexpected (its package has another mode), or of no known owner and no distribution has it so",
    Status.WARN: "all are as their distribution ships them, or as the package database says",
    Status.UNKNOWN: "the setuid analyzer did not run, or not read whole",
}


def check_setuid(subject: Subject) -> ControlVerdict:
    """Return whether SUID and SGID are gone from all files."""
    findings = subject.of("setuid.suid-file", "setuid.sgid-file")
    visible = [item for item in findings if item.state is State.VISIBLE]
    allowed = subject.policy.setuid or frozenset()
    left = [item for item in visible if not _is_allowed(item, allowed)]
    aside = [*_aside(subject), *_allowed_lines(_without(visible, left))]
    worst = [item for item in left if _is_failure(subject, item)]
    if worst:
        text = f"{counted(len(worst), 'SUID or SGID file')} that should not be: {_classes(worst)}"
        return verdict(
            Status.FAIL, text, [*lines_of(worst), *lines_of(_without(left, worst)), *aside], left, one_line(left)
        )
    if left:
        text = f"{counted(len(left), 'SUID or SGID file')} to review: {_classes(left)}"
        return verdict(Status.WARN, text, [*lines_of(left), *aside], left, one_line(left))
    text = "all SUID and SGID files are allowed by the policy" if visible else "no file has mode 4000 or 2000"
    return verdict(Status.PASS, text, aside)


def _is_allowed(finding: Finding, allowed: frozenset[str]) -> bool:
    """Whether the allow-list names every path of a file; it excuses none of class dangerous (``policy.allow``)."""
    return read_evidence(finding, _Classified).suid_class != "dangerous" and _names(finding) <= allowed


def _is_failure(subject: Subject, finding: Finding) -> bool:
    kind = read_evidence(finding, _Classified).suid_class
    # A layer that was not read may hold the package database that the file is missed in.
    return kind in _WORST and (subject.complete or kind == "dangerous")


class _Classified(msgspec.Struct, frozen=True, rename={"suid_class": "class"}):
    """What findings on SUID and SGID files say: their class, and the absolute names of the file."""

    suid_class: str = "unknown"
    names: tuple[str, ...] = ()


def _names(finding: Finding) -> set[str]:
    return {f"/{finding.path}", *read_evidence(finding, _Classified).names}


def _without(all_of: Sequence[Finding], some: Sequence[Finding]) -> list[Finding]:
    known = set(map(id, some))
    return [item for item in all_of if id(item) not in known]


def _classes(findings: Sequence[Finding]) -> str:
    counts: dict[str, int] = {}
    for finding in findings:
        kind = read_evidence(finding, _Classified).suid_class
        counts[kind] = counts.get(kind, 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def _allowed_lines(findings: Sequence[Finding]) -> list[str]:
    paths = [f"/{item.path}" for item in findings]
    return [f"allowed by the policy: {named(paths)}"] if paths else []


def _aside(subject: Subject) -> list[Line]:
    """Return what does not count: files gone from the merged filesystem, and SGID directories."""
    gone = [item for item in subject.of("setuid.suid-file", "setuid.sgid-file") if item.state is not State.VISIBLE]
    folders = subject.items(FileItem, "setgid_directories")
    lines = lines_of(gone, "no longer visible, still in its layer: ")
    return [*lines, *(f"SGID directory, runs nothing: {line_of_item(item)}" for item in folders)]
