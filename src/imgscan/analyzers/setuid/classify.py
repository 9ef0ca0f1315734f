"""The class of one SUID or SGID file: expected, declared, unexpected, stray, dangerous, or of unknown owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

import msgspec

from imgscan.analyzers.setuid.baseline import Baseline, Expected
from imgscan.analyzers.setuid.facts import Form, SetuidFact
from imgscan.formats.path import base_name
from imgscan.model.entry import ImagePath
from imgscan.model.finding import Severity
from imgscan.rootfs.view import LocatedFact
from imgscan.system.packages.owners import Owners
from imgscan.system.programs.dangerous import danger_of, runs_commands

SUID = 0o4000
SGID = 0o2000
_WRITABLE = 0o022
_EXECUTABLE = 0o111
_BY_OTHERS = 0o011


class SuidClass(StrEnum):
    """The classes, best first.

    EXPECTED: path, mode, owner and package are a row of the distribution's baseline. DECLARED: the package database
    or dpkg-statoverride has this mode. UNKNOWN: no database could be asked. UNEXPECTED: a package's file, but not this
    mode. STRAY: no package's. DANGEROUS: whoever runs it has the rights it runs with, or can change it.
    """

    EXPECTED = "expected"
    DECLARED = "declared"
    UNKNOWN = "unknown"
    UNEXPECTED = "unexpected"
    STRAY = "stray"
    DANGEROUS = "dangerous"


class SuidVerdict(msgspec.Struct, frozen=True):
    """Class, how bad that is, and why, each reason a phrase; ``package`` is the owner's name and version."""

    kind: SuidClass
    severity: Severity
    reasons: tuple[str, ...]
    package: str | None = None
    planted: bool = False
    """Whether nothing is lost without it: a script, a shell or interpreter by another name."""


class Surroundings(msgspec.Struct, frozen=True):
    """What a file is judged by: owners, baseline, names of ids, programs by digest, and files that were modified.

    ``closed`` returns the directory on the way to a path that only its owner may search, None for none.
    """

    owners: Owners
    baseline: Baseline
    users: Mapping[int, frozenset[str]]
    groups: Mapping[int, frozenset[str]]
    programs: Mapping[str, ImagePath]
    modified: frozenset[ImagePath]
    closed: Callable[[ImagePath], ImagePath | None] = lambda _: None


def classify(fact: LocatedFact[SetuidFact], around: Surroundings) -> SuidVerdict:
    """Return the verdict on a visible file."""
    verdict = _classified(fact, around)
    return msgspec.structs.replace(verdict, planted=_planted(fact, around))


def _planted(fact: LocatedFact[SetuidFact], around: Surroundings) -> bool:
    # An interpreter by its usual name may be what the image is for: it stays, without the bit.
    if any(runs_commands(base_name(name)) for name in fact.names):
        return False
    twin = around.programs.get(fact.data.sha256 or "")
    copied = twin is not None and twin not in fact.names
    return bool(fact.data.program) or copied or fact.data.form is Form.SCRIPT


def _classified(fact: LocatedFact[SetuidFact], around: Surroundings) -> SuidVerdict:
    path = fact.names[0]
    owned = next(((name, package) for name in fact.names if (package := around.owners.system(name))), None)
    package = owned[1] if owned else None
    title = package.title if package else None
    path = owned[0] if owned else path
    expected = _expected(fact, path, package.record.name if package else None, around)
    flaws = [*_flaws(fact, around)]
    if expected is None:
        flaws += _bad_names(fact)
    declared = around.owners.declared_mode(path)
    is_declared = declared is not None and declared.mode == fact.entry.mode
    if expected is None and not is_declared:
        flaws += _foreign(fact)
    if flaws:
        return _verdict(fact, SuidClass.DANGEROUS, tuple(flaws), title, around)
    if expected is not None:
        what = "" if package else f"; {around.owners.unknown_reason()}"
        return _verdict(fact, SuidClass.EXPECTED, (f"the package {expected.package} ships it so{what}",), title, around)
    if declared is not None and is_declared:
        late = "" if declared.by_package else ", by a later layer than the package's"
        return _verdict(fact, SuidClass.DECLARED, (f"{declared.source} has this mode{late}",), title, around)
    if package is not None:
        recorded = f"{declared.mode:04o}" if declared is not None else "no such mode"
        return _verdict(fact, SuidClass.UNEXPECTED, (f"{title} declares {recorded}",), title, around)
    if not around.owners.covers(fact.names[0]):
        return _verdict(fact, SuidClass.UNKNOWN, (f"owner unknown: {around.owners.unknown_reason()}",), None, around)
    return _verdict(fact, SuidClass.STRAY, ("no package owns it",), None, around)


