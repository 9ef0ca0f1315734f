"""The arguments of every command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from imgscan.cli.output import complain, send

COMMANDS = tuple(
    "scan ls cat layers elf diff harden rules checks explain db cache init trust completion explore fleet".split()
)
FORMATS = tuple(
    "text json jsonl sarif junit codequality container-scanning html markdown cyclonedx spdx summary index".split()
)
COMPARISONS = ("text", "json", "markdown")
REMEDIES = ("text", "dockerfile", "kubernetes", "compose", "quadlet", "json")
LEVELS = ("info", "low", "medium", "high", "critical")

_IMAGE_HELP = (
    "docker-archive, OCI archive or layout, dir: folder, root filesystem tar or folder, any of the tars compressed; "
    "- for standard input"
)
_EPILOG = "exit codes: 0 read whole, 1 findings at --fail-on, 2 usage, 3 not readable, 4 read in part"


class _Parser(argparse.ArgumentParser):
    """Writes as all of the command line does: a full disk is an error, and nothing acts on a terminal."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Parse as ever, and take a PATH behind options: before Python 3.13 argparse leaves it over."""
        known, rest = super().parse_known_args(args, namespace)
        if len(rest) == 1 and not rest[0].startswith("-") and getattr(known, "path", "") is None:
            known.path = rest.pop()
        return known, rest

    def _print_message(self, message: str, file: Any = None) -> None:
        """Write help and version, or what is wrong with the arguments; argparse alone swallows what goes wrong."""
        if file is sys.stdout:
            send(message.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
        else:
            complain(message.rstrip("\n"))


def build_parser(version: str) -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = _Parser(
        prog="imgscan",
        description="Analyze an exported container image, offline. 'imgscan IMAGE' is 'imgscan scan IMAGE'.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"imgscan {version}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _scan(commands.add_parser("scan", help="report on an image (the default command)", epilog=_EPILOG))
    _ls(commands.add_parser("ls", help="list the merged filesystem, or every layer's entries", epilog=_EPILOG))
    _cat(commands.add_parser("cat", help="write one file's content, from any layer", epilog=_EPILOG))
    _layers(commands.add_parser("layers", help="list layers, sizes, instructions, digests", epilog=_EPILOG))
    _elf(commands.add_parser("elf", help="show one ELF file of an image in depth", epilog=_EPILOG))
    _diff(commands.add_parser("diff", help="compare two images, or saved JSON reports of them", epilog=_EPILOG))
    _harden(commands.add_parser("harden", help="write the remedy: Dockerfile fragment and run profile", epilog=_EPILOG))
    _cache(commands.add_parser("cache", help="say what is kept of earlier scans and where, or remove it"))
    _rules(commands.add_parser("rules", help="list the secret rules, or check a rule file"))
    _checks(commands.add_parser("checks", help="list the controls that every report answers"))
    _db(commands.add_parser("db", help="import advisories, so that scans know of vulnerabilities"))
    _explain(commands.add_parser("explain", help="say what a rule, a control or an analyzer means and what to do"))
    _init(commands.add_parser("init", help="write a configuration and a file of exceptions to begin with"))
    _trust(commands.add_parser("trust", help="write the layers of a base image that you vouch for as settings"))
    _completion(commands.add_parser("completion", help="write what a shell needs to complete imgscan's words"))
    _explore(commands.add_parser("explore", help="walk through an image on the terminal (needs imgscan[tui])"))
    _fleet(commands.add_parser("fleet", help="report on very many images, by processes or a cluster", epilog=_EPILOG))
    return parser


def _source(parser: argparse.ArgumentParser, what: str = _IMAGE_HELP) -> None:
    parser.add_argument("image", metavar="IMAGE", help=what)
    _reading(parser)


def _reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--image", dest="select", metavar="REF|DIGEST|@N", help="which image of the archive")
    parser.add_argument("--platform", metavar="OS/ARCH[/VARIANT]", help="which platform of the image")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="layers read at a time (default: processors)")
    parser.add_argument("--no-progress", action="store_true", help="no progress bar on standard error")
    _bounds(parser)


def _bounds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="another bound on the work (docs/limits.md), such as layer_bytes=2GiB; several times",
    )
    parser.add_argument("--timeout", metavar="SECONDS", help="report what was read in that time, and exit with 4")
    parser.add_argument(
        "--sandbox",
        choices=("auto", "require", "off"),
        help="read the image in a process that can neither write nor use the network nor start programs "
        "(default: auto, where the kernel can)",
    )


