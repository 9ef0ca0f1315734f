"""The comparison for people, on a terminal of 80 columns or more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgscan.agents import inert
from imgscan.compare.comparison import Comparison
from imgscan.compare.side import Side, SideFinding
from imgscan.compare.sizes import Amount
from imgscan.compare.wording import amount_words, control_words, count_words, location, standing_words
from imgscan.report.text.page import Page
from imgscan.report.writers import Style
from imgscan.wording import counted, human_bytes, listed

_FOLD = 8
_INDENT = 12
_COLORS = {"better": "PASS", "worse": "FAIL"}


def write(comparison: Comparison, style: Style) -> bytes:
    """Return the format ``text``."""
    page = Page(style.color, style.width, style.unicode, style.verbose)
    text = inert("\n".join(_lines(comparison, page)) + "\n")
    return text.encode("utf-8" if style.unicode else "ascii", "backslashreplace")


def _lines(comparison: Comparison, page: Page) -> Iterator[str]:
    yield from _side("BEFORE", comparison.a, page)
    yield from _side("AFTER", comparison.b, page)
    yield ""
    yield from _table("SIZE COMPARISON", comparison.sizes, page)
    yield ""
    yield from _controls(comparison, page)
    yield from _findings(comparison, page)
    yield from _inventory(comparison, page)
    yield from _packages(comparison, page)
    yield from _vulnerabilities(comparison, page)
    yield from _layers(comparison, page)


def _side(label: str, side: Side, page: Page) -> Iterator[str]:
    image = side.image
    names = ", ".join(image.references) or "(no name)"
    part = "" if side.coverage.complete else "; READ IN PART"
    yield from page.wrapped(page.heading(label), f"{names} ({image.source}){part}")
    if image.image_id:
        yield from page.wrapped(" " * 11, image.image_id)


def _table(title: str, amounts: Sequence[Amount], page: Page) -> Iterator[str]:
    rows = [(item.name, *amount_words(item)) for item in amounts]
    yield f"{page.paint(f'{title:<22}', 'bold')}{'before':>11}{'after':>12}{'change':>12}"
    for name, before, after, change, percent in rows:
        yield f"  {name:<20}{before:>11}{after:>12}{change:>12}{percent:>10}".rstrip()


def _controls(comparison: Comparison, page: Page) -> Iterator[str]:
    changes = comparison.controls
    counts = [(sum(item.direction == name for item in changes), name) for name in ("better", "worse", "other")]
    described = [f"{count} {name}" for count, name in counts if count]
    yield page.heading("CONTROLS") + ", ".join([*described, f"{comparison.same_controls} the same"])
    for change in changes:
        label = page.paint(f"  {change.direction:<10}", _COLORS.get(change.direction, ""))
        text = f"{change.about.id} {control_words(change)}: {change.about.title}; {change.about.reason}"
        yield from page.wrapped(label, text, _INDENT)
    yield ""


def _findings(comparison: Comparison, page: Page) -> Iterator[str]:
    changes = comparison.findings
    counts = (
        f"{len(changes.fixed)} fixed, {len(changes.new)} new, {len(changes.changed)} changed, {changes.same} the same"
    )
    yield page.heading("FINDINGS") + counts
    yield from _group("fixed", changes.fixed, page)
    yield from _group("new", changes.new, page)
    shown = changes.changed if page.verbose else changes.changed[:_FOLD]
    for item in shown:
        text = f"{standing_words(item)}  {location(item.after)}: {item.after.message}"
        yield from page.wrapped(f"  {'changed':<10}", text, _INDENT)
    yield from _rest("changed", len(changes.changed) - len(shown))
    yield ""


def _group(word: str, findings: Sequence[SideFinding], page: Page) -> Iterator[str]:
    shown = findings if page.verbose else findings[:_FOLD]
    for item in shown:
        excepted = " [excepted]" if item.suppressed else ""
        state = f" ({item.state})" if item.state in ("deleted", "overwritten") else ""
        text = f"{item.severity} {location(item)}: {item.message}{state}{excepted}"
        yield from page.wrapped(
            f"  {page.paint(f'{word:<10}', item.severity if word == 'new' else 'PASS')}", text, _INDENT
        )
    yield from _rest(word, len(findings) - len(shown))


def _rest(word: str, count: int) -> Iterator[str]:
    if count > 0:
        yield f"{'':{_INDENT}}and {count} more {word} (-v shows all)"


def _inventory(comparison: Comparison, page: Page) -> Iterator[str]:
    changed = [item for item in comparison.sections if item.added or item.removed]
    lists = counted(len(changed), "list") + " changed" if changed else "nothing added, nothing removed"
    yield page.heading("INVENTORY") + lists
    limit = 10_000 if page.verbose else 6
    for item in changed:
        yield f"  {item.title:<20}{item.before:>5} -> {item.after}"
        for word, names in (("added", item.added), ("removed", item.removed)):
            if names:
                yield from page.wrapped(f"    {word:<8}", listed(names, limit), _INDENT)
    yield ""


def _packages(comparison: Comparison, page: Page) -> Iterator[str]:
    changes = comparison.packages
    if not (changes.before or changes.after):
        return
    counts = [f"{changes.before} -> {changes.after}"]
    for word in ("up", "down", "other"):
        number = sum(item.direction == word for item in changes.changed)
        counts += [f"{number} {word}"] if number else []
    yield page.heading("PACKAGES") + ", ".join(counts)
    limit = 10_000 if page.verbose else 12
    changed = [f"{item.name} {item.before} -> {item.after}" for item in changes.changed]
    for label, names in (("added", changes.added), ("removed", changes.removed), ("changed", changed)):
        if names:
            yield from page.wrapped(f"    {label:<8}", listed(names, limit), _INDENT)
    yield ""


def _vulnerabilities(comparison: Comparison, page: Page) -> Iterator[str]:
    changes = comparison.vulnerabilities
    if changes is None:
        return
    if changes.amounts:
        yield from _table("VULNERABILITIES", [item for item in changes.amounts if item.before or item.after], page)
        yield f"  {len(changes.fixed)} fixed, {len(changes.new)} new, {changes.same} the same (by id and package)"
    else:
        yield page.heading("VULNERABILITIES")
    for word, tool, counts in zip(("before", "after"), changes.tools, (changes.before, changes.after), strict=True):
        described = f"{count_words(counts)}, by {tool}" if counts is not None else "unknown: no report of this side"
        yield from page.wrapped(f"  {word:<10}", described, _INDENT)
    yield ""


def _layers(comparison: Comparison, page: Page) -> Iterator[str]:
    changes = comparison.layers
    text = f"{changes.shared} of {counted(changes.after, 'layer')} shared with the image before"
    if changes.shared:
        text += f" ({human_bytes(max(changes.shared_bytes, 0))} stored), {changes.at_the_bottom} at the bottom of both"
    yield from page.wrapped(page.heading("LAYERS"), text)
