"""What was not read or not looked at, and the layers one by one."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.model.problem import Level, Problem
from imgscan.printable import printable
from imgscan.report.document import LayerReport, Report
from imgscan.report.text.page import LABEL, Page
from imgscan.wording import counted, human_bytes, listed, shortened

_FOLD = 8
_NAMED = 12
_MAX_GAP = 200


def problem_lines(report: Report, page: Page) -> Iterator[str]:
    """Yield problems, and with ``page.verbose`` what analyzers left out; nothing when there is neither."""
    skipped = report.coverage.skipped if page.verbose else ()
    if not report.problems and not skipped:
        return
    yield page.heading("PROBLEMS") + ("" if report.problems else "none")
    shown = report.problems if page.verbose else report.problems[:_FOLD]
    for problem in shown:
        level = page.paint(f"{problem.level:<9}", "HIGH" if problem.level is Level.ERROR else "LOW")
        yield from page.wrapped(f"  {level}", _problem(problem))
    if len(report.problems) > len(shown):
        yield f"{'':{LABEL}}and {len(report.problems) - len(shown)} more (-v shows all)"
    for item in skipped:
        yield from page.wrapped(f"  {'left out':<9}", f"{item.count} {item.what}: {printable(item.why)}", kind="dim")
    yield ""


def open_lines(report: Report, page: Page) -> Iterator[str]:
    """Yield one line on what is not known and which controls that leaves open; nothing where none are."""
    gaps = [gap for gap in report.coverage.skipped if gap.controls]
    if not gaps:
        return
    controls = tuple(dict.fromkeys(name for gap in gaps for name in gap.controls))
    beside = f", and {counted(len(gaps) - 1, 'other gap')} (-v)" if len(gaps) > 1 and not page.verbose else ""
    verb = "is" if len(controls) == 1 else "are"
    text = f"{shortened(gaps[0].sentence(), _MAX_GAP)}{beside}; {listed(controls, _NAMED)} {verb} not passed for it"
    yield from page.wrapped(page.heading("LEFT OPEN"), text)
    yield ""


def timing_lines(report: Report, page: Page) -> Iterator[str]:
    """Yield how long each stage took, where that was asked for."""
    if report.timing is not None:
        described = ", ".join(
            f"{item.stage} {item.seconds:.2f} s ({item.cpu_seconds:.2f} of CPU)" for item in report.timing
        )
        yield from page.wrapped(page.heading("TIME"), described)
        yield ""


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
    page = Page()
    marks = {True: "verified", False: "DOES NOT MATCH", None: "not verifiable"}
    digest, diff_id = marks[layer.verified["digest"]], marks[layer.verified["diff_id"]]
    cut = "" if layer.complete else "  NOT READ WHOLE"
    yield (
        f"  {layer.index:>3}  {human_bytes(layer.stored_bytes):>9} stored ({layer.compression}), "
        f"{human_bytes(layer.uncompressed_bytes):>9} unpacked, {counted(layer.entries, 'entry')}{cut}"
    )
    yield f"       diff_id {printable(layer.diff_id or 'unknown')}  {diff_id}"
    if layer.digest and layer.digest != layer.diff_id:
        yield f"       digest  {printable(layer.digest)}  {digest}"
    yield f"       by      {page.cut(layer.created_by, 160) if layer.created_by else 'unknown'}"
