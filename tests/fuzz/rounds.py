"""Fuzz one harness after the other: ``python -m tests.fuzz.rounds SECONDS FOLDER [NAME...]``; without names all.

Instrumenting takes longer than many a harness runs, so it is done once, and each harness runs in a process forked from
it. In the folder are the corpora, which the next round goes on from, a log of each, what was found (``crash-...``,
``timeout-...``), and ``totals.tsv``: the name, how many inputs were run, in how many seconds, and the exit status.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .__main__ import INSTRUMENTED

if TYPE_CHECKING:  # what is imported before it is instrumented is not
    from .harnesses import Harness

_DONE = re.compile(r"^Done (\d+) runs? in (\d+) second", re.MULTILINE)
_AT = re.compile(r"^#(\d+)\t", re.MULTILINE)


def main() -> None:
    """Run the round that the words ask for."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        from .harnesses import harnesses

        known = harnesses()
    seconds, out = int(sys.argv[1]), Path(sys.argv[2])
    for name in sys.argv[3:] or known:
        status = _forked(known[name], name.replace(" ", "-"), seconds, out)
        with (out / "totals.tsv").open("a") as totals:
            runs, took = _counts((out / f"{name.replace(' ', '-')}.log").read_text(errors="replace"))
            totals.write(f"{name}\t{runs}\t{took}\t{status}\n")


def _forked(harness: Harness, name: str, seconds: int, out: Path) -> int:
    """Run one harness in a process of its own and return its exit status."""
    import atheris

    from .harnesses import run_one

    corpus = out / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(harness.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    child = os.fork()
    if not child:
        log = os.open(out / f"{name}.log", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
        bounds = [f"-max_total_time={seconds}", "-max_len=8000", "-timeout=10", "-rss_limit_mb=2048"]
        atheris.Setup(
            ["fuzz", *bounds, f"-artifact_prefix={out}/{name}-", str(corpus)], lambda data: run_one(harness, data)
        )
        atheris.Fuzz()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _counts(log: str) -> tuple[int, int]:
    """Return how many inputs were run, and in how many seconds (0: it came to no end)."""
    done = _DONE.findall(log)
    if done:
        return int(done[-1][0]), int(done[-1][1])
    return max(map(int, _AT.findall(log)), default=0), 0


if __name__ == "__main__":
    main()
