"""Whether a version is affected, and which one mends it. Source: OSV schema, "Evaluation"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from imgscan.advisories.order import Key, UnorderedError, key_of
from imgscan.advisories.record import Event, Statement

_ALWAYS = Event(introduced="0")


def is_affected(statement: Statement, version: str) -> bool:
    """Whether a version is one of those that a statement is about.

    Raises:
        UnorderedError: it cannot be compared with those of the statement.
    """
    if version in statement.versions:
        return True
    if any(all(event == _ALWAYS for event in events) for events in statement.ranges):
        return True  # every version, whatever it looks like
    return any(_in_range(statement.ecosystem, events, version) for events in statement.ranges)


def fixed_in(statements: Iterable[Statement], version: str) -> str:
    """Return the lowest version above ``version`` that mends it by all of these statements; empty for none."""
    fixes = [_fix_of(statement, version) for statement in statements]
    known = [fix for fix in fixes if fix is not None]
    if not known or len(known) < len(fixes):
        return known[0][1] if known else ""
    return max(known, key=lambda fix: fix[0])[1]


def _fix_of(statement: Statement, version: str) -> tuple[Key, str] | None:
    here: Key = key_of(statement.ecosystem, version)
    above: list[tuple[Key, str]] = []
    for events in statement.ranges:
        for event in events:
            if event.fixed and event.fixed != "0":
                try:
                    key: Key = key_of(statement.ecosystem, event.fixed)
                except UnorderedError:
                    continue
                if key > here:
                    above.append((key, event.fixed))
    return min(above, key=lambda fix: fix[0], default=None)


def _in_range(ecosystem: str, events: Sequence[Event], version: str) -> bool:
    here: Key = key_of(ecosystem, version)
    limits = [event.limit for event in events if event.limit]
    if limits and not any(text == "*" or here < key_of(ecosystem, text) for text in limits):
        return False
    affected = False
    for lowest, key, _, event in sorted(
        (_sortable(ecosystem, event) for event in events if not event.limit), key=_order
    ):
        if event.introduced and (not lowest or here >= key):
            affected = True
        elif (event.fixed and here >= key) or (event.last_affected and here > key):
            affected = False
    return affected


def _order(item: tuple[int, Key, int, Event]) -> tuple[int, Key, int]:
    return item[:3]


def _sortable(ecosystem: str, event: Event) -> tuple[int, Key, int, Event]:
    """Return an event with what sorts it: "0" is before every version, a fix before what it introduces again."""
    if event.introduced == "0":
        return 0, 0, 0, event
    text = event.introduced or event.fixed or event.last_affected
    return 1, key_of(ecosystem, text), 1 if event.introduced else 0, event
