"""Lines of evidence: what, where, in which layer, by which instruction."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from heapq import nsmallest
from typing import TypeAlias

from imgscan.formats.image.history import parse_history
from imgscan.model.finding import Finding, LayerPoint, State
from imgscan.model.items import FileItem

Line: TypeAlias = str | Callable[[], str]
"""A line of evidence, or what makes it: of a million findings a few are shown."""

MAX_LINES = 20
_MAX_MADE = 5 * MAX_LINES
_MAX_TEXT = 300
_MAX_INSTRUCTION = 100
_DIGITS = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")


def bounded(lines: Sequence[Line]) -> tuple[str, ...]:
    """Return the first lines, each once and cut to a readable length, and how many more there are."""
    shown: dict[str, None] = {}
    for count, line in enumerate(lines):
        if len(shown) == MAX_LINES:
            return (*shown, f"and {len(lines) - count} more")
        shown[cut(line if isinstance(line, str) else line(), _MAX_TEXT)] = None
    return tuple(shown)


def cut(text: str, limit: int) -> str:
    """Return a text of at most ``limit`` characters, dots for the rest."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


@lru_cache(maxsize=256)
def instruction(created_by: str | None) -> str:
    """Return a history line as the Dockerfile had it, short; empty for none."""
    if not created_by:
        return ""
    said = parse_history(created_by)
    text = f"{said.instruction} {said.arguments}" if said.instruction else said.arguments
    # The classic builder names what it copied by 64 digits.
    return cut(_DIGITS.sub(r"\1...", " ".join(text[: 4 * _MAX_INSTRUCTION].split())), _MAX_INSTRUCTION)


def layer_text(layer: int | None, created_by: str | None = None) -> str:
    """Return ``layer 2, RUN make``; empty where the layer is not known."""
    if layer is None:
        return ""
    return ", ".join(part for part in (f"layer {layer}", instruction(created_by)) if part)


def of_point(point: LayerPoint | None) -> str:
    """Return the place of a layer as a finding names it."""
    return layer_text(point.index, point.created_by) if point is not None else ""


def line_of(finding: Finding) -> str:
    """Return a finding as one line: its path, what it says, where it comes from and what took it away."""
    where = [of_point(finding.layer)]
    if finding.state in (State.CONFIG, State.HISTORY):
        where.insert(0, f"image {finding.state}")
    if finding.removed_in is not None and f"by layer {finding.removed_in.index}" not in finding.message:
        where.append(f"{finding.state} in layer {finding.removed_in.index}")
    path = f"/{finding.path}: " if finding.path is not None else ""
    line = f":{finding.line}" if finding.line is not None and path else ""
    description = f"{path.removesuffix(': ')}{line}: " if path else ""
    return _joined(f"{description}{finding.message}", where)


def lines_of(findings: Sequence[Finding], before: str = "") -> list[Line]:
    """Return findings as lines, the worst first, with ``before`` in front of each."""
    worst = nsmallest(_MAX_MADE, findings, key=lambda item: (-item.severity, item.path or ""))
    lines: list[Line] = [partial(_line, finding, before) for finding in worst]
    return lines + lines[-1:] * (len(findings) - len(lines))  # the others are only counted


def _line(finding: Finding, before: str) -> str:
    return before + line_of(finding)


def line_of_item(item: FileItem, *more: str) -> str:
    """Return an item of a file as one line: path, mode, what else is to say, layer and instruction."""
    mode = f"mode {item.mode}" if item.mode else ""
    description = ", ".join(part for part in (mode, *more) if part)
    return _joined(f"{item.path} {description}".strip(), [layer_text(item.layer, item.created_by)])


def _joined(text: str, where: Sequence[str]) -> str:
    return "; ".join(part for part in (text, *where) if part)


def named(names: Sequence[str], limit: int = 8) -> str:
    """Return names in a row, the first ones and how many more there are."""
    shown = ", ".join(cut(name, 80) for name in names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown
