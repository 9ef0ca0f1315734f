"""Facts on a layer as bytes and back, in the form and by the rules of a store of facts.

What is kept lies in the fleet's folder as long as that does: so no secret goes in, and what was changed is no fact.
"""

from __future__ import annotations

from imgscan.kept.form import assembled, new_units, skeleton_of
from imgscan.kept.parts import Record, Skeleton, Unit, packed, sealed, unpacked, unsealed
from imgscan.kept.secrecy import Secrecy, text_of, text_of_entries
from imgscan.kept.texts import written
from imgscan.kept.units import ObserverUnits
from imgscan.model.fact import LayerFacts


class FactCodec:
    """Packs and unpacks facts of some observers; may be used from several threads.

    ``surroundings`` stands for all that facts depend on beside the layer: what was packed under others is none.
    """

    def __init__(self, units: ObserverUnits, secrecy: Secrecy, surroundings: str) -> None:
        self._units = units
        self._secrecy = secrecy
        self._surroundings = surroundings

    def pack(self, facts: LayerFacts) -> bytes | None:
        """Return facts as bytes; None where they cannot be, or must not: a secret stands in them."""
        if not self._secrecy.admits(text_of_entries(facts.entries) + b"\n" + text_of(facts.problems)):
            return None
        units = dict(new_units(facts, self._units, self._secrecy, 0, {}))
        if units.keys() != set(self._units.keys):
            return None
        record = Record(
            skeleton=packed(written(skeleton_of(facts))),
            units={key: packed(written(unit)) for key, unit in units.items()},
        )
        return sealed(self._name(facts.digest), record)

    def unpack(self, digest: str, data: bytes) -> LayerFacts | None:
        """Return the facts on the layer of a digest; None where the bytes are something else."""
        record: Record | None = unsealed(self._name(digest), data, Record)
        if record is None:
            return None
        try:
            units = {key: unpacked(record.units[key], Unit) for key in self._units.keys}
            facts = assembled(unpacked(record.skeleton, Skeleton), units, None, self._units)
        except (KeyError, ValueError):
            return None
        return facts if facts.digest == digest else None

    def _name(self, digest: str | None) -> str:
        return f"{self._surroundings} {digest}"
