"""Editions of the benchmark and how they number its controls.

What differs between them here: since the check of swarm mode moved from section 7 to 5.1, all of section 5 is one
further on, and 4.12 is new. Source: CIS Docker Benchmark 1.2.0 and 1.6.0, tables of contents.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from imgscan.errors import UsageError


class Edition(msgspec.Struct, frozen=True):
    """An edition: its version, and the number that it gives to a control of 1.6.0, empty for one that it lacks."""

    version: str
    number: Callable[[str], str]

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"CIS Docker {self.version}"


def _same(number: str) -> str:
    return number


def _before_swarm(number: str) -> str:
    section, _, index = number.partition(".")
    if section == "5":
        return "7.1" if index == "1" else f"5.{int(index) - 1}"
    return "" if number == "4.12" else number


EDITIONS: dict[str, Edition] = {
    "1.6.0": Edition("1.6.0", _same),
    "1.2.0": Edition("1.2.0", _before_swarm),
}
DEFAULT = "1.6.0"


def edition_of(version: str) -> Edition:
    """Return an edition by its version.

    Raises:
        UsageError: its numbering is not known; the message lists those that are.
    """
    result = EDITIONS.get(version)
    if result is None:
        raise UsageError(f"no CIS Docker Benchmark {version} is known; there are: {', '.join(EDITIONS)}")
    return result
