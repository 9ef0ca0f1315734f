"""imgscan harden: the remedy for what was found in an image that is scanned now, or in a saved report."""

from __future__ import annotations

import argparse

from imgscan.cli.diff import MAX_REPORT_BYTES, is_report
from imgscan.cli.sandbox import Outcome
from imgscan.cli.scanning import isolated_for, scanning
from imgscan.cli.settings import chosen
from imgscan.cli.writing import outputs_of, style_of, written
from imgscan.compare.side import parse_side
from imgscan.engine import scan
from imgscan.harden.hardening import harden_subject
from imgscan.harden.subject import Subject, subject_of, subject_of_side
from imgscan.harden.writers import hardening_writer
from imgscan.model.options import ScanOptions
from imgscan.policy.load import read_bytes


def run_harden(arguments: argparse.Namespace) -> int:
    """Write the remedy in each format asked for; exit codes are those of a scan that fails on nothing."""
    options = chosen(arguments).options
    outputs = outputs_of(arguments, tuple(arguments.format), hardening_writer, (arguments.image,))

    def work() -> Outcome:
        subject, code = _subject(arguments, options)
        hardening = harden_subject(subject)
        return Outcome(code, tuple(write(hardening, style_of(arguments, target)) for write, target in outputs))

    return written(isolated_for(arguments, options, work), outputs)


def _subject(arguments: argparse.Namespace, options: ScanOptions) -> tuple[Subject, int]:
    source = arguments.image
    if is_report(source):
        subject = subject_of_side(parse_side(read_bytes(source, MAX_REPORT_BYTES), source, options.image))
        return subject, 0 if subject.complete else 4
    with scanning(source, options, arguments) as (progress, executor):
        report = scan(source, options, progress, executor)
    return subject_of(report), report.exit_code()
