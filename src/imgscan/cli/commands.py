"""The commands: arguments to a call of the library, its answer to bytes."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

from msgspec.structs import replace

from imgscan.cli.cache import cache_directory, kept_files, kept_in
from imgscan.cli.details import details_of
from imgscan.cli.failing import failing_of
from imgscan.cli.output import finish, send
from imgscan.cli.progress import progress_bar
from imgscan.cli.sandbox import Outcome
from imgscan.cli.scanning import complained, isolated_for, reading_options
from imgscan.cli.settings import chosen, ids
from imgscan.cli.several import code_of, scan_sources
from imgscan.cli.writing import encoded, outputs_of, style_of, write_out, written
from imgscan.engine import scan
from imgscan.errors import UsageError
from imgscan.image import open_image
from imgscan.model.options import ScanOptions
from imgscan.model.problem import Level
from imgscan.model.vulnerability import Vulnerabilities
from imgscan.printable import printable
from imgscan.report.text.reading import layer_lines
from imgscan.report.writers import writer_of
from imgscan.wording import counted, human_bytes

_PIECE = 1 << 20


def run_scan(arguments: argparse.Namespace) -> int:
    """Scan: write the report in each format asked for."""
    asked = chosen(arguments)
    options = asked.options
    outputs = outputs_of(arguments, asked.formats, writer_of, arguments.images)
    details = details_of(arguments, os.environ)
    failing = failing_of(ids(arguments.fail_on_check), ids(arguments.fail_on_status))
    options = replace(options, vulnerabilities=_folded(arguments.vulnerabilities), any_image=arguments.any_image)

    def work() -> Outcome:
        scanned = scan_sources(arguments.images, options, arguments, [target for _, target in outputs])
        handed = tuple(details.added_to(asked.kept.shown(report)) for report in scanned.reports)
        codes = {1 if failing.holds(report) else report.exit_code(asked.fail_on) for report in handed}
        contents = [write(handed, scanned.styled(style_of(arguments, target))) for write, target in outputs]
        return Outcome(code_of(scanned, codes), tuple(contents))

    return written(isolated_for(arguments, options, work), outputs)


def _folded(path: str | None) -> Vulnerabilities | None:
    """Return what another program's report says, None without one."""
    if path is None:
        return None
    from imgscan.cli.folded import read_vulnerabilities  # not read at the start: few scans need it

    return read_vulnerabilities(path).content


def run_ls(arguments: argparse.Namespace) -> int:
    """List paths."""
    from imgscan.cli import ls

    return ls.run_ls(arguments)


def run_cat(arguments: argparse.Namespace) -> int:
    """Write one file's bytes, as they are."""
    options = reading_options(arguments)
    return isolated_for(arguments, options, lambda: Outcome(_copied(arguments, options))).code


def _copied(arguments: argparse.Namespace, options: ScanOptions) -> int:
    with open_image(arguments.image, options) as image:
        filesystem = image.filesystem()
        content = filesystem.open(arguments.path, arguments.layer)
        while piece := content.read(_PIECE):
            if not send(piece):
                break
        finish()
    return complained([problem for problem in filesystem.problems if problem.level is Level.ERROR])


def run_layers(arguments: argparse.Namespace) -> int:
    """List layers: sizes, instructions, digests and whether they verify."""
    options = reading_options(arguments, analyzers=(), pattern_cache=kept_in(arguments))
    return isolated_for(arguments, options, lambda: Outcome(_layers(arguments, options))).code


def _layers(arguments: argparse.Namespace, options: ScanOptions) -> int:
    with progress_bar(arguments.image, not arguments.no_progress) as progress:
        report = scan(arguments.image, options, progress)
    if arguments.format == "json":
        from imgscan.report.json import write_layers

        write_out(write_layers(report))
    else:
        write_out(encoded("".join(line + "\n" for layer in report.layers for line in layer_lines(layer)), None))
    return complained(report.problems)


