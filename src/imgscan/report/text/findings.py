"""Findings, the worst first, those of one cause folded into one place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from imgscan.analyzers.catalog import rule_of
from imgscan.model.finding import Finding, LayerPoint, Severity, State
from imgscan.report.document import Report
from imgscan.report.text.checks import severity_counts
from imgscan.report.text.page import Page
from imgscan.wording import counted, listed

_FOLD = 3
_NAMED = 4
_INDENT = 12
_SECRETS = "secrets."


def finding_lines(report: Report, page: Page) -> Iterator[str]:
    """Yield all findings that count, then how many do not; ``page.verbose`` unfolds everything."""
    yield page.heading("FINDINGS") + (severity_counts(report) or "none")
    counting = [item for item in report.findings if not item.suppressed]
    notes = [item for item in counting if item.severity is Severity.INFO]
    for _, group in groupby(counting, key=lambda item: (item.severity, _cause(item))):
        items = list(group)
        if items[0].severity is Severity.INFO and not page.verbose and len(notes) > _FOLD:
            break
        yield from _group(items, page)
    if len(notes) > _FOLD and not page.verbose:
        rules = list(dict.fromkeys(item.rule for item in notes))
        text = f"{counted(len(notes), 'note')} of {', '.join(rules)} (-v shows them)"
        yield from page.wrapped(f"  {page.paint('INFO      ', 'INFO')}", text, _INDENT)
    excepted = [item for item in report.findings if item.suppressed]
    if excepted:
        yield from _excepted(excepted, page)


def _group(items: Sequence[Finding], page: Page) -> Iterator[str]:
    fold = _FOLD if items[0].severity > Severity.LOW else 0
    shown = items if page.verbose or len(items) <= fold + 1 else items[:fold]
    for finding in shown:
        yield from _finding(finding, page)
    rest = items[len(shown) :]
    if rest:
        many = f"and {len(rest)} more" if shown else f"{len(rest)} times"
        label = " " * _INDENT if shown else f"  {_severity(rest[0], page)}"
        names = listed([_place(item) for item in rest], _NAMED)
        yield from page.wrapped(label, f"{_title(rest)}, {many}: {names}", _INDENT)


def _cause(finding: Finding) -> str:
    """Return what findings are folded by: the rule, or for secrets of low rank what they have in common."""
    doubtful = finding.severity <= Severity.LOW and finding.rule.startswith(_SECRETS)
    return _SECRETS if doubtful else finding.rule


def _title(items: Sequence[Finding]) -> str:
    rules = {item.rule for item in items}
    if len(rules) == 1:
        return rule_of(items[0].rule).title
    return f"what {len(rules)} rules on secrets take for doubtful, or for a package's own"


def _severity(finding: Finding, page: Page) -> str:
    return page.paint(f"{finding.severity.name:<10}", finding.severity.name)


def _finding(finding: Finding, page: Page) -> Iterator[str]:
    layer = f"  (layer {finding.layer.index})" if finding.layer else ""
    gone = ""
    told = "still in" in finding.message
    if finding.state in (State.DELETED, State.OVERWRITTEN) and finding.removed_in and finding.layer and not told:
        gone = f"; {finding.state} in layer {finding.removed_in.index}, still in layer {finding.layer.index}"
        layer = ""
    known = "  [known]" if finding.known else ""
    yield from page.wrapped(
        f"  {_severity(finding, page)}", f"{_place(finding)}: {finding.message}{gone}{layer}{known}", _INDENT
    )
    if page.verbose:
        yield from _details(finding, page)


def _details(finding: Finding, page: Page) -> Iterator[str]:
    def row(label: str, text: str) -> Iterator[str]:
        return page.wrapped(f"{'':{_INDENT}}{label:<12}", text, _INDENT + 12, "dim")

    yield from row("rule", finding.rule)
    if finding.layer:
        yield from row("added by", _by(finding.layer, page))
    if finding.removed_in:
        yield from row(f"{'overwritten' if finding.state is State.OVERWRITTEN else 'deleted'} by", "")
        yield from row("", _by(finding.removed_in, page))
    if finding.remediation:
        yield from row("remedy", finding.remediation)


def _by(point: LayerPoint, page: Page) -> str:
    return f"layer {point.index}: {page.cut(point.created_by, 200) if point.created_by else 'instruction unknown'}"


def _place(finding: Finding) -> str:
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
        text = f"{_place(finding)}: {finding.message}; {why}"
        yield from page.wrapped(f"  {'EXCEPTED':<10}", text, _INDENT, "dim")
