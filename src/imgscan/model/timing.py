"""How long the stages of a scan took."""

from __future__ import annotations

import time

import msgspec


class StageTime(msgspec.Struct, frozen=True):
    """One stage: seconds by the clock, and of CPU of all processes."""

    stage: str
    seconds: float
    cpu_seconds: float


class Stopwatch:
    """Takes the time of stages, one after the other; a report shows it only where that was asked for."""

    def __init__(self, before: Stopwatch | None = None) -> None:
        self.times: tuple[StageTime, ...] = before.times if before is not None else ()
        self._start = _now()

    def lap(self, stage: str, elsewhere: float = 0.0) -> None:
        """End a stage that began where the one before ended; ``elsewhere`` are seconds of CPU of other processes."""
        now = _now()
        seconds, cpu = (round(end - start, 3) for start, end in zip(self._start, now, strict=True))
        self.times = (*self.times, StageTime(stage, seconds, round(cpu + elsewhere, 3)))
        self._start = now


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()
