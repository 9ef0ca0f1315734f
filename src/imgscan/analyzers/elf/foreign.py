"""Findings on files for another machine than the config names."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.elf.properties import Judgement, raised
from imgscan.model.finding import Severity
from imgscan.system.elf.files import ElfAt
from imgscan.system.elf.machines import Machines


def foreign_image(machines: Machines) -> Iterator[Judgement]:
    """Yield one finding on the image whose config does not fit its files."""
    if not machines.wrong_config:
        return
    number, machine = len(machines.foreign), machines.foreign[0].elf.machine
    message = f"the config says {machines.architecture}, but {number} of {machines.checked} ELF files are for others"
    evidence = {
        "architecture": machines.architecture,
        "files": number,
        "example": f"{machines.foreign[0].path} ({machine})",
    }
    yield Judgement("elf.foreign-machine", Severity.HIGH, message, evidence, "")


def foreign_file(machines: Machines, subject: ElfAt) -> Iterator[Judgement]:
    """Yield a finding on a file that does not run on the config's architecture, in an image that does."""
    if not machines.is_foreign(subject):
        return
    severity = Severity.LOW if subject.elf.is_program else Severity.INFO
    evidence = {"machine": subject.elf.machine, "bits": subject.elf.bits, "architecture": machines.architecture}
    yield Judgement(
        "elf.foreign-machine", raised(severity, subject.privileged), machines.describe(subject), evidence, ""
    )