def _scan(parser: argparse.ArgumentParser) -> None:
    several = "; several images, or a folder of them, give a table of all"
    parser.add_argument("images", nargs="+", metavar="IMAGE", help=_IMAGE_HELP + several)
    _reading(parser)
    parser.add_argument("--all-images", action="store_true", help="report on every image of the archive")
    _outputs(parser, FORMATS, "where the report goes")
    _failing(parser)
    _handing_over(parser)
    parser.add_argument("--vulnerabilities", metavar="FILE", help="report of Trivy or Grype (JSON) on the same image")
    _forced(parser)
    _settings(parser)
    parser.add_argument("--timing", action="store_true", help="tell how long each stage took (text, json, jsonl)")
    parser.add_argument("-q", "--quiet", action="store_true", help="no report, only the exit code (files are written)")
    parser.add_argument("-v", "--verbose", action="store_true", help="all findings with instruction and remedy, layers")


def _failing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fail-on", choices=LEVELS, type=str.lower, metavar="LEVEL", help=f"exit 1 from: {', '.join(LEVELS)}"
    )
    parser.add_argument(
        "--fail-on-check", metavar="ID,..", help="exit 1 where one of these controls fails (imgscan explain ID)"
    )
    parser.add_argument(
        "--fail-on-status", metavar="STATUS,..", help="exit 1 where a control (of those) is: fail, warn, unknown"
    )


def _handing_over(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--min-severity", choices=LEVELS, type=str.lower, metavar="LEVEL", help="leave out findings below it"
    )
    parser.add_argument("--date", metavar="DATE", help="day of the report, as 2026-11-30 (default: none)")
    parser.add_argument(
        "--meta",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a field of the report: auditor, ticket",
    )


def _forced(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--force-vulnerabilities", action="store_true", dest="any_image", help="take one about another image, too"
    )


def _outputs(parser: argparse.ArgumentParser, formats: Sequence[str], goes: str = "where it goes") -> None:
    parser.add_argument(
        "-f",
        "--format",
        action="append",
        default=[],
        metavar="FORMAT[=FILE]",
        help=f"{', '.join(formats)}; may be given several times (default: text)",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help=f"{goes} (default: standard output)")
    parser.add_argument(
        "--width", type=_columns, metavar="COLUMNS", help="of the text (default: the terminal's, COLUMNS, else 80)"
    )


def _columns(text: str) -> int:
    """Return a width; argparse says what is wrong with another text."""
    if not (text.isascii() and text.isdigit() and 40 <= int(text[:6]) <= 10_000):
        raise argparse.ArgumentTypeError("a number of columns from 40 on")
    return int(text)


def _settings(parser: argparse.ArgumentParser) -> None:
    """Add what a configuration can say too."""
    parser.add_argument("-a", "--analyzers", metavar="ID,..", help="run these analyzers only")
    parser.add_argument("--skip", metavar="ID,..", help="leave these analyzers out")
    parser.add_argument(
        "--rules",
        action="append",
        default=[],
        metavar="FILE",
        help="more secret rules: imgscan's TOML, gitleaks' TOML or Trivy's YAML; may be given several times",
    )
    _edition(parser)
    _kept(parser)
    parser.add_argument(
        "--store",
        metavar="DIR|URL|off",
        help="keep facts on layers in this folder or on this server (redis://, unix://), not in the cache",
    )
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="settings and policy (default: imgscan.toml or pyproject.toml, where there is one)",
    )
    _known(parser)
    parser.add_argument("--no-config", action="store_true", help="read no configuration")
    parser.add_argument(
        "--exceptions", action="append", default=[], metavar="FILE", help="documented exceptions; several times"
    )
    parser.add_argument("--baseline", metavar="FILE", help="a former JSON report: what it has does not fail")


