"""Several images in one run: each is scanned alone, one that cannot be read stops no other."""

from __future__ import annotations

import argparse
import os
from collections import deque
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from imgscan.cli.codes import UNREADABLE
from imgscan.cli.hints import hint_on
from imgscan.cli.output import complain
from imgscan.cli.scanning import scanning
from imgscan.engine import Engine, scan, scan_all
from imgscan.errors import CollectionError, InputError, SelectionError, UsageError
from imgscan.model.options import ScanOptions
from imgscan.printable import printable
from imgscan.report.document import Report
from imgscan.report.summary import Unread
from imgscan.report.writers import Style
from imgscan.wording import counted

STDIN = "-"


class Scanned(msgspec.Struct, frozen=True):
    """The reports of all sources, and the sources that gave none; ``several`` where there was more to scan than one."""

    reports: tuple[Report, ...]
    unread: tuple[Unread, ...] = ()
    several: bool = False

    def styled(self, style: Style) -> Style:
        """Return how to write these reports."""
        return replace(style, every=True, summary=True, unread=self.unread) if self.several else style


def scan_sources(
    sources: Sequence[str], options: ScanOptions, arguments: argparse.Namespace, targets: Sequence[str | None]
) -> Scanned:
    """Scan every source: all images of an archive where there are several sources, and all archives of a folder.

    ``targets`` are the files that reports will be written to.

    Raises:
        InputError: the one source cannot be read, or none of several can.
        SelectionError: the one source holds several images, and no choice was made.
        UsageError: an option that speaks of one image stands beside several sources, or a report would overwrite one.
    """
    waiting = deque(sources)
    if len(sources) == 1:
        try:
            return Scanned(_scan_one(sources[0], options, arguments))
        except CollectionError as error:
            waiting = deque(_within(sources[0], error))
    _refuse_choices(options)
    engine = Engine(options)
    written = {os.path.realpath(target) for target in targets if target is not None}
    reports: list[Report] = []
    unread: list[Unread] = []
    seen: set[str] = set()
    while waiting:
        source = waiting.popleft()
        real = source if source == STDIN else os.path.realpath(source)
        if real in seen:
            continue
        if real in written:
            raise UsageError(f"the report would overwrite the image {printable(source)}")
        seen.add(real)
        try:
            with scanning(source, options, arguments) as (progress, executor):
                reports += engine.scan_all(source, progress, executor)
        except CollectionError as error:
            waiting.extendleft(reversed(_within(source, error)))
        except (InputError, SelectionError) as error:
            complain(f"imgscan: {error}")
            if not os.path.lexists(source) and (hint := hint_on(source)):
                complain(f"imgscan: {hint}")
            unread.append(Unread(source, error.message if isinstance(error, InputError) else str(error)))
    if not reports:
        raise InputError(f"none of {counted(len(unread), 'image')} could be read")
    return Scanned(tuple(reports), tuple(unread), True)


def code_of(scanned: Scanned, codes: set[int]) -> int:
    """Return the worst of the exit codes: a source without a report, findings, an image read in part, none."""
    if scanned.unread:
        return UNREADABLE
    return next(code for code in (1, 4, 0) if code in codes)


def _scan_one(source: str, options: ScanOptions, arguments: argparse.Namespace) -> tuple[Report, ...]:
    with scanning(source, options, arguments) as (progress, executor):
        if arguments.all_images:
            return scan_all(source, options, progress, executor)
        return (scan(source, options, progress, executor),)


def _within(folder: str, error: CollectionError) -> list[str]:
    """Return the images of a folder; they are named by it, so that none can be taken for standard input."""
    return [os.path.join(folder, name) for name in error.images]


def _refuse_choices(options: ScanOptions) -> None:
    if options.image is not None:
        raise UsageError("--image chooses one image of one archive: give it a single IMAGE")
    if options.vulnerabilities is not None:
        raise UsageError("--vulnerabilities is a report on one image: give it a single IMAGE")
