"""Layers that were surveyed before: their facts from a store, once the stored bytes prove to be the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from threading import Event
from typing import NamedTuple

from imgscan.archive.blobs.archive import Archive
from imgscan.archive.blobs.progress import BytesRead
from imgscan.errors import ArchiveError, InputError
from imgscan.kept.form import assembled, cost_of, new_units, skeleton_of
from imgscan.kept.keys import hint_key, layer_key
from imgscan.kept.parts import Record, Skeleton, Unit, packed, sealed, unpacked, unsealed
from imgscan.kept.secrecy import Secrecy, text_of, text_of_entries
from imgscan.kept.texts import written
from imgscan.kept.units import ObserverUnits
from imgscan.model.deadline import Deadline
from imgscan.model.fact import LayerFacts
from imgscan.model.image import ImageManifest, LayerRef
from imgscan.model.store import FactStore
from imgscan.survey.budget import SurveyBudget
from imgscan.survey.layers import SMALL, LayerDone, wanted_blobs
from imgscan.survey.promises import equal

SMALLEST = 1 << 20
"""Stored bytes of the smallest layer that is worth looking up: it is read in the time that this takes."""

_MAX_UNITS = 100
"""Units in one record: what is beyond was said by other rules and versions, the oldest first."""

_JOINT = frozenset({"content-bytes", "no-digest", "too-many-facts", "analyzer", "aside-bytes", "pattern-hits"})
"""Codes of problems that say that observers got less than they asked for, or raised: of such a layer nothing is kept,
since what each got may depend on the others.
"""


class Kept(NamedTuple):
    """What a store has of a layer: what its tar says, the units that are asked for, and all as it is stored."""

    skeleton: Skeleton
    units: dict[str, Unit]
    record: Record


class KeptLayers:
    """What one scan takes out of a store and puts into it.

    ``recalled`` are the blobs whose facts came from there, all or some of them; ``charged`` is whether anything that
    was there, of use in the end or not, took of the scan's budgets.
    """

    def __init__(self, store: FactStore, units: ObserverUnits, secrecy: Secrecy) -> None:
        self._store = store
        self._units = units
        self._secrecy = secrecy
        self._incomplete: dict[str, Kept] = {}
        self.recalled: set[str] = set()
        self.charged = False

    def recall(
        self,
        archive: Archive,
        manifests: Sequence[ImageManifest],
        facts: dict[str, LayerFacts],
        workers: int,
        budget: SurveyBudget,
        apart: bool,
        progress: BytesRead | None,
        deadline: Deadline,
    ) -> Iterator[LayerDone]:
        """Put the facts of layers that the store has into ``facts``; the bytes of each are read and hashed.

        ``apart`` says that large layers are surveyed each with a budget of its own.
        """
        sizes = {blob: _size_of(archive, blob) for blob in wanted_blobs(manifests) if blob not in archive.surveyed}
        large = {blob for blob, size in sizes.items() if size is not None and size >= SMALL}
        uncharged = large if apart and len(large) > 1 else set()
        refs = {ref.blob: ref for manifest in manifests for ref in manifest.layers if ref.blob is not None}
        chosen = [blob for blob, size in sizes.items() if size is None or size >= SMALLEST]
        algorithms = wanted_blobs(manifests)
        stopped = Event()

        def tell(count: int) -> None:
            if stopped.is_set():
                raise ArchiveError("reading was stopped")
            deadline.check()
            if progress is not None:
                progress(count)

        def look_up(blob: str) -> Kept | None:
            with suppress(InputError):  # the survey says it
                return self._kept(archive, refs[blob], algorithms[blob], sizes[blob], tell)
            return None

        with ThreadPoolExecutor(workers, thread_name_prefix="imgscan-store") as pool:
            futures = {pool.submit(look_up, blob): blob for blob in chosen}
            try:
                for future in as_completed(futures):
                    blob, kept = futures[future], future.result()
                    if kept is None or not self._take(blob, kept, facts, None if blob in uncharged else budget):
                        continue
                    if blob in facts:
                        yield LayerDone(facts[blob].diff_id, len(facts), len(sizes), True)
            finally:
                stopped.set()
                pool.shutdown(wait=True, cancel_futures=True)

    def _take(self, blob: str, kept: Kept, facts: dict[str, LayerFacts], budget: SurveyBudget | None) -> bool:
        """Take what was kept of a layer, if the budgets allow for it; what lacks observers waits for these."""
        cost = cost_of(kept.units.values())
        self.charged = True
        if cost.unpacked > self._units.limits.unpacked_bytes or not (budget is None or budget.charge(cost)):
            return False
        if len(kept.units) < len(self._units.keys):
            self._incomplete[blob] = kept
            return True
        result = self._assembled(kept, None)
        if result is None:
            return False
        facts[blob] = result
        self.recalled.add(blob)
        return True

    def _kept(
        self, archive: Archive, ref: LayerRef, algorithms: tuple[str, str], size: int | None, report_progress: BytesRead
    ) -> Kept | None:
        """Return what is kept of the very bytes that a layer is stored as, None for nothing that is of use."""
        assert ref.blob is not None
        promised: str | None = ref.descriptor.digest or ref.diff_id
        record = self._record(promised, algorithms[1]) if promised else None
        if record is None and not ref.descriptor.digest:
            promised = self._hinted(archive, ref.blob, size)
            record = self._record(promised, algorithms[1]) if promised else None
        if record is None:
            return None
        units = self._units_in(record)
        if self._units.keys and not units:
            return None
        made = hashlib.new(algorithms[0], usedforsecurity=False)
        for chunk in archive.chunks(ref.blob):
            report_progress(len(chunk))
            made.update(chunk)
        if f"{algorithms[0]}:{made.hexdigest()}" != promised:
            return None
        try:
            skeleton = unpacked(record.skeleton, Skeleton)
        except ValueError:
            return None
        return Kept(skeleton, units, record) if skeleton.digest == promised else None

    def _record(self, digest: str, tar_algorithm: str) -> Record | None:
        key = layer_key(self._units.surroundings, digest, tar_algorithm)
        record: Record | None = unsealed(key, self._store.get(key), Record)
        return record

    def _units_in(self, record: Record) -> dict[str, Unit]:
        result = {}
        for key in self._units.keys:
            with suppress(KeyError, ValueError):
                result[key] = unpacked(record.units[key], Unit)
        return result

    def _hinted(self, archive: Archive, blob: str, size: int | None) -> str | None:
        """Return the digest of the layer that began like this one, where nobody promises it."""
        first = bytes(next(archive.chunks(blob), b""))
        key = hint_key(self._units.surroundings, first, size)
        digest: str | None = unsealed(key, self._store.get(key), str)
        return digest

    # Layers of which some observers have not said anything yet

    def lacking(self) -> dict[tuple[str, ...], list[str]]:
        """Return the blobs of which only some facts were there, by the keys of the units that are to observe them."""
        result: dict[tuple[str, ...], list[str]] = {}
        for blob, kept in self._incomplete.items():
            missing = tuple(key for key in self._units.keys if key not in kept.units)
            result.setdefault(missing, []).append(blob)
        return result

    def complete(self, blob: str, fresh: LayerFacts) -> LayerFacts | None:
        """Return all facts of such a layer, ``fresh`` being those of the observers that were missing.

        None where one reading by all of them might say something else: they share what the layer may cost.
        """
        kept = self._incomplete[blob]
        if not _is_whole(fresh) or (fresh.digest, fresh.problems) != (kept.skeleton.digest, kept.skeleton.problems):
            return None
        if cost_of(kept.units.values()).unpacked + fresh.cost.unpacked > self._units.limits.unpacked_bytes:
            return None
        result = self._assembled(kept, fresh)
        if result is not None:
            self.recalled.add(blob)
        return result

    def _assembled(self, kept: Kept, fresh: LayerFacts | None) -> LayerFacts | None:
        try:
            return assembled(kept.skeleton, kept.units, fresh, self._units)
        except ValueError:
            return None

    def forget(self) -> None:
        """Let nothing of the store count any more: all layers are to be surveyed."""
        self.recalled.clear()
        self._incomplete.clear()

    # What is kept of this scan

    def keep(self, archive: Archive, manifests: Sequence[ImageManifest], facts: dict[str, LayerFacts]) -> None:
        """Put into the store what it lacks of the layers that were read whole and are what was promised."""
        promised: dict[str, list[LayerRef]] = {}
        for manifest in manifests:
            for ref in manifest.layers:
                if ref.blob is not None:
                    promised.setdefault(ref.blob, []).append(ref)
        for blob, refs in promised.items():
            result = facts.get(blob)
            known = self._incomplete.get(blob)
            if (
                result is not None
                and (blob not in self.recalled or known is not None)
                and result.stored_bytes >= SMALLEST
                and _is_whole(result)
                and all(_is_as_promised(ref, result) for ref in refs)
                and not (blob in archive.surveyed and self._is_known(result))
            ):
                self._put(result, known)
                if result.digest not in {ref.descriptor.digest or ref.diff_id for ref in refs}:
                    self._put_hint(archive, blob, result)

    def _is_known(self, facts: LayerFacts) -> bool:
        """Whether all of a layer that had passed before it could be looked up is kept already."""
        record = self._record(facts.digest or "", _algorithm_of(facts.diff_id))
        return record is not None and record.units.keys() >= set(self._units.keys)

    def _put(self, facts: LayerFacts, known: Kept | None) -> None:
        units = dict(known.record.units) if known is not None else {}
        survey = 1 + max((unit.survey for unit in known.units.values()), default=0) if known is not None else 0
        added = 0
        for key, unit in new_units(facts, self._units, self._secrecy, survey, known.units if known else {}):
            units.pop(key, None)
            units[key] = packed(written(unit))
            added += 1
        if known is not None and not added:
            return
        if known is None:
            skeleton = skeleton_of(facts)
            if not self._secrecy.admits(text_of_entries(facts.entries) + b"\n" + text_of(facts.problems)):
                return
            part = packed(written(skeleton))
        else:
            part = known.record.skeleton
        record = Record(skeleton=part, units=dict(list(units.items())[-_MAX_UNITS:]))
        key = layer_key(self._units.surroundings, facts.digest or "", _algorithm_of(facts.diff_id))
        self._store.put(key, sealed(key, record))

    def _put_hint(self, archive: Archive, blob: str, facts: LayerFacts) -> None:
        with suppress(InputError):  # standard input has passed
            first = bytes(next(archive.chunks(blob), b""))
            key = hint_key(self._units.surroundings, first, _size_of(archive, blob))
            self._store.put(key, sealed(key, facts.digest))


def _is_whole(facts: LayerFacts) -> bool:
    """Whether a layer was read to its end, and nothing that its observers share ran out."""
    return (
        facts.complete
        and facts.digest is not None
        and facts.diff_id is not None
        and not facts.failed
        and not facts.cost.cut
        and not any(problem.code in _JOINT for problem in facts.problems)
    )


def _is_as_promised(ref: LayerRef, facts: LayerFacts) -> bool:
    return equal(ref.descriptor.digest, facts.digest) is not False and equal(ref.diff_id, facts.diff_id) is not False


def _algorithm_of(digest: str | None) -> str:
    return (digest or "").partition(":")[0]


def _size_of(archive: Archive, blob: str) -> int | None:
    """Return how long a blob is, None where that is known at its end alone."""
    with suppress(InputError):
        location = archive.locate(blob)
        return None if location is None else location.size
    return None
