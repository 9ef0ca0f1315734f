"""The database of advisories at its full size: ``python bench/advisories.py [COUNT]``.

Makes COUNT records of OSV (default 500,000) in archives, imports them in a process of its own, imports them again, and
matches 1,000 packages. Prints seconds of CPU and of the clock, the peak of memory, and the size of the file.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from imgscan.advisories.database import Advisories
from imgscan.advisories.matching import match_packages

_IMPORT = """
import resource, sys, time
from imgscan.advisories.database import import_into
from imgscan.advisories.sources import read_source
begin = time.perf_counter()
counts = import_into(sys.argv[1], read_source(sys.argv[2]), "2026-11-30")
used = resource.getrusage(resource.RUSAGE_SELF)
seconds, cpu = time.perf_counter() - begin, used.ru_utime + used.ru_stime
print(f"{counts.new} new, {counts.same} same: {seconds:.1f} s, {cpu:.1f} s CPU, {used.ru_maxrss // 1024} MB")
"""
_VECTORS = ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:L/AC:H/PR:L/UI:R/S:U/C:L/I:L/A:N"]


def _record(number: int, chance: random.Random) -> dict[str, object]:
    ecosystem = ("Debian:12", "npm", "AlmaLinux:9", "PyPI", "Maven")[number % 5]
    packages = chance.randint(1, 12) if ecosystem == "AlmaLinux:9" else 1
    affected = [
        {
            "package": {"ecosystem": ecosystem, "name": f"package-{chance.randrange(20_000)}{'-sub' * (index > 0)}"},
            "ranges": [
                {
                    "type": "ECOSYSTEM",
                    "events": [{"introduced": "0"}, {"fixed": f"{chance.randint(1, 9)}.{number % 97}-1"}],
                }
            ],
        }
        for index in range(packages)
    ]
    if ecosystem == "PyPI":
        affected[0]["versions"] = [f"{major}.{minor}" for major in range(3) for minor in range(chance.randint(1, 30))]
    return {
        "id": f"OSV-2026-{number}",
        "modified": "2026-01-01T00:00:00Z",
        "aliases": [f"CVE-2026-{number}"],
        "summary": "A flaw in the parser of headers lets an attacker read memory",
        "details": "More words about it. " * chance.randint(10, 80),
        "severity": [{"type": "CVSS_V3", "score": chance.choice(_VECTORS)}],
        "references": [{"type": "WEB", "url": f"https://example.test/{number}/{index}"} for index in range(6)],
        "affected": affected,
    }


def _write(folder: Path, count: int) -> None:
    chance = random.Random(7)
    for start in range(0, count, 100_000):
        with zipfile.ZipFile(folder / f"{start}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for number in range(start, min(start + 100_000, count)):
                archive.writestr(f"OSV-2026-{number}.json", json.dumps(_record(number, chance)))


def main() -> None:
    """Make, import, import again, match."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=500_000)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as name:
        folder, database = Path(name) / "source", str(Path(name) / "advisories.db")
        folder.mkdir()
        _write(folder, count)
        print(f"{count:,} records, {sum(path.stat().st_size for path in folder.iterdir()) / 1e6:.0f} MB of archives")
        for what in ("import", "import again"):
            command = [sys.executable, "-c", _IMPORT, database, str(folder)]
            print(f"{what:<14}{subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()}")
        print(f"{'file':<14}{Path(database).stat().st_size / 1e6:.0f} MB")
        packages = [
            {"type": ("npm", "pypi", "deb")[number % 3], "name": f"package-{number * 19}", "version": "2.0.1"}
            for number in range(1000)
        ]
        inventory = {"packages": packages, "release": [{"id": "debian", "version_id": "12"}]}
        begin = time.perf_counter()
        with Advisories(database) as known:
            matched = match_packages(inventory, (), known, None, None)
        spent = time.perf_counter() - begin
        print(f"{'match':<14}1000 packages, {len(matched.vulnerabilities.items)} vulnerabilities: {spent:.3f} s")


if __name__ == "__main__":
    main()
