"""Speed of the secret rules: MB per CPU second over sources and over binaries, and what each rule costs.

Usage: python bench/secrets_speed.py [--sources DIR]... [--binaries DIR]... [--megabytes N] [--rules]

Window scan and verification together, compiled patterns given. ``--rules`` prints the share of each rule: of the
verification by the clock, of the window scan by scanning without it. Rules are left out in groups first, and one by
one in the groups that cost more than a rule may (3 %). Both scans alternate, and the least time of each counts, so
that other load on the machine disturbs little. Without one expression the library lays out all others anew, which by
itself is worth some 5 % either way: what seems too dear is measured in several orders of the expressions, and the mean
told.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import Counter, defaultdict
from pathlib import Path

from imgscan.analyzers.secrets import Secrets
from imgscan.matching.multipattern import Expression, compile_patterns
from imgscan.model.limits import Limits
from imgscan.model.observed import Match
from imgscan.survey.survey import Surveyor
from secrets_score import layer_of

_GROUP = 24
_ORDERS = 5
_MOST = 0.03
_SAMPLE = 3 << 20
_SOURCES = (".py", ".js", ".ts", ".go", ".c", ".h", ".java", ".rb", ".md", ".json", ".yml", ".yaml", ".html", ".css")


def load(folders: list[Path], endings: tuple[str, ...] | None, megabytes: int) -> list[tuple[str, bytes]]:
    """Return files up to a size in all."""
    found: list[tuple[str, bytes]] = []
    left = megabytes * 1_000_000
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if left <= 0:
                return found
            if path.is_symlink() or not path.is_file():
                continue
            if endings is not None and path.suffix not in endings:
                continue
            data = path.read_bytes()
            if endings is None and not data.startswith(b"\x7fELF"):
                continue
            found.append((str(path).lstrip("/"), data))
            left -= len(data)
    return found


def scan_seconds(expressions: tuple[Expression, ...], data: bytes) -> float:
    """Return the CPU seconds of the window scan alone."""
    scan = compile_patterns.__wrapped__(expressions).new_scan()
    best = 1e9
    for _ in range(3):
        start = time.process_time()
        for at in range(0, len(data), 1 << 20):
            scan(data[at : at + (1 << 20)])
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sources", type=Path, action="append", default=[])
    parser.add_argument("--binaries", type=Path, action="append", default=[])
    parser.add_argument("--megabytes", type=int, default=60)
    parser.add_argument("--rules", action="store_true")
    arguments = parser.parse_args()
    start = time.process_time()
    analyzer = Secrets()
    patterns = analyzer.detector.patterns
    print(f"rules read   {time.process_time() - start:.3f} s of CPU, {len(analyzer.detector.rules.rules)} rules")
    start = time.process_time()
    expressions = tuple(Expression(item.expression, item.ignore_case) for item in patterns)
    compile_patterns(expressions)
    print(f"compiled     {time.process_time() - start:.3f} s of CPU, {len(patterns)} patterns")
    sets = (
        (
            "sources",
            load(
                arguments.sources or [Path("/usr/lib/python3"), Path("/usr/lib/python3.11")],
                _SOURCES,
                arguments.megabytes,
            ),
        ),
        ("binaries", load(arguments.binaries or [Path("/usr/lib"), Path("/usr/bin")], None, arguments.megabytes * 2)),
    )
    for name, files in sets:
        layer = layer_of(files)
        size = len(layer)
        with_rules = _survey_seconds((analyzer,), layer)
        without = _survey_seconds((), layer)
        data = b"\0".join(data for _, data in files)
        scan = scan_seconds(expressions, data)
        spent = with_rules - without
        print(
            f"{name:12} {size / 1e6:.0f} MB in {len(files)} files: {size / 1e6 / spent:.0f} MB per CPU second in all, "
            f"window scan {len(data) / 1e6 / scan:.0f}"
        )
        hits = Counter(
            patterns[number].id
            for at in range(0, len(data), 1 << 20)
            for _, number in compile_patterns(expressions).new_scan()(data[at : at + (1 << 20)])
        )
        print("  hits", ", ".join(f"{rule} {count}" for rule, count in hits.most_common(12)))
        if arguments.rules:
            print_costs(analyzer, expressions, files, spent)


def print_costs(
    analyzer: Secrets, expressions: tuple[Expression, ...], files: list[tuple[str, bytes]], spent: float
) -> None:
    """Print each rule's share of the time, dearest first."""
    data = b"\0".join(data for _, data in files)
    ids = [pattern.id for pattern in analyzer.detector.patterns]
    per_byte = spent / len(data)
    sample = data[len(data) // 3 :][:_SAMPLE]
    shares = {rule: seconds / spent for rule, seconds in verification_seconds(analyzer, files).items()}
    scanned: dict[str, float] = {}
    for first in range(0, len(ids), _GROUP):
        group = range(first, min(first + _GROUP, len(ids)))
        share = _scan_share(expressions, set(group), sample, per_byte)
        if share <= _MOST:
            continue  # whatever a rule of it costs, it is less
        for number in group:
            share = _scan_share(expressions, {number}, sample, per_byte)
            if share > _MOST:
                share = statistics.mean(
                    _scan_share(*_shuffled(expressions, number, seed), sample, per_byte) for seed in range(_ORDERS)
                )
            scanned[ids[number]] = share
    both = {rule: shares.get(rule, 0.0) + scanned.get(rule, 0.0) for rule in {*shares, *scanned}}
    print(f"  rules above {100 * _MOST:.0f} %: {sum(cost > _MOST for cost in both.values())}")
    for rule, cost in sorted(both.items(), key=lambda item: -item[1])[:15]:
        print(
            f"  {100 * cost:6.1f} %  {rule} (verification {100 * shares.get(rule, 0):.1f}, scan "
            f"{100 * scanned.get(rule, 0):.1f})"
        )


def verification_seconds(analyzer: Secrets, files: list[tuple[str, bytes]]) -> dict[str, float]:
    """Return the CPU seconds that the verification of each pattern's hits takes."""
    spent: defaultdict[str, float] = defaultdict(float)
    patterns = analyzer.detector.patterns
    scan = compile_patterns(tuple(Expression(item.expression, item.ignore_case) for item in patterns)).new_scan()
    for path, data in files:
        ending = path[path.rfind(".") :].lower()
        for end, number in scan(data):
            pattern = patterns[number]
            if ending in pattern.not_in:
                continue
            first = max(end - pattern.before, 0)
            match = Match(pattern.id, end, first, data[first : end + pattern.after], 1)
            begun = time.thread_time()
            for _ in analyzer.detector.facts(path, match):
                pass
            spent[pattern.id] += time.thread_time() - begun
    return spent


def _shuffled(expressions: tuple[Expression, ...], number: int, seed: int) -> tuple[tuple[Expression, ...], set[int]]:
    """Return the expressions in another order, and where in it the one with a number is."""
    order = random.Random(seed).sample(range(len(expressions)), len(expressions))
    return tuple(expressions[item] for item in order), {order.index(number)}


def _scan_share(expressions: tuple[Expression, ...], without: set[int], data: bytes, per_byte: float) -> float:
    """Return what the scan saves without some expressions, as a share of all the time that as many bytes take."""
    rest = tuple(item for number, item in enumerate(expressions) if number not in without)
    scans = (compile_patterns.__wrapped__(expressions).new_scan(), compile_patterns.__wrapped__(rest).new_scan())
    least = [1e9, 1e9]
    for _ in range(12):
        for which, scan in enumerate(scans):
            begun = time.thread_time()
            for at in range(0, len(data), 1 << 20):
                scan(data[at : at + (1 << 20)])
            least[which] = min(least[which], time.thread_time() - begun)
    return (least[0] - least[1]) / (per_byte * len(data))


def _survey_seconds(analyzers: tuple[Secrets, ...], layer: bytes) -> float:
    best = 1e9
    view = memoryview(layer)
    for _ in range(3):
        surveyor = Surveyor(analyzers, Limits())
        start = time.process_time()
        surveyor.survey(view[at : at + (1 << 20)] for at in range(0, len(view), 1 << 20))
        best = min(best, time.process_time() - start)
    return best


if __name__ == "__main__":
    main()
