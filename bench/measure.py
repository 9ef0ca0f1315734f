"""Time, processor time and memory of one command."""

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds, bytes, the exit code (negative: a signal's number), the last line of standard error."""

    exit_code: int
    wall_seconds: float
    cpu_seconds: float
    peak_rss_bytes: int
    last_error: str


def measure(command: Sequence[str], environment: Mapping[str, str]) -> Run:
    """Run a command to its end; its standard output is thrown away."""
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
        )
        # Not Popen.wait: the usage of this child alone, and of those it waited for.
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(max(0, errors.tell() - 4096))
        lines = errors.read().decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    cpu = usage.ru_utime + usage.ru_stime
    return Run(child.returncode, wall, cpu, usage.ru_maxrss * 1024, last)
