"""imgscan trust: the layers of a base image that somebody vouches for, in the form that the settings read."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence

from imgscan.cli.progress import progress_bar
from imgscan.cli.sandbox import Outcome
from imgscan.cli.scanning import complained, isolated_for, reading_options
from imgscan.cli.writing import encoded, write_all, write_out
from imgscan.errors import UsageError
from imgscan.image import Image, open_image
from imgscan.model.options import ScanOptions
from imgscan.policy.load import PYPROJECT, read_text
from imgscan.policy.settings import parse_settings
from imgscan.printable import printable


def run_trust(arguments: argparse.Namespace) -> int:
    """Write a trusted base: to standard output, or at the end of the configuration that ``--to`` names."""
    target = arguments.to
    if target is not None and os.path.basename(target) == PYPROJECT:
        raise UsageError(f"{PYPROJECT} has other tables: write to a file of settings, or add the output by hand")
    options = reading_options(arguments)
    outcome = isolated_for(arguments, options, lambda: _read(arguments, options))
    if outcome.contents is None:
        return outcome.code
    (table,) = (content.decode() for content in outcome.contents)
    if target is None:
        write_out(encoded(table, None))
        return outcome.code
    write_all([(_appended(target, table).encode("utf-8", "surrogateescape"), target)])
    return outcome.code


def _read(arguments: argparse.Namespace, options: ScanOptions) -> Outcome:
    """Read all layers: what is trusted is what they are, not what the config promises of them."""
    with (
        progress_bar(arguments.image, not arguments.no_progress) as progress,
        open_image(arguments.image, options, progress) as image,
    ):
        filesystem = image.filesystem()
        code = complained(filesystem.problems)
        if code:
            return Outcome(code)
        diff_ids = [layer.diff_id for layer in filesystem.layers if layer.diff_id]
        name = arguments.name or _name_of(image)
    if not diff_ids or len(diff_ids) < len(filesystem.layers):
        raise UsageError(f"{printable(arguments.image)}: it has no layers that could be trusted")
    return Outcome(0, (base_table(name, diff_ids).encode(),))


def _name_of(image: Image) -> str:
    """Return the image's first name, else its source's."""
    return printable(next(iter(image.manifest.references), os.path.basename(image.source)))


def base_table(name: str, diff_ids: Sequence[str]) -> str:
    """Return a trusted base as a table of the settings, the lowest layer first.

    A JSON string of ASCII is a basic string of TOML, too. Source: TOML 1.0, "String".
    """
    lines = "".join(f'  "{diff_id}",\n' for diff_id in diff_ids)
    return f"[[trusted_base]]\nname = {json.dumps(name)}\ndiff_ids = [\n{lines}]\n"


def _appended(target: str, table: str) -> str:
    """Return the configuration with the table at its end, checked.

    Raises:
        UsageError: it cannot be read, makes no sense, or has a base of that name already.
    """
    old = read_text(target) if os.path.lexists(target) else ""
    former = {base.name for base in parse_settings(old, target).policy.trusted_bases}
    text = f"{old.rstrip()}\n\n{table}" if old.strip() else table
    (added,) = parse_settings(table, target).policy.trusted_bases
    if added.name in former:
        raise UsageError(
            f"{printable(target)}: it has a trusted base {printable(added.name)} already; give another --name"
        )
    parse_settings(text, target)
    return text
