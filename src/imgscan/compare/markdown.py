"""The comparison as Markdown, for a pull request; every text is inert."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgscan.agents import inert
from imgscan.compare.comparison import Comparison
from imgscan.compare.side import Side, SideFinding
from imgscan.compare.sizes import Amount
from imgscan.compare.wording import amount_words, control_words, count_words, location, standing_words
from imgscan.report.markup import code, markdown
from imgscan.report.writers import Style
from imgscan.wording import counted

_MAX_ROWS = 50
"""Rows of one table: a comment of a pull request may have 65,536 characters."""


def write(comparison: Comparison, style: Style) -> bytes:
    """Return the format ``markdown``; ``style.verbose`` leaves nothing out."""
    limit = 1 << 30 if style.verbose else _MAX_ROWS
    return inert("\n".join(_lines(comparison, limit)) + "\n").encode()


def _lines(comparison: Comparison, limit: int) -> Iterator[str]:
    a, b = comparison.a, comparison.b
    yield f"# {markdown(a.name)} and {markdown(b.name)} compared"
    yield ""
    yield f"- before: {_side(a)}"
    yield f"- after: {_side(b)}"
    yield from _amounts("Size", comparison.sizes)
    layers = comparison.layers
    yield ""
    shared = f"{layers.shared} of {counted(layers.after, 'layer')} shared with the image before"
    yield f"{shared}, {layers.at_the_bottom} at the bottom of both."
    yield from _controls(comparison, limit)
    yield from _findings(comparison, limit)
    yield from _inventory(comparison, limit)
    yield from _packages(comparison, limit)
    yield from _vulnerabilities(comparison)


def _side(side: Side) -> str:
    part = "" if side.coverage.complete else ", **read in part**"
    return f"{code(side.image.source)}{', ' + code(side.image.image_id) if side.image.image_id else ''}{part}"


def _amounts(title: str, amounts: Sequence[Amount]) -> Iterator[str]:
    rows = [(item.name, *amount_words(item)) for item in amounts]
    yield from _table(title, ("", "before", "after", "change", "%"), rows, len(rows))


def _controls(comparison: Comparison, limit: int) -> Iterator[str]:
    rows = [
        (item.about.id, item.about.title, control_words(item), item.direction, item.about.reason)
        for item in comparison.controls
    ]
    title = f"Controls: {len(rows)} changed, {comparison.same_controls} the same"
    yield from _table(title, ("control", "title", "result", "", "reason"), rows, limit)


def _findings(comparison: Comparison, limit: int) -> Iterator[str]:
    changes = comparison.findings
    rows = [_row("new", item) for item in changes.new]
    rows += [(standing_words(item), *_row("", item.after)[1:]) for item in changes.changed]
    rows += [_row("fixed", item) for item in changes.fixed]
    counts = (
        f"{len(changes.fixed)} fixed, {len(changes.new)} new, {len(changes.changed)} changed, {changes.same} the same"
    )
    yield from _table(f"Findings: {counts}", ("", "severity", "place", "finding", "rule"), rows, limit)


def _row(word: str, item: SideFinding) -> tuple[str, ...]:
    excepted = " (excepted)" if item.suppressed else ""
    return word, item.severity + excepted, location(item), item.message, item.rule


def _inventory(comparison: Comparison, limit: int) -> Iterator[str]:
    rows = [
        (item.title, f"{item.before} -> {item.after}", word, name)
        for item in comparison.sections
        for word, names in (("added", item.added), ("removed", item.removed))
        for name in names
    ]
    yield from _table("Inventory", ("list", "count", "", "item"), rows, limit)


def _packages(comparison: Comparison, limit: int) -> Iterator[str]:
    changes = comparison.packages
    rows = [(item.direction, item.name, f"{item.before} -> {item.after}") for item in changes.changed]
    rows += [("added", name, "") for name in changes.added]
    rows += [("removed", name, "") for name in changes.removed]
    yield from _table(
        f"Packages: {changes.before} before, {changes.after} after", ("", "package", "version"), rows, limit
    )


def _vulnerabilities(comparison: Comparison) -> Iterator[str]:
    changes = comparison.vulnerabilities
    if changes is None:
        return
    yield from _amounts("Vulnerabilities", changes.amounts)
    yield ""
    if changes.amounts:
        yield f"{len(changes.fixed)} fixed, {len(changes.new)} new, {changes.same} the same."
    for word, tool, counts in zip(("before", "after"), changes.tools, (changes.before, changes.after), strict=True):
        described = f"{count_words(counts)}, by {tool}" if counts is not None else "unknown: no report of this side"
        yield f"- {word}: {markdown(described)}"


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], limit: int) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    if not rows:
        return
    yield ""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows[:limit]:
        yield f"| {' | '.join(markdown(cell) for cell in row)} |"
    if len(rows) > limit:
        yield ""
        yield f"and {len(rows) - limit} more (`-v` shows all)"
