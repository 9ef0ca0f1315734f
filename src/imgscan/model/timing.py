"""How long the stages of a scan took."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from threading import Lock

import msgspec


class AnalyzerTime(msgspec.Struct, frozen=True):
    """What one analyzer, or an observer that several rest on, took of a stage: seconds of CPU."""

    id: str
    cpu_seconds: float


class StageTime(msgspec.Struct, frozen=True):
    """One stage: seconds by the clock, and of CPU of all processes; what analyzers took of it, the dearest first."""

    stage: str
    seconds: float
    cpu_seconds: float
    analyzers: tuple[AnalyzerTime, ...] = ()


class AnalyzerClock:
    """Sums up what each analyzer takes of CPU, in any thread."""

    def __init__(self) -> None:
        self._seconds: Counter[str] = Counter()
        self._lock = Lock()

    def add(self, analyzer: str, begun: float) -> None:
        """Count what this thread took since ``begun``, a ``time.thread_time()``."""
        taken = time.thread_time() - begun
        with self._lock:
            self._seconds[analyzer] += taken  # type: ignore[assignment]  # a Counter sums up floats, too

    def add_all(self, times: Iterable[AnalyzerTime]) -> None:
        """Count what another process summed up."""
        with self._lock:
            for item in times:
                self._seconds[item.id] += item.cpu_seconds  # type: ignore[assignment]  # as above

    def times(self) -> tuple[AnalyzerTime, ...]:
        """Return the sums, the largest first."""
        with self._lock:
            return tuple(AnalyzerTime(name, round(taken, 4)) for name, taken in self._seconds.most_common())


class Stopwatch:
    """Takes the time of stages, one after the other; a report shows it only where that was asked for."""

    def __init__(self, before: Stopwatch | None = None) -> None:
        self.times: tuple[StageTime, ...] = before.times if before is not None else ()
        self._start = _now()

    def lap(self, stage: str, elsewhere: float = 0.0, clock: AnalyzerClock | None = None) -> None:
        """End a stage that began where the one before ended; ``elsewhere`` are seconds of CPU of other processes.

        ``clock`` has what analyzers took of it.
        """
        now = _now()
        seconds, cpu = (round(end - start, 3) for start, end in zip(self._start, now, strict=True))
        self.times = (*self.times, StageTime(stage, seconds, round(cpu + elsewhere, 3), clock.times() if clock else ()))
        self._start = now


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()
