"""What an ELF file costs the analyzer: CPU time over every ELF file of an image's layers.

    python bench/elf_files.py IMAGE [--sample N]

Prints microseconds a file, for the parser alone on contents that are in memory, and for observing (parser and fact).
Reading, inflating and keeping the contents is not in these figures; the difference of two scans shows it.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator

import imgscan
from imgscan.archive.opener import open_archive
from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.parse import parse_elf
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding, Item
from imgscan.model.interest import Interest
from imgscan.model.limits import Limits
from imgscan.model.observed import Content
from imgscan.model.observer import Data
from imgscan.rootfs.view import ImageView
from imgscan.survey.survey import Surveyor
from imgscan.system.elf.observer import ElfContents

_ROUNDS = 3


class Collector:
    """Runs the ELF analyzer on what the survey shows it, and times it."""

    id = "elf"
    version = 1
    interest: Interest = ElfContents.interest

    def __init__(self, most: int) -> None:
        self._elf = ElfContents()
        self._most = most
        self.observed: list[int] = []
        self.parsed: list[int] = []
        self.kept = 0

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Time one file; nothing is told."""
        if content.view[:4] == b"\x7fELF" and len(self.observed) < self._most:
            start = time.thread_time_ns()
            list(self._elf.observe(entry, content))
            self.observed.append(time.thread_time_ns() - start)
            self.parsed.append(min(_timed(content) for _ in range(_ROUNDS)))
            self.kept = max(self.kept, len(content.view) + sum(len(piece) for _, piece in content.more))
        yield from ()

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Say nothing."""
        yield from ()


def _timed(content: Content) -> int:
    start = time.thread_time_ns()
    parse_elf(ElfContent(content.view, content.size, content.more))
    return time.thread_time_ns() - start


def main() -> int:
    """Measure one image."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image")
    parser.add_argument("--sample", type=int, default=1_000_000, help="stop after so many files")
    arguments = parser.parse_args()
    collector = Collector(arguments.sample)
    limits = Limits()
    surveyor = Surveyor([collector], limits)
    with open_archive(arguments.image, limits, surveyor.survey, 1) as archive:
        for blob in dict.fromkeys(layer.blob for image in archive.images for layer in image.layers):
            if blob is not None:
                surveyor.survey(archive.chunks(blob))
    if not collector.observed:
        print("no ELF files")
        return 1
    print(f"imgscan {imgscan.__version__}: {len(collector.observed)} ELF files of all layers")
    for what, times in (("observe, the first time", collector.observed), ("parse, best of 3", collector.parsed)):
        mean, median = statistics.fmean(times) / 1000, statistics.median(times) / 1000
        worst = max(times) / 1000
        print(f"{what:24} {mean:7.1f} us a file; median {median:.1f}, worst {worst:.0f}")
    print(f"kept at most {collector.kept / 1e6:.1f} MB of a file")
    return 0


if __name__ == "__main__":
    sys.exit(main())
