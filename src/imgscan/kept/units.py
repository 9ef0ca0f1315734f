"""The observers of a scan in the units that their facts are kept in."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from imgscan.kept.keys import surroundings_of, unit_key
from imgscan.model.observer import Observer
from imgscan.survey.survey import Surveyor


class ObserverUnits:
    """Each observer is a unit, but those with patterns are one: they share what a layer may have of hits."""

    def __init__(self, surveyor: Surveyor) -> None:
        self._surveyor = surveyor
        self.limits = surveyor.limits
        self.order = surveyor.observers

    @cached_property
    def surroundings(self) -> str:
        """The digest of what all facts depend on; worked out where a layer is worth it."""
        return surroundings_of(self.limits, self._surveyor.digests)

    @cached_property
    def by_key(self) -> dict[str, tuple[Observer, ...]]:
        """The observers of each unit."""
        alone = [(observer,) for observer in self.order if not observer.interest.patterns]
        matching = tuple(observer for observer in self.order if observer.interest.patterns)
        return {unit_key(unit): unit for unit in (*alone, *((matching,) if matching else ()))}

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the units."""
        return tuple(self.by_key)

    def surveyor_of(self, keys: Iterable[str]) -> Surveyor:
        """Return a surveyor with the observers of some units alone."""
        chosen = {observer.id for key in keys for observer in self.by_key[key]}
        full = self._surveyor
        observers = [observer for observer in self.order if observer.id in chosen]
        return Surveyor(observers, full.limits, full.digests, full.compiler)
