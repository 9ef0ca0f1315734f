"""Files for another machine than the config names."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.elf.files import ElfFiles, Found, elf_files
from imgscan.analyzers.elf.judge import Judgement, raised
from imgscan.formats.elf.file import LOADED
from imgscan.formats.elf.machines import runs_on
from imgscan.model.finding import Severity
from imgscan.rootfs.view import ImageView


class Machines:
    """Files for another machine than the config names."""

    def __init__(self, view: ImageView, files: ElfFiles) -> None:
        self.architecture = view.config.architecture if view.config.present else ""
        fits = [(item, self.fits(item)) for item in files.all if item.elf.kind in LOADED] if self.architecture else []
        self._checked = sum(answer is not None for _, answer in fits)
        self.foreign = [item for item, answer in fits if answer is False]
        self._refs = {item.fact.ref for item in self.foreign}

    def fits(self, item: Found) -> bool | None:
        """Whether a file runs on the config's architecture; None where that is not known."""
        return runs_on(self.architecture, item.elf.machine, item.elf.bits, item.elf.little)

    @property
    def wrong_config(self) -> bool:
        """Whether it is the config that does not fit: most programs are for another machine."""
        return 2 * len(self.foreign) > self._checked

    def of_image(self) -> Iterator[Judgement]:
        """Yield one finding on the image whose config does not fit its files."""
        if not self.wrong_config:
            return
        number, machine = len(self.foreign), self.foreign[0].elf.machine
        message = f"the config says {self.architecture}, but {number} of {self._checked} ELF files are for others"
        evidence = {
            "architecture": self.architecture,
            "files": number,
            "example": f"{self.foreign[0].path} ({machine})",
        }
        yield Judgement("elf.foreign-machine", Severity.HIGH, message, evidence, "")

    def is_foreign(self, found: Found) -> bool:
        """Whether a file does not run on the config's architecture, while most others do."""
        return found.fact.ref in self._refs and not self.wrong_config

    def of_file(self, found: Found) -> Iterator[Judgement]:
        """Yield a finding on a file that does not run on the config's architecture, in an image that does."""
        if not self.is_foreign(found):
            return
        severity = Severity.LOW if found.elf.is_program else Severity.INFO
        evidence = {"machine": found.elf.machine, "bits": found.elf.bits, "architecture": self.architecture}
        yield Judgement("elf.foreign-machine", raised(severity, found.privileged), self.told(found), evidence, "")

    def told(self, found: Found) -> str:
        """Return in words which machine a file is for, and which the image."""
        return f"is for {found.elf.machine}, {found.elf.bits} bits, and the image for {self.architecture}"


def elf_machines(view: ImageView) -> Machines:
    """Return which ELF files of an image fit its config; call it through ``view.derived``."""
    return Machines(view, view.derived(elf_files))
