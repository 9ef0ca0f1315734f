"""imgscan harden: the remedy for what was found in an image that is scanned now, or in a saved report."""

from __future__ import annotations

import argparse

from imgscan.cli.diff import MAX_REPORT_BYTES, is_report
from imgscan.cli.progress import progress_bar
from imgscan.cli.sandbox import Outcome
from imgscan.cli.scanning import isolated_for, scanning
from imgscan.cli.settings import chosen
from imgscan.cli.writing import outputs_of, style_of, written
from imgscan.compare.side import parse_side
from imgscan.engine import scan
from imgscan.errors import UsageError
from imgscan.harden.hardening import harden_subject
from imgscan.harden.needed import OBSERVERS, Needed, needed_by_start
from imgscan.harden.plan import Form
from imgscan.harden.settings import health_of
from imgscan.harden.subject import Subject, subject_of, subject_of_side
from imgscan.harden.writers import hardening_writer
from imgscan.image import open_image
from imgscan.model.options import ScanOptions
from imgscan.policy.load import read_bytes
from imgscan.shell.called import MAX_BYTES


def run_harden(arguments: argparse.Namespace) -> int:
    """Write the remedy in each format asked for; exit codes are those of a scan that fails on nothing."""
    options = chosen(arguments).options
    outputs = outputs_of(arguments, tuple(arguments.format), hardening_writer, (arguments.image,))

    def work() -> Outcome:
        subject, code = _subject(arguments, options)
        hardening = harden_subject(subject, _form(arguments), _needed(arguments, options, subject))
        return Outcome(code, tuple(write(hardening, style_of(arguments, target)) for write, target in outputs))

    return written(isolated_for(arguments, options, work), outputs)


def _form(arguments: argparse.Namespace) -> Form:
    return Form.DISTROLESS if arguments.distroless else Form.FLAT if arguments.flatten else Form.FRAGMENT


def _subject(arguments: argparse.Namespace, options: ScanOptions) -> tuple[Subject, int]:
    source = arguments.image
    if is_report(source):
        if _form(arguments) is not Form.FRAGMENT:
            raise UsageError("--flatten and --distroless need the image itself: a report has not all its settings")
        subject = subject_of_side(parse_side(read_bytes(source, MAX_REPORT_BYTES), source, options.image))
        return subject, 0 if subject.complete else 4
    with scanning(source, options, arguments) as (progress, executor):
        report = scan(source, options, progress, executor)
    return subject_of(report), report.exit_code()


def _needed(arguments: argparse.Namespace, options: ScanOptions, subject: Subject) -> Needed | None:
    """Return what the start of the container needs, for a stage of nothing else."""
    if not arguments.distroless:
        return None
    with (
        progress_bar(arguments.image, not arguments.no_progress) as progress,
        open_image(arguments.image, options, progress, OBSERVERS) as image,
    ):
        filesystem = image.filesystem()
        needed = needed_by_start(
            filesystem.view,
            lambda path: filesystem.open(f"/{path}").read(MAX_BYTES),
            [health_of(subject).called],
        )
    if needed is None:
        raise UsageError("--distroless: entrypoint and command start no program of the image")
    return needed
