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


def property_faults(view: ImageView, found: ElfAt, foreign: bool) -> Iterator[Judgement]:
    """Yield what is wrong with one visible ELF file; of a ``foreign`` one the image need not have the loader."""
    yield from _search_path(view, found)
    if not foreign:
        yield from _interpreter(view, found)
    yield from _memory(found)
    yield from _privileged(found)
    yield from _packed(found)
    if found.elf.damaged and found.fact.entry.mode & 0o111:
        what = ", ".join(found.elf.damaged)
        message = f"an ELF file whose {what} cannot be read: tools that rely on them see less than the loader"
        yield Judgement("elf.malformed", Severity.LOW, message, {"damaged": list(found.elf.damaged)}, "")


def _search_path(view: ImageView, found: ElfAt) -> Iterator[Judgement]:
    for element, what, severity in search_path_faults(view, found):
        tag = "RUNPATH" if found.elf.runpath is not None else "RPATH"
        shown = f"{tag} {element!r} {what}" if element else f"{tag}: {what}"
        evidence = {"tag": tag, "value": found.elf.runpath if tag == "RUNPATH" else found.elf.rpath, "element": element}
        yield Judgement(
            "elf.insecure-rpath",
            raised(severity, found.privileged) if severity > Severity.INFO else severity,
            f"looks for libraries where it should not: {shown}",
            evidence,
            f"RUN patchelf --remove-rpath {shell_word(found.path)}",
        )


def _interpreter(view: ImageView, found: ElfAt) -> Iterator[Judgement]:
    """Yield what is wrong with the loader that the program asks for."""
    path = found.elf.interpreter
    if path is None or not found.elf.is_program:
        return
    evidence = {"interpreter": path}
    if not path.startswith("/"):
        message = f"its loader {path!r} is taken from the directory that it is started in"
        yield Judgement("elf.odd-interpreter", raised(Severity.HIGH, found.privileged), message, evidence, "")
    elif view.resolve(path) is None:
        message = f"cannot start: its loader {path} is not in the image"
        yield Judgement("elf.missing-interpreter", Severity.MEDIUM, message, evidence, "")
    elif not path.lstrip("/").startswith(_TRUSTED):
        message = f"its loader {path} stands outside the library directories"
        yield Judgement("elf.odd-interpreter", raised(Severity.LOW, found.privileged), message, evidence, "")


def _memory(found: ElfAt) -> Iterator[Judgement]:
    """Yield memory that is writable and executable at once."""
    elf = found.elf
    if elf.nx is Answer.NO:
        message = "asks for an executable stack"
        yield _weak("elf.executable-stack", Severity.LOW, message, found, f"RUN execstack -c {shell_word(found.path)}")
    if elf.rwx:
        yield _weak(
            "elf.writable-code", Severity.LOW, "loads a segment that is both writable and executable", found, ""
        )
    if elf.textrel:
        message = "has its code changed by the loader (text relocations): compile it with -fPIC"
        yield _weak("elf.text-relocations", Severity.LOW, message, found, "")


def _weak(rule: str, severity: Severity, message: str, found: ElfAt, remediation: str) -> Judgement:
    return Judgement(rule, raised(severity, found.privileged), message, {"kind": str(found.elf.kind)}, remediation)


def weaknesses(found: ElfAt) -> list[tuple[str, Severity]]:
    """Return which protections a program lacks, and how bad that is for one that gains rights.

    FORTIFY is none of them: calls stay unchecked where the compiler cannot know a size, however it was asked.
    """
    elf = found.elf
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


def _privileged(found: ElfAt) -> Iterator[Judgement]:
    """Yield one finding on a program that gains rights and lacks protections."""
    lacks = weaknesses(found) if found.privileged and found.elf.is_program else []
    if not lacks:
        return
    severity = max(severity for _, severity in lacks)
    names = [what for what, _ in lacks]
    message = f"runs with {found.privileged} and has {', '.join(names)}"
    flags = "-fPIE -pie -Wl,-z,relro,-z,now -fstack-protector-strong"
    bits = "u" * ("SUID" in found.privileged) + "g" * ("SGID" in found.privileged)
    remedy = (
        Remedy(Action.CHANGE_MODE, f"chmod {bits}-s", (absolute(found.path),))
        if bits
        else Remedy(Action.DROP_CAPABILITIES, "setcap -r", (absolute(found.path),))
    )
    evidence = {"privileged": found.privileged, "lacks": names}
    text = run_line((remedy,), f"or build it with {flags}")
    yield Judgement("elf.weak-privileged", severity, message, evidence, text, (remedy,))


def _packed(found: ElfAt) -> Iterator[Judgement]:
    elf = found.elf
    evidence: dict[str, Any] = {"packer": elf.packer, "appended_bytes": elf.overlay}
    if elf.packer in _CODE_PACKERS:
        message = f"packed ({elf.packer}): what it runs cannot be seen in the file"
        remedy = f"RUN upx -d {shell_word(found.path)}" if elf.packer == UPX else ""
        yield Judgement("elf.packed", raised(Severity.MEDIUM, found.privileged), message, evidence, remedy)
    elif elf.packer is not None:
        message = f"carries an archive of itself ({elf.packer}), whose files were not looked at"
        yield Judgement("elf.bundle", raised(Severity.INFO, found.privileged), message, evidence, "")
    elif elf.overlay > _APPENDED and elf.kind is not ElfKind.CORE:
        message = f"{counted(elf.overlay, 'byte')} appended behind the program, which no loader reads"
        yield Judgement("elf.appended-data", raised(Severity.INFO, found.privileged), message, evidence, "")
