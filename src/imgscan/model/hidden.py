"""A text that no report may show, and where."""

from __future__ import annotations

import msgspec


class Hidden(msgspec.Struct, frozen=True):
    """A text to leave out of reports: anywhere, or, of a word that others use too, behind ``before`` alone."""

    text: str
    before: str = ""
