"""Files for another machine than the config names."""

from __future__ import annotations

from imgscan.formats.elf.file import LOADED
from imgscan.formats.elf.machines import runs_on
from imgscan.rootfs.view import ImageView
from imgscan.system.elf.files import ElfAt, ElfFiles, elf_files


class Machines:
    """Files for another machine than the config names."""

    def __init__(self, view: ImageView, files: ElfFiles) -> None:
        self.architecture = view.config.architecture if view.config.present else ""
        fits = [(item, self.fits(item)) for item in files.all if item.elf.kind in LOADED] if self.architecture else []
        self.checked = sum(answer is not None for _, answer in fits)
        self.foreign = [item for item, answer in fits if answer is False]
        self._refs = {item.fact.ref for item in self.foreign}

    def fits(self, item: ElfAt) -> bool | None:
        """Whether a file runs on the config's architecture; None where that is not known."""
        return runs_on(self.architecture, item.elf.machine, item.elf.bits, item.elf.little)

    @property
    def wrong_config(self) -> bool:
        """Whether it is the config that does not fit: most programs are for another machine."""
        return 2 * len(self.foreign) > self.checked

    def is_foreign(self, subject: ElfAt) -> bool:
        """Whether a file does not run on the config's architecture, while most others do."""
        return subject.fact.ref in self._refs and not self.wrong_config

    def describe(self, subject: ElfAt) -> str:
        """Return in words which machine a file is for, and which the image."""
        return f"is for {subject.elf.machine}, {subject.elf.bits} bits, and the image for {self.architecture}"


def elf_machines(view: ImageView) -> Machines:
    """Return which ELF files of an image fit its config; call it through ``view.derived``."""
    return Machines(view, view.derived(elf_files))
