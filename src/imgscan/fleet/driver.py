"""The run of a fleet: which task comes next, how many at a time, and what becomes of what comes back.

A source is planned, its layers are surveyed, each claim once in the whole fleet, and then its images are reported on.
At no time are more sources begun than the workers can have use for, so that what waits does not grow with the fleet.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError
from queue import Empty, SimpleQueue
from typing import NamedTuple, TypeAlias

import msgspec
from msgspec.structs import replace

from imgscan.errors import Cancelled, ImgscanError, InputError
from imgscan.fleet.job import Job
from imgscan.fleet.sources import stamp_of
from imgscan.fleet.state import State
from imgscan.fleet.summary import Tally
from imgscan.fleet.tasks import plan_source, report_on_share, survey_layer
from imgscan.fleet.values import Claim, Collected, ImageResult, Plan, PlannedLayer, Refused, Reported, Share, Surveyed
from imgscan.fleet.workers import Awaited, Pending, Workers
from imgscan.model.deadline import Cancel

_SOURCES_A_SLOT = 4
"""Sources begun for each task that can run: enough that plans and surveys of the next are there when one is done."""
_TASKS_A_SLOT = 2
_LOOK_SECONDS = 0.2
_SLOTS_SECONDS = 5.0
_TRIES = 2
"""How often a process may be lost while a task is all that runs, before the task is to blame."""
_RENEWALS = 3
"""How often workers are renewed that take no task at all."""
_LOST = "the process that read it was lost (killed, or out of memory)"


class FleetProgress(msgspec.Struct, frozen=True):
    """How far a fleet is: sources done, how many are known of so far, images with a report, layers surveyed."""

    done: int
    known: int
    images: int
    layers: int


class FleetRun(msgspec.Struct, frozen=True, kw_only=True):
    """What one run did: not part of the summary, which is the same whoever did the work.

    ``sources`` were scanned, ``kept`` were finished before; ``surveyed`` are layers that tasks of their own surveyed,
    ``surveyed_again`` those that tasks did which report on images: damaged ones, those of sources that are read
    but once, and those whose facts would quote a secret; ``hashed_bytes`` were read to hold copies of layers against
    their digests. CPU in seconds.
    """

    sources: int = 0
    kept: int = 0
    surveyed: int = 0
    surveyed_again: int = 0
    surveyed_bytes: int = 0
    hashed_bytes: int = 0
    survey_cpu: float = 0.0
    report_cpu: float = 0.0

    def with_survey(self, survey: Surveyed) -> FleetRun:
        """Return the figures with one more survey."""
        return replace(
            self,
            surveyed=self.surveyed + 1,
            surveyed_bytes=self.surveyed_bytes + survey.uncompressed_bytes,
            survey_cpu=self.survey_cpu + survey.cpu_seconds,
        )

    def with_report(self, reported: Reported) -> FleetRun:
        """Return the figures with what one more share came to."""
        return replace(
            self,
            surveyed_again=self.surveyed_again + reported.surveyed_here,
            hashed_bytes=self.hashed_bytes + reported.hashed_bytes,
            report_cpu=self.report_cpu + reported.cpu_seconds,
        )


class _Source:
    """A source that was begun."""

    def __init__(self, name: str, stamp: str | None) -> None:
        self.name = name
        self.stamp = stamp
        self.layers: dict[str, PlannedLayer] = {}
        self.waiting: dict[Share, set[Claim]] = {}
        self.left = 0
        self.given_up: set[Claim] = set()
        self.images: list[ImageResult] = []
        self.refused: list[Refused] = []

    def layer_of(self, claim: Claim) -> PlannedLayer:
        return next(layer for layer in self.layers.values() if layer.claim == claim)


class _Claimed:
    """A claim: who surveys it, who waits for it; once it is done the digest of the bytes and which bytes they were."""

    def __init__(self, owner: _Source | None) -> None:
        self.owner = owner
        self.digest: str | None = None
        self.bytes_at: object = None
        self.waiting: list[_Source] = []


class _Task(NamedTuple):
    """Something to be done for a source: a plan, a claim's survey, or a share's report."""

    source: _Source
    what: Claim | Share | None
    key: str
    tries: int = 1
    """How often it was begun alone, counted from 1, after what ran it beside others broke."""


_Answer: TypeAlias = "Plan | Collected | Refused | Surveyed | Reported"


class Driver:
    """Runs one fleet."""

    def __init__(
        self,
        job: Job,
        workers: Workers,
        tally: Tally,
        state: State,
        progress: Callable[[FleetProgress], None] | None = None,
        cancel: Cancel | None = None,
    ) -> None:
        self._job = job
        self._workers = workers
        self._tally = tally
        self._state = state
        self._progress = progress
        self._cancel = cancel
        self._claims: dict[Claim, _Claimed] = {}
        self._reports: deque[_Task] = deque()
        self._surveys: deque[_Task] = deque()
        self._plans: deque[_Task] = deque()
        self._suspects: deque[_Task] = deque()
        self._running: dict[int, _Task] = {}
        self._alone: int | None = None
        self._answers: SimpleQueue[tuple[int, Pending[_Answer]]] = SimpleQueue()
        self._number = 0
        self._active = 0
        self._broken = False
        self._renewals = 0
        self._slots = 1
        self._slots_at = float("-inf")
        self._known = self._done = 0
        self._run = FleetRun()

    def run(self, sources: Iterator[str]) -> FleetRun:
        """Scan all sources and return what was done.

        Raises:
            Cancelled: the caller's ``cancel`` was set; what is finished stays so.
            ImgscanError: the workers are gone for good.
        """
        is_unfinished = True
        while True:
            self._refuse_cancelled()
            while is_unfinished and self._active < self._room() * _SOURCES_A_SLOT:
                is_unfinished = self._begin(sources)
            self._hand_in()
            if not self._running:
                if not is_unfinished and not self._active:
                    return self._run
                if not self._broken:
                    continue
                self._renew()
                continue
            self._take()
            self._tell()

    # What comes next

    def _room(self) -> int:
        now = time.monotonic()
        if now - self._slots_at > _SLOTS_SECONDS:
            self._slots, self._slots_at = max(self._workers.slots, 1), now
        return self._slots

    def _begin(self, sources: Iterator[str]) -> bool:
        """Begin with the next source; False where there is none."""
        name = next(sources, None)
        if name is None:
            return False
        self._known += 1
        try:
            stamp = stamp_of(name)
        except InputError as error:
            self._tally.refuse(Refused(name, error.message))
            self._done += 1
            return True
        finished = self._state.finished(name, stamp)
        if finished is not None:
            self._tally.add(name, finished)
            self._run = replace(self._run, kept=self._run.kept + 1)
            self._done += 1
            self._tell()
            return True
        source = _Source(name, stamp)
        self._active += 1
        self._plans.append(_Task(source, None, self._key("plan")))
        return True

    def _key(self, word: str) -> str:
        self._number += 1
        return f"imgscan-{word}-{self._job.digest[:16]}-{id(self)}-{self._number}"

    def _hand_in(self) -> None:
        """Hand in what is ready, what finishes an image before what begins one."""
        if self._broken or self._alone is not None:
            return
        if self._suspects:
            if not self._running:
                self._alone = self._submit(self._suspects.popleft())
            return
        while len(self._running) < self._room() * _TASKS_A_SLOT and not self._broken:
            queue = self._reports or self._surveys or self._plans
            if not queue:
                return
            self._submit(queue.popleft())

    def _submit(self, task: _Task) -> int | None:
        self._number += 1
        number, source = self._number, task.source
        pending: Pending[_Answer]
        try:
            if task.what is None:
                pending = self._workers.submit(task.key, plan_source, self._job, source.name)
            elif isinstance(task.what, Claim):
                layer = source.layer_of(task.what)
                pending = self._workers.submit(task.key, survey_layer, self._job, source.name, layer)
            else:
                known = self._known_of(source, task.what)
                pending = self._workers.submit(task.key, report_on_share, self._job, source.name, task.what, known)
        except RuntimeError:  # broken, or shut down
            self._broken = True
            self._suspects.appendleft(task)
            return None
        self._running[number] = task
        pending.add_done_callback(lambda done: self._answers.put((number, done)))
        return number

    def _known_of(self, source: _Source, share: Share) -> dict[str, tuple[str, bool]]:
        """Return the digests under which facts may be kept on a share's layers, and which are of these very bytes."""
        known = {}
        for blob in share.blobs:
            layer = source.layers[blob]
            claimed = self._claims.get(layer.claim)
            if claimed is not None and claimed.digest is not None and layer.claim not in source.given_up:
                known[blob] = claimed.digest, claimed.bytes_at == _bytes_at(source, layer)
        return known

    # What comes back

    def _take(self) -> None:
        """Take one answer, when there is one."""
        number, pending = self._next_answer()
        self._renewals = 0
        task = self._running.pop(number)
        alone = self._alone == number
        self._alone = None if alone else self._alone
        try:
            answer = pending.result()
        except (BrokenExecutor, CancelledError):
            self._broken = True
            if alone and task.tries >= _TRIES:  # nobody else can have broken it
                self._fail(task, _LOST)
            else:
                self._suspects.append(task._replace(tries=task.tries + alone))
            return
        except ImgscanError:
            raise  # of the settings, on a machine that lacks what they name: no image would do better
        except Exception as error:  # noqa: BLE001 (whatever went wrong with one image stops no other)
            if isinstance(task.what, Claim):
                self._give_up(task.source, task.what)  # whoever reports on the image says what is wrong
            else:
                self._fail(task, f"{type(error).__name__}: {error}")
            return
        self._accept(task, answer)

    def _next_answer(self) -> tuple[int, Pending[_Answer]]:
        seconds = _LOOK_SECONDS if self._cancel is not None else None
        while True:
            try:
                if not isinstance(self._workers, Awaited):
                    return self._answers.get(timeout=seconds)
                if self._answers.empty():
                    self._workers.wait(seconds)
                return self._answers.get_nowait()
            except Empty:
                self._refuse_cancelled()

    def _accept(self, task: _Task, answer: _Answer) -> None:
        source = task.source
        match answer:
            case Plan():
                self._plan(source, answer)
            case Surveyed():
                assert isinstance(task.what, Claim)
                self._survey(source, task.what, answer)
            case Reported():
                source.images += answer.images
                source.refused += answer.refused
                self._run = self._run.with_report(answer)
                self._end_share(source)
            case Refused():
                source.refused.append(answer)
                self._end_share(source)
            case Collected():
                for name in reversed(answer.sources):
                    self._known += 1
                    self._active += 1
                    self._plans.append(_Task(_Source(name, None), None, self._key("plan")))
                self._finish(source)

    def _plan(self, source: _Source, plan: Plan) -> None:
        source.layers = {layer.blob: layer for layer in plan.layers}
        source.left = len(plan.shares)
        for layer in plan.layers:
            claimed = self._claims.get(layer.claim)
            if claimed is None:
                claimed = self._claims[layer.claim] = _Claimed(source)
                if layer.kept:
                    claimed.owner, claimed.digest = None, layer.claim.digest
                else:
                    self._surveys.append(_Task(source, layer.claim, self._survey_key(layer.claim)))
            elif claimed.digest is None and claimed.owner is not source and source not in claimed.waiting:
                claimed.waiting.append(source)
        for share in plan.shares:
            claims = {source.layers[blob].claim for blob in share.blobs}
            source.waiting[share] = {claim for claim in claims if self._claims[claim].digest is None}
        self._wake(source)

    def _survey_key(self, claim: Claim) -> str:
        return f"imgscan-survey-{self._job.digest[:16]}-{id(self)}-{claim.digest}-{claim.size}-{self._number}"

    def _survey(self, owner: _Source, claim: Claim, answer: Surveyed) -> None:
        """Wake who waits for a layer; where it is not what was promised, the next who has one is asked for its copy."""
        claimed = self._claims[claim]
        self._run = self._run.with_survey(answer)
        if answer.digest is None:
            self._give_up(owner, claim)
            return
        claimed.digest, claimed.owner = answer.digest, None
        if not answer.known:
            claimed.bytes_at = _bytes_at(owner, owner.layer_of(claim))
        waiting, claimed.waiting = claimed.waiting, []
        for source in (owner, *waiting):
            for claims in source.waiting.values():
                claims.discard(claim)
            self._wake(source)

    def _give_up(self, owner: _Source, claim: Claim) -> None:
        claimed = self._claims[claim]
        owner.given_up.add(claim)
        if claimed.waiting:
            claimed.owner = claimed.waiting.pop(0)
            self._number += 1
            self._surveys.append(_Task(claimed.owner, claim, self._survey_key(claim)))
        else:
            del self._claims[claim]
        for claims in owner.waiting.values():
            claims.discard(claim)
        self._wake(owner)

    def _wake(self, source: _Source) -> None:
        """Have those of a source's images reported on whose layers are all done."""
        for share in [share for share, claims in source.waiting.items() if not claims]:
            del source.waiting[share]
            self._reports.append(_Task(source, share, self._key("report")))

    def _fail(self, task: _Task, reason: str) -> None:
        """Refuse what a task was for; a layer that cannot be surveyed costs its image, not those that share it."""
        source = task.source
        if isinstance(task.what, Claim):
            shares = [share for share, claims in source.waiting.items() if task.what in claims]
            for share in shares:
                del source.waiting[share]
            self._give_up(source, task.what)
            source.refused.append(Refused(source.name, reason))
            for _ in shares:
                self._end_share(source)
            return
        source.refused.append(Refused(source.name, reason))
        self._end_share(source)

    def _end_share(self, source: _Source) -> None:
        source.left -= 1
        if source.left <= 0:
            self._finish(source)

    def _finish(self, source: _Source) -> None:
        self._active -= 1
        self._done += 1
        images = tuple(sorted(source.images, key=lambda image: image.position))
        self._tally.add(source.name, images)
        for refused in dict.fromkeys(source.refused):
            self._tally.refuse(refused)
        if images and not source.refused:
            self._state.finish(source.name, source.stamp, images)
        self._run = replace(self._run, sources=self._run.sources + 1)

    def _renew(self) -> None:
        self._renewals += 1
        if self._renewals > _RENEWALS or not self._workers.renew():
            raise ImgscanError("the workers are gone; another run goes on where this one ended")
        self._broken = False

    def _refuse_cancelled(self) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled("the run was cancelled; another one goes on where it ended")

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(FleetProgress(self._done, self._known, self._tally.images, self._run.surveyed))


def _bytes_at(source: _Source, layer: PlannedLayer) -> object:
    """Return which bytes a layer is read from: images of one layout share the files of their blobs."""
    at = layer.location
    return (source.name, layer.blob) if at is None else (at.path, at.offset, at.size, at.stamp)