def _expected(
    fact: LocatedFact[SetuidFact], path: ImagePath, package: str | None, around: Surroundings
) -> Expected | None:
    if package is None and around.owners.covers(fact.names[0]):
        return None
    entry = fact.entry
    users = around.users.get(entry.uid, frozenset()) | ({"root"} if entry.uid == 0 else frozenset())
    named = around.groups.get(entry.gid, frozenset()) | ({"root"} if entry.gid == 0 else frozenset())
    groups = named if around.groups or not entry.gid else None
    return around.baseline.find(path, entry.mode, users, groups, package)


def _flaws(fact: LocatedFact[SetuidFact], around: Surroundings) -> list[str]:
    """Return what makes any file dangerous, whatever a package says."""
    result = []
    if fact.entry.mode & _WRITABLE:
        result.append("others may write it" if fact.entry.mode & 0o002 else "its group may write it")
    program = fact.data.program
    if program:
        result.append(f"its content is {program}")
    twin = around.programs.get(fact.data.sha256 or "")
    if twin is not None and twin not in fact.names:
        result.append(f"a copy of /{twin}")
    if fact.data.form is Form.SCRIPT:
        result.append("a script: the kernel ignores the bit, another loader may not")
    elif fact.data.form is Form.OTHER and fact.entry.mode & _EXECUTABLE:
        result.append("neither a program nor a script")
    if any(name in around.modified for name in fact.names):
        result.append("its content is not what its package installed")
    return result


def _bad_names(fact: LocatedFact[SetuidFact]) -> list[str]:
    for name in fact.names:
        danger = danger_of(base_name(name))
        if danger is not None:
            return [f"{base_name(name)}: {danger}"]
    return []


def _foreign(fact: LocatedFact[SetuidFact]) -> list[str]:
    entry = fact.entry
    return [f"its owner is uid {entry.uid}, who may change it"] if entry.mode & SUID and entry.uid else []


def _verdict(
    fact: LocatedFact[SetuidFact], kind: SuidClass, reasons: tuple[str, ...], package: str | None, around: Surroundings
) -> SuidVerdict:
    mode = fact.entry.mode
    if not mode & _EXECUTABLE and kind is not SuidClass.EXPECTED:
        return SuidVerdict(kind, Severity.LOW, (*reasons, "nobody may execute it"), package)
    severity = {
        SuidClass.EXPECTED: Severity.INFO,
        SuidClass.DECLARED: Severity.LOW,
        SuidClass.UNKNOWN: Severity.MEDIUM if mode & SUID else Severity.LOW,
        SuidClass.UNEXPECTED: Severity.HIGH,
        SuidClass.STRAY: Severity.HIGH,
        SuidClass.DANGEROUS: Severity.HIGH,
    }[kind]
    if kind is SuidClass.DANGEROUS and mode & SUID and not fact.entry.uid and mode & _BY_OTHERS and _gives_root(fact):
        severity = Severity.CRITICAL
    if severity > Severity.MEDIUM and not mode & _BY_OTHERS and not mode & _WRITABLE:
        return SuidVerdict(kind, Severity.MEDIUM, (*reasons, "only its owner may execute it"), package)
    if severity > Severity.MEDIUM:
        closed = [around.closed(name) for name in fact.names]
        if all(folder is not None for folder in closed):
            why = f"only root may reach it, through /{closed[0]}"
            return SuidVerdict(kind, Severity.MEDIUM, (*reasons, why), package)
    return SuidVerdict(kind, severity, reasons, package)


def _gives_root(fact: LocatedFact[SetuidFact]) -> bool:
    """Whether running a SUID root file is enough to become root."""
    named = any(runs_commands(base_name(name)) for name in fact.names)
    return bool(fact.data.program) or named or bool(fact.entry.mode & 0o002)
