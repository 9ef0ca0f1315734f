"""The contract of an observer: what it wants to see of a layer, and the facts that it makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeAlias, TypeVar, runtime_checkable

import msgspec

from imgscan.model.entry import Entry
from imgscan.model.interest import Interest
from imgscan.model.observed import Content, Match

Data: TypeAlias = dict[str, object]

F_co = TypeVar("F_co", covariant=True)


class Identified(Protocol):
    """An observer, or the class of one: all that is needed to ask for its facts."""

    @property
    def id(self) -> str:
        """The word under which facts are kept."""


class FactSource(Protocol[F_co]):
    """An observer, or the class of one, that says of what type its facts are."""

    @property
    def id(self) -> str:
        """The word under which facts are kept."""

    @property
    def fact(self) -> type[F_co]:
        """The type of its facts: a struct, or the common base of several."""


@runtime_checkable
class Observer(Protocol):
    """Observes entries of one layer: facts depend on the layer's bytes alone, whatever lies above it.

    ``version`` rises whenever ``observe`` would yield other facts. ``observe`` depends on its arguments alone and runs
    in any thread or process. It opens, walks and caches nothing.
    """

    @property
    def id(self) -> str:
        """A short stable word."""

    @property
    def version(self) -> int:
        """Part of the key under which facts are kept."""

    @property
    def interest(self) -> Interest:
        """What to show to ``observe``."""

    def observe(self, entry: Entry, content: Content) -> Iterable[msgspec.Struct | Data]:
        """Yield the facts on one entry of one layer: structs or plain values, never a secret."""


@runtime_checkable
class PatternObserver(Protocol):
    """An observer with content patterns."""

    def match(self, entry: Entry, match: Match) -> Iterable[msgspec.Struct | Data]:
        """Yield the data of facts on one hit."""


@runtime_checkable
class OutsideObserver(Observer, Protocol):
    """An observer that wants its patterns searched for in bytes that are no file's content, too."""

    def match_outside(self, path: str, match: Match) -> Iterable[msgspec.Struct | Data]:
        """Yield the data of facts on one hit; ``path`` is that of the entry whose name or attribute it is, or empty."""
