"""imgscan harden: scan an image and write the remedy for what was found."""

from __future__ import annotations

import argparse

from imgscan.cli.scanning import scanning
from imgscan.cli.settings import chosen
from imgscan.cli.writing import outputs_of, style_of, write_all
from imgscan.engine import scan
from imgscan.harden.hardening import harden
from imgscan.harden.writers import hardening_writer


def run_harden(arguments: argparse.Namespace) -> int:
    """Scan, write the remedy in each format asked for; exit codes are those of a scan that fails on nothing."""
    options = chosen(arguments).options
    outputs = outputs_of(arguments, tuple(arguments.format), hardening_writer, (arguments.image,))
    with scanning(arguments.image, options, arguments) as (progress, executor):
        report = scan(arguments.image, options, progress, executor)
    hardening = harden(report)
    write_all([(write(hardening, style_of(arguments, target)), target) for write, target in outputs])
    return report.exit_code()
