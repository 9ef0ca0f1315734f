"""The ELF parser held against pyelftools, on every ELF file of all layers of an image.

    PYTHONPATH=.:src python bench/elf_oracle.py IMAGE [--largest BYTES] [--over BYTES]

Each file is parsed from what the survey keeps of it (prefix and ranges) and described by the tests' oracle from the
whole of it; what differs is printed. pyelftools takes seconds for the largest files, hence the bound; files over it,
and over ``Limits.content_bytes``, are counted. Status 1 when anything differs.
"""

import argparse
import sys
from collections.abc import Iterator

from tests.unit.formats.elf.oracle import disagreements

from imgscan.archive.opener import open_archive
from imgscan.formats.elf.content import ElfContent
from imgscan.formats.elf.parse import parse_elf
from imgscan.formats.elf.ranges import PREFIX_BYTES, elf_ranges
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding, Item
from imgscan.model.interest import Interest
from imgscan.model.limits import Limits
from imgscan.model.observed import Content
from imgscan.model.observer import Data
from imgscan.rootfs.view import ImageView
from imgscan.survey.survey import Surveyor


class Comparer:
    """Takes the whole content of each ELF file and compares the two."""

    id = "elf-oracle"
    version = 1

    def __init__(self, over: int, largest: int) -> None:
        self._over = over
        self.interest = Interest(magics=(b"\x7fELF",), max_content_bytes=largest)
        self.compared = self.left_out = 0
        self.wrong: dict[str, object] = {}

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Compare one file; nothing is told."""
        if not content.whole:
            self.left_out += 1
            return
        if content.size <= self._over:
            return
        data = content.data
        prefix = data[:PREFIX_BYTES]
        ranges = elf_ranges(prefix, len(data)) if len(data) > len(prefix) else ()
        kept = ElfContent(prefix, len(data), [(first, data[first:last]) for first, last in ranges])
        self.compared += 1
        try:
            found: object = disagreements(data, parse_elf(kept))
        except Exception as error:  # noqa: BLE001 (pyelftools raises what it likes; that differs, too)
            found = repr(error)
        if found:
            self.wrong[entry.path] = found
        yield from ()

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Say nothing."""
        yield from ()


def main() -> int:
    """Compare one image's files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image")
    parser.add_argument("--largest", type=int, default=64 << 20, help="bytes of the largest file that is compared")
    parser.add_argument("--over", type=int, default=0, help="leave out files of so many bytes and fewer")
    arguments = parser.parse_args()
    comparer = Comparer(arguments.over, arguments.largest)
    limits = Limits()
    surveyor = Surveyor([comparer], limits)
    with open_archive(arguments.image, limits, surveyor.survey, 1) as archive:
        for blob in dict.fromkeys(layer.blob for image in archive.images for layer in image.layers):
            if blob is not None:
                surveyor.survey(archive.chunks(blob))
    for path, found in comparer.wrong.items():
        print(f"{path}: {found}")
    print(f"{comparer.compared} files compared, {comparer.left_out} too large, {len(comparer.wrong)} differ")
    return 1 if comparer.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
