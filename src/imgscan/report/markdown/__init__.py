"""The format ``markdown``: a comment for a pull request, GitHub-flavoured, no longer than one may be."""

from __future__ import annotations

from collections.abc import Sequence

from imgscan.agents import inert
from imgscan.report.document import Report
from imgscan.report.markdown.bounded import Bounded
from imgscan.report.markdown.image import add_image
from imgscan.report.writers import Style
from imgscan.wording import counted

MAX_CHARACTERS = 65_000
"""Characters of a comment; GitHub takes 65,536."""

_MIN_SIZE = 3_000
"""Characters below which an image's part says nothing."""


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``markdown``."""
    return inert(write_markdown(reports)).encode()


def write_markdown(reports: Sequence[Report], limit: int = MAX_CHARACTERS) -> str:
    """Return the reports as Markdown of at most ``limit`` characters, each with its share of them.

    What is left out for that, images too, is told.
    """
    described = 100
    shown = reports[: max(1, (limit - described) // _MIN_SIZE)]
    parts = []
    room = limit - described
    for index, report in enumerate(shown):
        part = Bounded(room // (len(shown) - index))
        add_image(report, part)
        parts.append(part.text())
        room -= len(parts[-1]) + 1
    if len(shown) < len(reports):
        parts.append(f"**Left out for length:** {counted(len(reports) - len(shown), 'image')}.\n")
    return "\n".join(parts)
