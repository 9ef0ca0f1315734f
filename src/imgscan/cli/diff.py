"""imgscan diff: two images, or saved reports of them, held against each other."""

from __future__ import annotations

import argparse
import os
import stat
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec.structs import replace

from imgscan.cli.folded import Folded, read_vulnerabilities, vulnerability_files
from imgscan.cli.sandbox import Outcome
from imgscan.cli.scanning import isolated_for, scanning
from imgscan.cli.settings import chosen
from imgscan.cli.writing import outputs_of, style_of, written
from imgscan.compare.comparison import compare
from imgscan.compare.side import Side, parse_side, side_of
from imgscan.compare.sources import looks_like_json
from imgscan.compare.writers import comparison_writer
from imgscan.engine import scan
from imgscan.errors import UsageError
from imgscan.model.finding import Severity
from imgscan.model.options import ScanOptions
from imgscan.policy.load import read_bytes
from imgscan.report.show import shown_report

MAX_REPORT_BYTES = 256 * 1024 * 1024


def run_diff(arguments: argparse.Namespace) -> int:
    """Compare, write the comparison in each format asked for, return the exit code."""
    if arguments.a == arguments.b == "-":
        raise UsageError("standard input can be one of the two")
    fail_on, new = _fail_on(arguments.fail_on)
    arguments.fail_on = None
    options = chosen(arguments).options
    outputs = outputs_of(arguments, tuple(arguments.format), comparison_writer, (arguments.a, arguments.b))
    files = vulnerability_files(arguments)
    folded = {name: read_vulnerabilities(path) for name, path in files.items()}

    def work() -> Outcome:
        sides = [
            _side(source, replace(options, image=image), folded.get(name), arguments)
            for name, source, image in (
                ("A", arguments.a, arguments.image_a),
                ("B", arguments.b, arguments.image_b),
            )
        ]
        comparison = compare(*sides)
        contents = [write(comparison, style_of(arguments, target)) for write, target in outputs]
        return Outcome(comparison.exit_code(fail_on, new), tuple(contents))

    return written(isolated_for(arguments, options, work), outputs)


def _fail_on(text: str | None) -> tuple[Severity | None, bool]:
    """Return the level of ``LEVEL`` or ``new:LEVEL``, and whether only what is new counts."""
    if text is None:
        return None, False
    word, colon, level = text.rpartition(":")
    if level.upper() not in Severity.__members__ or (colon and word != "new"):
        levels = ", ".join(item.name.lower() for item in Severity)
        raise UsageError(f"--fail-on takes LEVEL or new:LEVEL, with one of {levels}")
    return Severity[level.upper()], bool(colon)


def _side(source: str, options: ScanOptions, folded: Folded | None, arguments: argparse.Namespace) -> Side:
    """Return the side of a saved report, or of an image that is scanned now."""
    if is_report(source):
        side = parse_side(read_bytes(source, MAX_REPORT_BYTES), source, options.image)
        return side if folded is None else replace(side, vulnerabilities=folded.side())
    with scanning(source, options, arguments) as (progress, executor):
        known = None if folded is None else folded.content
        report = scan(
            source, replace(options, vulnerabilities=known, any_image=arguments.any_image), progress, executor
        )
    return side_of(msgspec.to_builtins(shown_report(report)), source)


def is_report(source: str) -> bool:
    """Whether a file is a saved report (JSON), not an image."""
    with suppress(OSError, ValueError):  # what cannot be opened is told by the scan, in its own words
        path = Path(source)
        if source != "-" and stat.S_ISREG(os.stat(source).st_mode):
            with path.open("rb") as file:
                return looks_like_json(file.read(512))
    return False
