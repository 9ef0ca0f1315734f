"""The report for people: read top-down, in one screen when there is little to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Any

from imgscan.model.finding import Finding, Severity, State
from imgscan.model.image import ImageConfig
from imgscan.model.problem import Level, Problem
from imgscan.printable import printable
from imgscan.report.document import LayerReport, Report
from imgscan.report.writers import Style

_FOLD = 8
_LABEL = 11
_CODES = {"CRITICAL": "1;31", "HIGH": "31", "MEDIUM": "33", "LOW": "36", "INFO": "2"}
_LABELS = {
    "setuid": "SUID files",
    "setgid": "SGID files",
    "capabilities": "file capabilities",
    "shells": "shells",
    "interpreters": "interpreters",
    "package_managers": "package managers",
    "network_tools": "network tools",
    "debug_tools": "debugging tools",
    "compilers": "compilers",
    "container_tools": "container tools",
    "daemons": "daemons",
}


def write_text(report: Report, color: bool = False, verbose: bool = False, width: int = 80) -> str:
    """Return the report as text, wrapped at ``width`` columns.

    ``color`` adds terminal colours, ``verbose`` unfolds everything and adds instructions and remedies.
    """
    return "\n".join(_Text(color, verbose, width).lines(report)) + "\n"


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``text``: one report after the other."""
    texts = (write_text(report, style.color, style.verbose, style.width) for report in reports)
    return "\n".join(texts).encode("utf-8" if style.unicode else "ascii", "backslashreplace")


class _Text:
    def __init__(self, color: bool, verbose: bool, width: int) -> None:
        self._color = color
        self._width = max(width, 40)
        self._verbose = verbose

    def lines(self, report: Report) -> Iterator[str]:
        yield from self._identity(report)
        yield ""
        yield from self._findings(report.findings)
        yield ""
        yield from self._inventory(report)
        if self._verbose:
            yield ""
            yield self._bold("LAYERS")
            yield from (line for layer in report.layers for line in layer_lines(layer))
        yield ""
        yield from self._problems(report)

    def _identity(self, report: Report) -> Iterator[str]:
        image = report.image
        names = ", ".join(printable(name) for name in image.references) or "(no name)"
        yield f"{self._bold('IMAGE')}      {names}"
        yield f"source     {printable(report.source)} ({report.format})"
        if image.image_id:
            yield f"id         {printable(image.image_id)}"
        if image.manifest_digest:
            yield f"manifest   {printable(image.manifest_digest)}"
        config = image.config
        if config.present:
            created = printable(config.created or "unknown")
            yield f"platform   {printable(str(image.platform or 'unknown'))}, created {created}"
            yield f"runs       {_command(config)} as {printable(config.user) if config.user else 'root (no USER)'}"
        else:
            yield "config     none: a bare root filesystem; user, ports and history are unknown"
        stored = sum(layer.stored_bytes for layer in report.layers)
        unpacked = sum(layer.uncompressed_bytes for layer in report.layers)
        layers = "1 layer" if len(report.layers) == 1 else f"{len(report.layers)} layers"
        yield (
            f"size       {layers}, {human_bytes(stored)} stored, {human_bytes(unpacked)} unpacked; "
            f"{report.files} files of {human_bytes(report.merged_bytes)} visible"
        )

    def _findings(self, findings: tuple[Finding, ...]) -> Iterator[str]:
        counts = ", ".join(
            f"{count} {severity.name.lower()}"
            for severity in reversed(Severity)
            if (count := sum(finding.severity == severity for finding in findings))
        )
        yield f"{self._bold('FINDINGS')}   {counts or 'none'}"
        for (severity, rule), group in groupby(findings, key=lambda item: (item.severity, item.rule)):
            items = list(group)
            shown = items if self._verbose else items[:_FOLD]
            for finding in shown:
                yield from self._finding(finding)
            if len(items) > len(shown):
                yield f"  {'':8} and {len(items) - len(shown)} more {severity.name} of {rule} (-v shows all)"

    def _finding(self, finding: Finding) -> Iterator[str]:
        where = "/" + printable(finding.path) if finding.path is not None else str(finding.state)
        severity = self._colored(f"{finding.severity.name:<8}", finding.severity.name)
        layer = f"  (layer {finding.layer.index})" if finding.layer else ""
        yield from self._wrapped(f"  {severity} ", f"{where}: {printable(finding.message)}{layer}")
        if self._verbose:
            yield f"           rule {finding.rule}"
            if finding.layer and finding.layer.created_by:
                yield f"           added by    {shorten(printable(finding.layer.created_by), 100)}"
            if finding.state in (State.DELETED, State.OVERWRITTEN) and finding.removed_in:
                by = printable(finding.removed_in.created_by or f"layer {finding.removed_in.index}")
                yield f"           {finding.state} by  {shorten(by, 100)}"
            if finding.remediation:
                yield f"           remedy      {printable(finding.remediation)}"

    def _inventory(self, report: Report) -> Iterator[str]:
        yield self._bold("INVENTORY")
        for section, label in _LABELS.items():
            items = report.inventory.get(section, ())
            yield f"  {label:<18} {len(items):>4}  {_names(items, self._verbose)}".rstrip()

        for table in report.inventory.get("elf", ()):
            languages: dict[str, Any] = table["languages"]
            counts = (f"{name} {kinds['programs'] + kinds['libraries']}" for name, kinds in languages.items())
            yield f"  {'ELF files':<18} {table['files']:>4}  {', '.join(counts)}".rstrip()

    def _problems(self, report: Report) -> Iterator[str]:
        coverage = report.coverage
        layers = f"{coverage.layers} of {len(report.layers)} layers"
        read = f"{layers}, {coverage.entries} entries, {human_bytes(coverage.bytes_read)}"
        if not report.problems:
            yield f"{self._bold('READ')}       whole: {read}; {_verification(report.layers)}"
            return
        word = "whole" if coverage.complete else self._colored("IN PART", "HIGH")
        yield f"{self._bold('READ')}       {word}: {read}; {_verification(report.layers)}"
        shown = report.problems if self._verbose else report.problems[:_FOLD]
        for problem in shown:
            level = self._colored(f"{problem.level:<8}", "HIGH" if problem.level is Level.ERROR else "LOW")
            yield from self._wrapped(f"  {level} ", _problem(problem))
        if len(report.problems) > len(shown):
            yield f"  {'':8} and {len(report.problems) - len(shown)} more (-v shows all)"

    def _wrapped(self, label: str, text: str) -> Iterator[str]:
        """Yield ``text`` behind an eleven-column label, continued under itself."""
        lines = wrap(text, self._width - _LABEL, break_long_words=False, break_on_hyphens=False) or [""]
        yield label + lines[0]
        yield from (" " * _LABEL + line for line in lines[1:])

    def _bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self._color else text

    def _colored(self, text: str, severity: str) -> str:
        return f"\x1b[{_CODES[severity]}m{text}\x1b[0m" if self._color else text


