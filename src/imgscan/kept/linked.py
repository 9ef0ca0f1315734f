"""Contents under names that links give: what one more reading of a layer gave, kept like the layer's facts."""

from __future__ import annotations

from collections.abc import Callable

from imgscan.kept.keys import linked_key
from imgscan.kept.parts import Column, column_of, facts_in, packed, sealed, unpacked, unsealed
from imgscan.kept.secrecy import Secrecy, text_of
from imgscan.kept.texts import written
from imgscan.kept.units import ObserverUnits
from imgscan.model.fact import LayerFacts
from imgscan.model.store import FactStore
from imgscan.survey.linked import LayerAliases, LinkedFacts


class KeptLinks:
    """What a store has of contents that links lead to."""

    def __init__(self, store: FactStore, units: ObserverUnits, secrecy: Secrecy) -> None:
        self._store = store
        self._units = units
        self._secrecy = secrecy

    def read(self, layer: LayerFacts, wanted: LayerAliases, again: Callable[[], LinkedFacts]) -> LinkedFacts:
        """Return the facts on the contents that are ``wanted`` of a layer: kept ones, or those of reading ``again``.

        The digest of the layer was computed in this scan: what is kept under it is of these very bytes.
        """
        if layer.digest is None or not layer.complete:
            return again()
        asked = {alias.observer.id: alias.observer for aliases in wanted.values() for alias in aliases}
        names = [(number, [(alias.path, alias.observer.id) for alias in aliases]) for number, aliases in wanted.items()]
        key = linked_key(self._units.surroundings, layer.digest, asked.values(), written(names))
        count = len(layer.entries)
        try:
            part: bytes | None = unsealed(key, self._store.get(key), bytes)
            if part is not None:
                columns: list[Column] = unpacked(part, list[Column])
                facts = {column.observer: facts_in(column, asked[column.observer], count) for column in columns}
                return LinkedFacts(facts, ())
        except (KeyError, ValueError):
            pass  # damaged, and yet with the right seal: of somebody who makes seals
        result = again()
        if not result.problems and self._may_be_kept(layer, result):
            try:
                columns = [column_of(name, facts) for name, facts in result.facts.items()]
                if all(facts_in(item, asked[item.observer], count) == result.facts[item.observer] for item in columns):
                    self._store.put(key, sealed(key, packed(written(columns))))
            except (TypeError, ValueError, OverflowError, RecursionError):
                pass  # a foreign observer's facts, which cannot be written
        return result

    def _may_be_kept(self, layer: LayerFacts, result: LinkedFacts) -> bool:
        """Whether no secret stands in the facts; of those on secrets nothing is looked at but the names."""
        secrets = self._secrecy.secrets_of({**layer.facts, **result.facts})
        for name, facts in result.facts.items():
            is_keeper = self._secrecy.is_keeper(name)
            text = text_of([fact.path if is_keeper else (fact.path, fact.data) for fact in facts])
            if not self._secrecy.admits(text) or not (is_keeper or self._secrecy.admits_of(facts, secrets)):
                return False
        return True