def _known(parser: argparse.ArgumentParser) -> None:
    """Add what decides on known vulnerabilities."""
    database = parser.add_mutually_exclusive_group()
    database.add_argument(
        "--db", metavar="FILE", help="database of advisories (default: the user's, where imgscan db import made one)"
    )
    database.add_argument("--no-db", action="store_true", help="match packages with no advisories")
    parser.add_argument("--ignore-unfixed", action="store_true", help="leave out vulnerabilities that nothing mends")
    parser.add_argument(
        "--vex", action="append", default=[], metavar="FILE", help="OpenVEX, CycloneDX or CSAF; several times"
    )


def _diff(parser: argparse.ArgumentParser) -> None:
    for name, word in (("a", "before"), ("b", "after")):
        parser.add_argument(name, metavar=name.upper(), help=f"the image {word}, in any form, or its JSON report")
        parser.add_argument(f"--image-{name}", metavar="REF|DIGEST|@N", help=f"which image of {name.upper()}")
        parser.add_argument(
            f"--vulnerabilities-{name}", metavar="FILE", help=f"report of Trivy or Grype (JSON) on {name.upper()}"
        )
    parser.add_argument("--vulnerabilities", action="append", default=[], metavar="A=FILE", help="the same, or B=FILE")
    _forced(parser)
    parser.add_argument("--platform", metavar="OS/ARCH[/VARIANT]", help="which platform of the images")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="layers read at a time (default: processors)")
    parser.add_argument("--no-progress", action="store_true", help="no progress bar on standard error")
    _bounds(parser)
    _outputs(parser, COMPARISONS)
    parser.add_argument(
        "--fail-on", metavar="[new:]LEVEL", help=f"exit 1 from: {', '.join(LEVELS)}; new: of what B alone has"
    )
    _settings(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="nothing but the exit code (files are written)")
    parser.add_argument("-v", "--verbose", action="store_true", help="full lists")


def _harden(parser: argparse.ArgumentParser) -> None:
    _source(parser, f"{_IMAGE_HELP}; or its JSON report")
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--flatten", action="store_true", help="a whole Dockerfile, whose last stage is the result in one layer"
    )
    form.add_argument(
        "--distroless", action="store_true", help="a whole Dockerfile, whose last stage has what the start needs alone"
    )
    _outputs(parser, REMEDIES)
    _settings(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="nothing but the exit code (files are written)")
    parser.set_defaults(fail_on=None, verbose=False)


def _ls(parser: argparse.ArgumentParser) -> None:
    _source(parser)
    parser.add_argument(
        "path", nargs="?", metavar="PATH", help="this path and what lies below it, or a pattern (/etc/*.conf, **/*.pem)"
    )
    parser.add_argument("--all-layers", action="store_true", help="every layer's entries with their state")
    parser.add_argument("--layer", type=int, metavar="N", help="what this layer (0 is the lowest) shows, or has")
    parser.add_argument("--suid", action="store_true", help="only files with SUID or SGID")
    parser.add_argument("--sizes", action="store_true", help="directories with the bytes of all files below them")
    parser.add_argument("--sort", choices=("path", "size", "time", "layer"), default="path", help="default: path")
    parser.add_argument("--human", action="store_true", help="sizes as 1.5 MB (text)")
    parser.add_argument("--digests", action="store_true", help="the SHA-256 of every file")
    parser.add_argument("-f", "--format", choices=("text", "jsonl"), default="text", help="default: text")


def _cat(parser: argparse.ArgumentParser) -> None:
    _source(parser)
    parser.add_argument("path", metavar="PATH", help="the file, symlinks followed inside the image")
    parser.add_argument("--layer", type=int, metavar="N", help="from this layer (0 is the lowest), deleted or not")


