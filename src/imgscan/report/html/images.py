"""Several images as one table: what each comes to, and where its report is."""

from __future__ import annotations

from collections.abc import Sequence

from imgscan.report.html.filter import SEVERITIES
from imgscan.report.html.markup import Content, Markup, element, fragment
from imgscan.report.html.scope import Scope
from imgscan.report.html.words import badge, code, number, prose, remainder, size, table
from imgscan.report.summary import Summary, SummaryRow

MAX_ROWS = 10_000
"""A page of more rows is none that a browser shows with ease; the JSON has them all."""

_CHECKS = ("FAIL", "WARN", "UNKNOWN")
_COUNTS = (*(name.capitalize() for name in SEVERITIES), *(name.capitalize() for name in _CHECKS))
_COLUMNS = ("Image", *_COUNTS, "Files", "Size", "Read")


def images(summary: Summary, links: Sequence[str | None] = ()) -> Markup:
    """Return the section; ``links`` are where the report of each image is, None for nowhere.

    They are ours: anchors of the page or names of files that imgscan wrote, never a text of an image.
    """
    rows = summary.images[:MAX_ROWS]
    hrefs = (*links, *[None] * len(rows))
    count = element("span", number(len(summary.images)), class_="count")
    return Scope().section(
        "images",
        "Images",
        element("p", fragment("In all ", count, _unread_words(summary)), class_="lead") if summary.unread else None,
        table("Images", _COLUMNS, map(_row, rows, hrefs), (*_COUNTS, "Files", "Size")),
        remainder(len(summary.images) - MAX_ROWS, "images"),
        _unread(summary),
    )


def _unread_words(summary: Summary) -> str:
    return f", and {number(len(summary.unread))} that could not be read"


def _row(row: SummaryRow, link: str | None) -> tuple[Content, ...]:
    name = code(row.name, 160)
    counts = [row.findings.get(level, 0) for level in SEVERITIES] + [row.checks.get(status, 0) for status in _CHECKS]
    return (
        fragment(
            element("a", name, href=link) if link is not None else name,
            element("p", code(row.source, 200), class_="meta") if row.source != row.name else None,
        ),
        *(_count(count, kind) for count, kind in zip(counts, _COUNTS, strict=True)),
        number(row.files),
        size(row.bytes),
        badge("pass", "whole") if row.complete else badge("fail", "in part"),
    )


def _count(count: int, kind: str) -> Content:
    return badge(kind.lower(), number(count)) if count else "\u2013"


def _unread(summary: Summary) -> Markup | None:
    if not summary.unread:
        return None
    rows = ((code(item.source, 300), prose(item.reason)) for item in summary.unread[:MAX_ROWS])
    return fragment(
        Scope().heading(1, "Not read ", element("span", number(len(summary.unread)), class_="count")),
        table("Images that could not be read", ("Image", "Why"), rows),
        remainder(len(summary.unread) - MAX_ROWS, "images"),
    )