def _problem(problem: Problem) -> str:
    where = [printable(problem.source)] if problem.source else []
    if problem.path is not None:
        where.append("/" + printable(problem.path))
    if problem.offset is not None:
        where.append(f"offset {problem.offset}")
    return (", ".join(where) + ": " if where else "") + printable(problem.message)


def problem_line(problem: Problem) -> str:
    """Return a problem as one line: level, place, message."""
    return f"{problem.level}: {_problem(problem)}"


def layer_lines(layer: LayerReport) -> Iterator[str]:
    """Yield the lines that describe one layer: index, sizes, digests and whether they verify, instruction."""
    marks = {True: "verified", False: "DOES NOT MATCH", None: "not verifiable"}
    digest, diff_id = marks[layer.verified["digest"]], marks[layer.verified["diff_id"]]
    cut = "" if layer.complete else "  NOT READ WHOLE"
    yield (
        f"  {layer.index:>3}  {human_bytes(layer.stored_bytes):>9} stored ({layer.compression}), "
        f"{human_bytes(layer.uncompressed_bytes):>9} unpacked, {layer.entries} entries{cut}"
    )
    yield f"       diff_id {printable(layer.diff_id or 'unknown')}  {diff_id}"
    if layer.digest and layer.digest != layer.diff_id:
        yield f"       digest  {printable(layer.digest)}  {digest}"
    yield f"       by      {shorten(printable(layer.created_by), 160) if layer.created_by else 'unknown'}"


def _verification(layers: tuple[LayerReport, ...]) -> str:
    if any(False in layer.verified.values() for layer in layers):
        return "digests do NOT match"
    if layers and all(True in layer.verified.values() for layer in layers):
        return "all layer digests verified"
    return (
        "no digests to verify"
        if not any(True in layer.verified.values() for layer in layers)
        else "digests verified in part"
    )


def _names(items: tuple[dict[str, Any], ...], verbose: bool) -> str:
    shown = items if verbose else items[:6]
    more = f" and {len(items) - len(shown)} more" if len(items) > len(shown) else ""
    return ", ".join(printable(str(item.get("path", ""))) for item in shown) + more


def _command(config: ImageConfig) -> str:
    words = (*(config.entrypoint or ()), *(config.cmd or ()))
    return shorten(printable(" ".join(words)), 80) if words else "(no command)"


def shorten(text: str, most: int) -> str:
    """Return ``text`` cut to ``most`` characters."""
    return text if len(text) <= most else text[: most - 1] + "\u2026"


def human_bytes(count: int) -> str:
    """Return a number of bytes as people write it, powers of 1000."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
