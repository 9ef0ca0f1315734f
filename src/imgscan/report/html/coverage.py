"""What was read, what was not looked at, and what went wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgscan.report.html.markup import Content, Markup, element, fragment
from imgscan.report.html.scope import Scope
from imgscan.report.html.words import badge, code, number, pairs, prose, remainder, size, table
from imgscan.report.shown import ShownGap, ShownProblem, ShownReport

_MAX_ROWS = 200
_MAX_SKIPS = 50


def coverage(plain: ShownReport, scope: Scope) -> Markup:
    """Return the section."""
    read, tool = plain.coverage, plain.tool
    analyzers = ", ".join(f"{name} {version}" for name, version in list(tool.analyzers.items())[:60])
    return scope.section(
        "coverage",
        "Coverage and problems",
        pairs(
            (
                ("Read", badge("pass", "whole") if read.complete else badge("fail", "in part")),
                ("Layers", f"{number(read.layers)} of {number(len(plain.layers))} read to their end"),
                ("Entries", number(read.entries)),
                ("Bytes read", size(read.bytes_read)),
                ("Bytes searched for patterns", size(read.bytes_matched) if read.bytes_matched else None),
                ("Written by", prose(f"{tool.name} {tool.version}", 100)),
                ("Analyzers", prose(analyzers, 2000)),
                ("Rules", code(tool.rules_digest) if tool.rules_digest else None),
            )
        ),
        _problems(plain.problems, scope),
        _skipped(read.skipped, scope),
    )


def _problems(rows: Sequence[ShownProblem], scope: Scope) -> Markup:
    if not rows:
        return fragment(scope.heading(1, "Problems"), element("p", "None.", class_="lead"))
    lines = (
        (
            badge("fail" if row.level == "error" else "warn", row.level),
            prose(row.message),
            fragment(_scope(row)),
            code(f"{row.stage} {row.code}", 100),
        )
        for row in rows[:_MAX_ROWS]
    )
    heading = scope.heading(1, "Problems ", element("span", number(len(rows)), class_="count"))
    columns = ("Level", "Problem", "Where", "Stage and code")
    return fragment(heading, table("Problems", columns, lines), remainder(len(rows) - _MAX_ROWS, "problems"))


def _scope(row: ShownProblem) -> Iterator[Content]:
    for value, limit in ((row.source, 200), (row.path, 300)):
        if value is not None:
            yield code(value, limit)
            yield " "
    if row.offset is not None:
        yield f"offset {number(row.offset)}"


def _skipped(rows: Sequence[ShownGap], scope: Scope) -> Markup | None:
    if not rows:
        return None
    lines = ((prose(row.what, 200), number(row.count), prose(row.why, 400)) for row in rows[:_MAX_SKIPS])
    return fragment(
        scope.heading(1, "Not looked at"),
        table("What was not looked at", ("What", "How many", "Why"), lines, ("How many",)),
        remainder(len(rows) - _MAX_SKIPS),
    )
