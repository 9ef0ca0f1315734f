"""Speed of the secret search of several checkouts, surveyed in turn: for machines that other work disturbs.

Usage: python bench/secrets_turns.py CHECKOUT CHECKOUT... [--rounds N]

Each checkout runs in a process of its own, all over the same sources and binaries (those of secrets_speed.py). Prints
MB per CPU second, reading taken off: of the least time of all rounds, and of the median.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

KINDS = {"sources": 3, "binaries": 1}
"""How often each is surveyed in a round."""


def work() -> None:
    """Survey what standard input names, ``sources 1`` with the rules or ``sources 0`` without; print CPU seconds."""
    from imgscan.analyzers.secrets import Secrets
    from imgscan.model.limits import Limits
    from imgscan.survey.survey import Surveyor
    from secrets_score import layer_of
    from secrets_speed import _SOURCES, load

    sources = load([Path("/usr/lib/python3"), Path("/usr/lib/python3.11")], _SOURCES, 60)
    layers = {"sources": layer_of(sources), "binaries": layer_of(load([Path("/usr/lib"), Path("/usr/bin")], None, 120))}
    analyzer = Secrets()
    for analyzers in ((analyzer,), ()):
        Surveyor(analyzers, Limits()).survey([layers["sources"]])  # compiles
    print(*(len(layers[kind]) for kind in KINDS), flush=True)
    for line in sys.stdin:
        kind, rules = line.split()
        view = memoryview(layers[kind])
        surveyor = Surveyor((analyzer,) if rules == "1" else (), Limits())
        start = time.process_time()
        surveyor.survey(view[at : at + (1 << 20)] for at in range(0, len(view), 1 << 20))
        print(time.process_time() - start, flush=True)


class Worker:
    """A checkout's process."""

    def __init__(self, checkout: Path) -> None:
        paths = os.pathsep.join((str(checkout / "src"), str(checkout / "bench"), str(Path(__file__).parent)))
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--work"],
            env={**os.environ, "PYTHONPATH": paths},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.sizes = dict(zip(KINDS, map(int, self._line().split()), strict=True))

    def seconds(self, kind: str, rules: bool) -> float:
        """Return the CPU seconds of one survey."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{kind} {rules:d}\n")
        self._process.stdin.flush()
        return float(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("checkouts", type=Path, nargs="*")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work()
        return
    workers = {checkout: Worker(checkout.absolute()) for checkout in arguments.checkouts}
    spent: dict[tuple[str, Path | None], list[float]] = {}
    for _ in range(arguments.rounds):
        for kind, times in KINDS.items():
            for _ in range(times):
                for checkout, worker in workers.items():
                    spent.setdefault((kind, checkout), []).append(worker.seconds(kind, True))
                spent.setdefault((kind, None), []).append(next(iter(workers.values())).seconds(kind, False))
    for kind in KINDS:
        reading = spent[kind, None]
        for checkout, worker in workers.items():
            seconds, size = spent[kind, checkout], worker.sizes[kind] / 1e6
            least = size / (min(seconds) - min(reading))
            median = size / (statistics.median(seconds) - statistics.median(reading))
            print(f"{kind:9} {checkout}: {least:.0f} MB per CPU second at best, {median:.0f} in the median")


if __name__ == "__main__":
    main()
