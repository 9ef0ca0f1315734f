"""Amounts and changes as people write them."""

from __future__ import annotations

from imgscan.compare.controls import ControlChange
from imgscan.compare.findings import FindingChange
from imgscan.compare.side import SideControl, SideFinding
from imgscan.compare.sizes import Amount
from imgscan.wording import human_bytes


def amount_words(item: Amount) -> tuple[str, str, str, str]:
    """Return before, after, the change with its sign, and percent (empty where there is none)."""
    sign = "+" if item.change > 0 else "-" if item.change < 0 else ""
    percent = "" if item.percent is None else f"{item.percent:+.1f}%" if item.change else "0.0%"
    return _count(item, item.before), _count(item, item.after), sign + _count(item, abs(item.change)), percent


def _count(item: Amount, count: int) -> str:
    return human_bytes(count) if item.unit == "bytes" else str(count)


def status_words(control: SideControl | None) -> str:
    """Return a control's result; one that is excused says so."""
    if control is None:
        return "(none)"
    return f"{control.status} (excepted)" if control.suppressed else str(control.status)


def control_words(change: ControlChange) -> str:
    """Return both results."""
    return f"{status_words(change.before)} -> {status_words(change.after)}"


def location(finding: SideFinding) -> str:
    """Return where a finding is: its path, or the part of the image."""
    return finding.path if finding.path is not None else finding.state


def standing_words(change: FindingChange) -> str:
    """Return what changed of a finding that both images have."""
    before, after = change.before, change.after
    parts = []
    if before.state != after.state:
        parts.append(f"{before.state} -> {after.state}")
    if before.severity != after.severity:
        parts.append(f"{before.severity} -> {after.severity}")
    if bool(before.suppressed) != bool(after.suppressed):
        parts.append("now excepted" if after.suppressed else "no longer excepted")
    return ", ".join(parts)


def count_words(counts: dict[str, int]) -> str:
    """Return the counts of one side's vulnerabilities that are not zero."""
    parts = [f"{count} {name.lower()}" for name, count in counts.items() if count and name not in ("total", "fixable")]
    return f"{counts['total']} ({', '.join(parts)}), {counts['fixable']} fixable" if parts else "none"
