"""Speed of the secret rules: MB per CPU second over sources and over binaries, and what each rule costs.

Usage: python bench/secrets_speed.py [--sources DIR]... [--binaries DIR]... [--megabytes N] [--rules]

Window scan and verification together, compiled patterns given; ``--rules`` measures the scan again without each rule.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

from imgscan.analyzers.secrets import Secrets
from imgscan.formats.multipattern import Expression, compile_patterns
from imgscan.model.limits import Limits
from imgscan.survey.survey import Surveyor
from secrets_score import layer_of

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
            costs = []
            for number, pattern in enumerate(patterns):
                rest = expressions[:number] + expressions[number + 1 :]
                costs.append(((scan - scan_seconds(rest, data)) / scan, pattern.id))
            for cost, rule in sorted(costs, reverse=True)[:20]:
                print(f"  {100 * cost:6.1f} %  {rule}")


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