def run_rules(arguments: argparse.Namespace) -> int:
    """Imgscan rules: list them, or check that their expressions compile and their examples hold."""
    from imgscan.analyzers.secrets.check import faults
    from imgscan.analyzers.secrets.foreign import read_rule_file
    from imgscan.analyzers.secrets.rule import builtin_rules

    files = getattr(arguments, "files", [])
    rules = tuple(rule for path in files for rule in read_rule_file(path)) if files else builtin_rules().rules
    if arguments.action != "check":
        lines = [f"{rule.id:<36} {rule.severity:<9} {rule.confidence:<7} {rule.title}\n" for rule in rules]
        write_out(encoded("".join(lines), None))
        return 0
    result = list(faults(rules))
    lines = [f"{name}: {fault}\n" for name, fault in result]
    write_out(encoded("".join(lines) + f"{counted(len(rules), 'rule')}, {counted(len(result), 'fault')}\n", None))
    return 1 if result else 0


def run_cache(arguments: argparse.Namespace) -> int:
    """Imgscan cache: say what is kept and where, or remove it."""
    directory = arguments.cache or cache_directory()
    if directory is None:
        raise UsageError("there is no cache folder: neither XDG_CACHE_HOME nor a home directory is known")
    result = kept_files(directory)
    size = sum(path.lstat().st_size for path in result)
    if arguments.action == "clear":
        for path in result:
            path.unlink(missing_ok=True)
    verb = "removed from" if arguments.action == "clear" else "kept in"
    write_out(encoded(f"{counted(len(result), 'file')}, {human_bytes(size)}, {verb} {printable(directory)}\n", None))
    return 0


def run_explain(arguments: argparse.Namespace) -> int:
    """Say what a rule means."""
    from imgscan.cli.db import explained_advisory, is_advisory
    from imgscan.cli.explain import explained

    name = arguments.rule
    text = explained_advisory(name, arguments) if name is not None and is_advisory(name) else explained(name)
    write_out(encoded(text, None))
    return 0


def run_elf(arguments: argparse.Namespace) -> int:
    """Show one ELF file of an image."""
    from imgscan.cli import elf

    return elf.run_elf(arguments)


def run_checks(arguments: argparse.Namespace) -> int:
    """List the controls."""
    from imgscan.cli import checks

    return checks.run_checks(arguments)


def run_diff(arguments: argparse.Namespace) -> int:
    """Compare two images."""
    from imgscan.cli import diff

    return diff.run_diff(arguments)


def run_db(arguments: argparse.Namespace) -> int:
    """Make the database of advisories, say what is in it, or check it."""
    from imgscan.cli import db

    return db.run_db(arguments)


def run_harden(arguments: argparse.Namespace) -> int:
    """Write the remedy for an image's findings."""
    from imgscan.cli import harden

    return harden.run_harden(arguments)


def run_init(arguments: argparse.Namespace) -> int:
    """Write a configuration to begin with."""
    from imgscan.cli import init

    return init.run_init(arguments)


def run_trust(arguments: argparse.Namespace) -> int:
    """Write a trusted base."""
    from imgscan.cli import trust

    return trust.run_trust(arguments)


def run_completion(arguments: argparse.Namespace) -> int:
    """Write what a shell needs to complete words."""
    from imgscan.cli import completion

    return completion.run_completion(arguments)


def run_explore(arguments: argparse.Namespace) -> int:
    """Walk through an image on the terminal."""
    from imgscan.cli import explore

    return explore.run_explore(arguments)


def run_fleet(arguments: argparse.Namespace) -> int:
    """Report on very many images."""
    from imgscan.cli import fleet

    return fleet.run_fleet(arguments)


RUN: dict[str, Callable[[argparse.Namespace], int]] = {
    "scan": run_scan,
    "ls": run_ls,
    "cat": run_cat,
    "layers": run_layers,
    "elf": run_elf,
    "diff": run_diff,
    "harden": run_harden,
    "rules": run_rules,
    "cache": run_cache,
    "checks": run_checks,
    "explain": run_explain,
    "db": run_db,
    "init": run_init,
    "trust": run_trust,
    "completion": run_completion,
    "explore": run_explore,
    "fleet": run_fleet,
}
