"""Remedies of findings as one line of a Dockerfile.

The newline of a path would begin a line of its own, an instruction for whoever pastes it: it is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable

from imgscan.model.finding import Finding
from imgscan.printable import printable

_MOST = 10
_RUN = "RUN "


def one_line(findings: Iterable[Finding]) -> str:
    """Return the remedies of several findings as one RUN, bounded; of those that are none, the first; or nothing."""
    told = (printable(item.remediation).partition("  #")[0] for item in findings if item.remediation)
    texts = list(dict.fromkeys(told))
    commands = [text.removeprefix(_RUN) for text in texts if text.startswith(_RUN)]
    if not commands:
        return texts[0] if texts else ""
    return _RUN + " && ".join(commands[:_MOST]) + _more(len(commands) - _MOST)


def chmod_line(findings: Iterable[Finding]) -> str:
    """Return remedies that are each a chmod of one path as one RUN, paths with the same change together."""
    paths: dict[str, list[str]] = {}
    count = 0
    for finding in findings:
        change, _, path = printable(finding.remediation).removeprefix("RUN chmod ").partition(" ")
        if path:
            count += 1
            if count <= 2 * _MOST:
                paths.setdefault(change, []).append(path)
    commands = [f"chmod {change} {' '.join(found)}" for change, found in paths.items()]
    return _RUN + " && ".join(commands) + _more(count - 2 * _MOST) if commands else ""


def _more(count: int) -> str:
    return f"  # and {count} more" if count > 0 else ""
