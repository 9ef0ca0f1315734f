"""What is wrong with one ELF file: rules on its own properties and its place, apart from all other files'."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from imgscan.analyzers.elf.rpath import search_path_faults
from imgscan.formats.elf.file import Answer, ElfKind, Relro
from imgscan.formats.elf.packer import SUSPECTED, UPX
from imgscan.model.finding import Severity
from imgscan.model.remedy import Action, Remedy, run_line
from imgscan.rootfs.view import ImageView
from imgscan.system.elf.files import ElfAt
from imgscan.system.file_items import absolute, shell_word
from imgscan.wording import counted

_TRUSTED = ("lib/", "lib32/", "lib64/", "libx32/", "usr/", "nix/store/", "gnu/store/", "system/bin/")
_CODE_PACKERS = frozenset({UPX, SUSPECTED})
_APPENDED = 64 * 1024
"""Signatures and padding are shorter than this."""


class Judgement(NamedTuple):
    """A finding before it has a place: rule, severity, message, evidence, remediation."""

    rule: str
    severity: Severity
    message: str
    evidence: dict[str, Any]
    remediation: str
    remedies: tuple[Remedy, ...] = ()


def raised(severity: Severity, privileged: str) -> Severity:
    """Return the severity for a file that gains rights when run: one step more."""
    return Severity(min(severity + 1, Severity.CRITICAL)) if privileged else severity


def property_faults(view: ImageView, subject: ElfAt, foreign: bool) -> Iterator[Judgement]:
    """Yield what is wrong with one visible ELF file; of a ``foreign`` one the image need not have the loader."""
    yield from _search_path(view, subject)
    if not foreign:
        yield from _interpreter(view, subject)
    yield from _memory(subject)
    yield from _privileged(subject)
    yield from _packed(subject)
    if subject.elf.damaged and subject.fact.entry.mode & 0o111:
        what = ", ".join(subject.elf.damaged)
        message = f"an ELF file whose {what} cannot be read: tools that rely on them see less than the loader"
        yield Judgement("elf.malformed", Severity.LOW, message, {"damaged": list(subject.elf.damaged)}, "")


def _search_path(view: ImageView, subject: ElfAt) -> Iterator[Judgement]:
    for element, what, severity in search_path_faults(view, subject):
        tag = "RUNPATH" if subject.elf.runpath is not None else "RPATH"
        shown = f"{tag} {element!r} {what}" if element else f"{tag}: {what}"
        evidence = {
            "tag": tag,
            "value": subject.elf.runpath if tag == "RUNPATH" else subject.elf.rpath,
            "element": element,
        }
        yield Judgement(
            "elf.insecure-rpath",
            raised(severity, subject.privileged) if severity > Severity.INFO else severity,
            f"looks for libraries where it should not: {shown}",
            evidence,
            f"RUN patchelf --remove-rpath {shell_word(subject.path)}",
        )


def _interpreter(view: ImageView, subject: ElfAt) -> Iterator[Judgement]:
    """Yield what is wrong with the loader that the program asks for."""
    path = subject.elf.interpreter
    if path is None or not subject.elf.is_program:
        return
    evidence = {"interpreter": path}
    if not path.startswith("/"):
        message = f"its loader {path!r} is taken from the directory that it is started in"
        yield Judgement("elf.odd-interpreter", raised(Severity.HIGH, subject.privileged), message, evidence, "")
    elif view.resolve(path) is None:
        message = f"cannot start: its loader {path} is not in the image"
        yield Judgement("elf.missing-interpreter", Severity.MEDIUM, message, evidence, "")
    elif not path.lstrip("/").startswith(_TRUSTED):
        message = f"its loader {path} stands outside the library directories"
        yield Judgement("elf.odd-interpreter", raised(Severity.LOW, subject.privileged), message, evidence, "")


def _memory(subject: ElfAt) -> Iterator[Judgement]:
    """Yield memory that is writable and executable at once."""
    elf = subject.elf
    if elf.nx is Answer.NO:
        message = "asks for an executable stack"
        yield _weak(
            "elf.executable-stack", Severity.LOW, message, subject, f"RUN execstack -c {shell_word(subject.path)}"
        )
    if elf.rwx:
        yield _weak(
            "elf.writable-code", Severity.LOW, "loads a segment that is both writable and executable", subject, ""
        )
    if elf.textrel:
        message = "has its code changed by the loader (text relocations): compile it with -fPIC"
        yield _weak("elf.text-relocations", Severity.LOW, message, subject, "")


def _weak(rule: str, severity: Severity, message: str, subject: ElfAt, remediation: str) -> Judgement:
    return Judgement(rule, raised(severity, subject.privileged), message, {"kind": str(subject.elf.kind)}, remediation)


def weaknesses(subject: ElfAt) -> list[tuple[str, Severity]]:
    """Return which protections a program lacks, and how bad that is for one that gains rights.

    FORTIFY is none of them: calls stay unchecked where the compiler cannot know a size, however it was asked.
    """
    elf = subject.elf
    checks = (
        (elf.nx is Answer.NO, "an executable stack", Severity.HIGH),
        (elf.rwx, "code that is writable", Severity.HIGH),
        (elf.pie is Answer.NO, "no PIE", Severity.MEDIUM),
        (elf.relro is Relro.NONE, "no RELRO", Severity.MEDIUM),
        (elf.canary is Answer.NO, "no stack canary", Severity.MEDIUM),
        (elf.textrel, "text relocations", Severity.MEDIUM),
        (elf.relro is Relro.PARTIAL, "partial RELRO", Severity.LOW),
    )
    return [(what, severity) for there, what, severity in checks if there]


def _privileged(subject: ElfAt) -> Iterator[Judgement]:
    """Yield one finding on a program that gains rights and lacks protections."""
    lacks = weaknesses(subject) if subject.privileged and subject.elf.is_program else []
    if not lacks:
        return
    severity = max(severity for _, severity in lacks)
    names = [what for what, _ in lacks]
    message = f"runs with {subject.privileged} and has {', '.join(names)}"
    flags = "-fPIE -pie -Wl,-z,relro,-z,now -fstack-protector-strong"
    bits = "u" * ("SUID" in subject.privileged) + "g" * ("SGID" in subject.privileged)
    remedy = (
        Remedy(Action.CHANGE_MODE, f"chmod {bits}-s", (absolute(subject.path),))
        if bits
        else Remedy(Action.DROP_CAPABILITIES, "setcap -r", (absolute(subject.path),))
    )
    evidence = {"privileged": subject.privileged, "lacks": names}
    text = run_line((remedy,), f"or build it with {flags}")
    yield Judgement("elf.weak-privileged", severity, message, evidence, text, (remedy,))


def _packed(subject: ElfAt) -> Iterator[Judgement]:
    elf = subject.elf
    evidence: dict[str, Any] = {"packer": elf.packer, "appended_bytes": elf.overlay}
    if elf.packer in _CODE_PACKERS:
        message = f"packed ({elf.packer}): what it runs cannot be seen in the file"
        remedy = f"RUN upx -d {shell_word(subject.path)}" if elf.packer == UPX else ""
        yield Judgement("elf.packed", raised(Severity.MEDIUM, subject.privileged), message, evidence, remedy)
    elif elf.packer is not None:
        message = f"carries an archive of itself ({elf.packer}), whose files were not looked at"
        yield Judgement("elf.bundle", raised(Severity.INFO, subject.privileged), message, evidence, "")
    elif elf.overlay > _APPENDED and elf.kind is not ElfKind.CORE:
        message = f"{counted(elf.overlay, 'byte')} appended behind the program, which no loader reads"
        yield Judgement("elf.appended-data", raised(Severity.INFO, subject.privileged), message, evidence, "")
