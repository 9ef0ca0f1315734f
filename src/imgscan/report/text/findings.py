"""Findings, the worst first, those of one cause folded into one place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from imgscan.analyzers.catalog import rule_of
from imgscan.cis.remedy import one_line
from imgscan.model.finding import Finding, Severity, State
from imgscan.report.document import Report
from imgscan.report.text.checks import severity_counts
from imgscan.report.text.page import Page
from imgscan.wording import counted, listed

_FOLD = {Severity.CRITICAL: 3, Severity.HIGH: 3}
"""How many findings of one cause have a line of their own; of what is less severe none, where there are several."""
_NOTES = 3
_NAMED = 4
_NAMED_ALL = 40
_INDENT = 12
_SECRETS = "secrets."


def finding_lines(report: Report, page: Page) -> Iterator[str]:
    """Yield all findings that count, then how many do not; ``page.verbose`` unfolds everything."""
    yield page.heading("FINDINGS") + (severity_counts(report) or "none")
    counting = [item for item in report.findings if not item.suppressed]
    notes = [item for item in counting if item.severity is Severity.INFO]
    for _, group in groupby(counting, key=lambda item: (item.severity, _cause(item))):
        items = list(group)
        if items[0].severity is Severity.INFO and not page.verbose and len(notes) > _NOTES:
            break
        yield from _group(items, page)
    if len(notes) > _NOTES and not page.verbose:
        rules = list(dict.fromkeys(item.rule for item in notes))
        text = f"{counted(len(notes), 'note')} of {', '.join(rules)} (-v shows them)"
        yield from page.wrapped(f"  {page.paint('INFO      ', 'INFO')}", text, _INDENT)
    excepted = [item for item in report.findings if item.suppressed]
    if excepted:
        yield from _excepted(excepted, page)


def _group(items: Sequence[Finding], page: Page) -> Iterator[str]:
    """Yield the findings of one cause; with ``page.verbose`` all of them, then rule and remedy once."""
    fold = _FOLD.get(items[0].severity, 0)
    doubtful = _cause(items[0]) == _SECRETS
    whole = (page.verbose and not doubtful) or len(items) <= fold + 1
    shown = items if whole else items[:fold]
    for finding in shown:
        yield from _finding(finding, page)
    rest = items[len(shown) :]
    if rest:
        many = f"and {len(rest)} more" if shown else f"{len(rest)} times"
        label = " " * _INDENT if shown else f"  {_severity(rest[0], page)}"
        names = listed([_location(item) for item in rest], _NAMED_ALL if page.verbose else _NAMED)
        yield from page.wrapped(label, f"{_title(rest)}, {many}{_marks(rest)}: {names}", _INDENT)
    if page.verbose:
        yield from _details(items, page)


def _marks(items: Sequence[Finding]) -> str:
    known = sum(item.known is True for item in items)
    return f" ({known} known)" if known else ""


def _cause(finding: Finding) -> str:
    """Return what findings are folded by: the rule, or for secrets of low rank what they have in common."""
    doubtful = finding.severity <= Severity.LOW and finding.rule.startswith(_SECRETS)
    return _SECRETS if doubtful else finding.rule


def _title(items: Sequence[Finding]) -> str:
    rules = {item.rule for item in items}
    if len(rules) == 1:
        return rule_of(items[0].rule).title
    return "possible secrets to review (doubtful, or part of a package)"


def _severity(finding: Finding, page: Page) -> str:
    return page.paint(f"{finding.severity.name:<10}", finding.severity.name)


def _finding(finding: Finding, page: Page) -> Iterator[str]:
    layer = f"  (layer {finding.layer.index})" if finding.layer else ""
    gone = ""
    said = "still in" in finding.message
    if finding.state in (State.DELETED, State.OVERWRITTEN) and finding.removed_in and finding.layer and not said:
        gone = f"; {finding.state} in layer {finding.removed_in.index}, still in layer {finding.layer.index}"
        layer = ""
    known = "  [known]" if finding.known else ""
    yield from page.wrapped(
        f"  {_severity(finding, page)}", f"{_location(finding)}: {finding.message}{gone}{layer}{known}", _INDENT
    )


def _details(items: Sequence[Finding], page: Page) -> Iterator[str]:
    """Yield the rules and the remedy of one cause; which instruction made a layer stands in the list of layers."""

    def row(label: str, text: str) -> Iterator[str]:
        return page.wrapped(f"{'':{_INDENT}}{label:<8}", text, _INDENT + 8, "dim")

    yield from row("rule", listed(list(dict.fromkeys(item.rule for item in items)), _NAMED_ALL))
    remedy = one_line(items)
    if remedy:
        yield from row("remedy", remedy)


def _location(finding: Finding) -> str:
    if finding.path is None:
        return str(finding.state)
    return f"/{finding.path}" + (f":{finding.line}" if finding.line else "")


def _excepted(items: Sequence[Finding], page: Page) -> Iterator[str]:
    if not page.verbose:
        yield " " * _INDENT + page.paint(f"{counted(len(items), 'finding')} excepted (-v shows them)", "dim")
        return
    for finding in items:
        assert finding.suppressed is not None
        until = f" until {finding.suppressed.expires}" if finding.suppressed.expires else ""
        why = f"by {finding.suppressed.owner}{until}: {finding.suppressed.reason}"
        text = f"{_location(finding)}: {finding.message}; {why}"
        yield from page.wrapped(f"  {'EXCEPTED':<10}", text, _INDENT, "dim")