def _elf(parser: argparse.ArgumentParser) -> None:
    _source(parser)
    parser.add_argument("path", metavar="PATH", help="the program or library, symlinks followed inside the image")
    parser.add_argument("-f", "--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("-v", "--verbose", action="store_true", help="all symbols, and the sections")


def _layers(parser: argparse.ArgumentParser) -> None:
    _source(parser)
    _kept(parser)
    parser.add_argument("-f", "--format", choices=("text", "json"), default="text", help="default: text")


def _kept(parser: argparse.ArgumentParser) -> None:
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument(
        "--cache", metavar="DIR", help="keep compiled patterns and facts here (default: the user's cache folder)"
    )
    kept.add_argument("--no-cache", action="store_true", help="keep nothing: patterns are compiled every time")


def _cache(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=("info", "clear"), default="info", help="default: info")
    parser.add_argument("--cache", metavar="DIR", help="this directory (default: the user's cache folder)")


def _rules(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    listed = actions.add_parser("list", help="one line a rule: id, severity, title")
    checked = actions.add_parser("check", help="compile each expression, try each example")
    for action in (listed, checked):
        action.add_argument("files", nargs="*", metavar="FILE", help="rule files (default: the rules of imgscan)")


def _checks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-f", "--format", choices=("text", "json"), default="text", help="default: text")
    _edition(parser)


def _edition(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cis-edition", metavar="VERSION", default="1.6.0", help="whose numbers controls get: 1.6.0 (default) or 1.2.0"
    )


def _db(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    importing = actions.add_parser("import", help="add advisories; what is there and the same stays")
    importing.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="OSV (all.zip, a folder, a file), Debian's tracker, secdb of Alpine or Wolfi, CSAF, EPSS, CISA's catalog",
    )
    described = actions.add_parser("info", help="sources, counts, age (the default)")
    checked = actions.add_parser("check", help="whether the file is sound")
    for action in (parser, importing, described, checked):
        default = None if action is parser else argparse.SUPPRESS
        action.add_argument("--db", metavar="FILE", default=default, help="the database (default: the user's)")


def _explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "rule",
        nargs="?",
        metavar="RULE|CONTROL|CVE",
        help="a rule, a control (4.8), an analyzer and its rules, or an advisory's id (default: a line on each rule)",
    )
    parser.add_argument("--db", metavar="FILE", help="database of advisories (default: the user's)")


def _init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="default: the current one")
    parser.add_argument("--force", action="store_true", help="replace the files that are there")


def _trust(parser: argparse.ArgumentParser) -> None:
    _source(parser)
    parser.add_argument("--name", metavar="NAME", help="what reports call the base (default: the image's first name)")
    parser.add_argument("--to", metavar="FILE", help="add it to these settings (default: write to standard output)")


def _fleet(parser: argparse.ArgumentParser) -> None:
    what = "image archives and layouts, folders and lists (text, one a line) of them, addresses (s3://..., by fsspec)"
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help=what)
    parser.add_argument("--out", required=True, metavar="DIR", help="reports, fleet.json and index.html go here")
    parser.add_argument(
        "--engine",
        default="local",
        metavar="local|dask[:ADDRESS]",
        help="who does the work: processes of this machine (default), or a Dask cluster that runs (imgscan[fleet])",
    )
    parser.add_argument("--platform", metavar="OS/ARCH[/VARIANT]", help="which platform of images of several")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="processes of this machine (default: all)")
    parser.add_argument("--no-progress", action="store_true", help="no progress bar on standard error")
    _bounds(parser)
    _outputs_each(parser)
    _failing(parser)
    _handing_over(parser)
    _settings(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="nothing but the exit code and the files")


def _outputs_each(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-f",
        "--format",
        action="append",
        default=[],
        metavar="FORMAT",
        help=f"of the report on each image: {', '.join(FORMATS)}; several times (default: json)",
    )
    parser.add_argument("--parquet", action="store_true", help="write fleet.parquet, too (needs imgscan[parquet])")


def _explore(parser: argparse.ArgumentParser) -> None:
    _source(parser)
    _kept(parser)


def _completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="put the output where that shell looks for such")
