"""Matches of a real Debian and a real Alpine held against their own tools.

Usage: python bench/known_systems.py [--alpine IMAGE]

Debian is the system this runs on: its dpkg database, and ``dpkg`` to compare. Alpine is the image (default: the one of
testdata), whose own ``apk`` is run below its root (as root). For each source package advisories are made, in the form
of OSV, of Debian's tracker and of Alpine's secdb, whose fixes lie below, at and above the installed version. Prints
what imgscan and what the tools say, and each difference.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

_TESTDATA = Path(__file__).parents[1] / "testdata" / "alpine-3.10.tar.gz"
_FEW = 3
"""Advisories for each source package."""

Match = tuple[str, str]
"""A vulnerability and an installed package."""


def neighbours(version: str, chance: random.Random, suffixes: Sequence[str]) -> str:
    """Return a version that may lie anywhere near ``version``."""
    numbers = [match.span() for match in re.finditer(r"\d+", version)]
    start, end = chance.choice(numbers)
    number = max(int(version[start:end]) + chance.choice([-1, 0, 1]), 0)
    return version[:start] + str(number) + version[end:] + chance.choice(suffixes)


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def told(image: Path, database: Path) -> set[Match]:
    """Return what imgscan says of the system's packages."""
    command = [sys.executable, "-m", "imgscan", str(image), "-f", "json", "--db", str(database), "-a", "packages"]
    report = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    known: dict[str, Any] = report["vulnerabilities"]
    return {(item["id"], item["package"]) for item in known["items"]}


def imported(folder: Path, name: str, *documents: object) -> Path:
    source = folder / name
    source.mkdir()
    for number, document in enumerate(documents):
        (source / f"{number}.json").write_text(json.dumps(document))
    database = folder / f"{name}.db"
    output(sys.executable, "-m", "imgscan", "db", "import", "--db", str(database), str(source))
    return database


def compared(title: str, ours: set[Match], theirs: set[Match]) -> bool:
    print(f"{title:<36} imgscan {len(ours):>5}, tools {len(theirs):>5}")
    for word, matches in (("missed", theirs - ours), ("more", ours - theirs)):
        for match in sorted(matches)[:10]:
            print(f"    {word}: {match[0]} {match[1]}")
    return ours == theirs


def affected(
    fixes: Iterable[tuple[str, str, str]], installed: Iterable[tuple[str, str, str]], below: Callable[[str, str], bool]
) -> set[Match]:
    """Return the vulnerabilities (id, source, fix) of the packages (name, source, version of the source)."""
    by_source: dict[str, list[tuple[str, str]]] = {}
    for name, source, version in installed:
        by_source.setdefault(source, []).append((name, version))
    return {
        (identifier, name)
        for identifier, source, fix in fixes
        for name, version in by_source.get(source, ())
        if below(version, fix)
    }


def made(installed: Iterable[tuple[str, str, str]], suffixes: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return vulnerabilities of the sources: id, source, fix."""
    chance = random.Random(11)
    sources = sorted({(source, version) for _, source, version in installed})
    result: list[tuple[str, str, str]] = []
    for source, version in sources:
        for _ in range(_FEW):
            result.append((f"CVE-2020-{10000 + len(result)}", source, neighbours(version, chance, suffixes)))
    return result


def debian(folder: Path) -> bool:
    form = "${Package}\t${source:Package}\t${source:Version}\t${db:Status-Status}\n"
    rows = [line.split("\t") for line in output("dpkg-query", "-W", "-f", form).splitlines()]
    installed = [(name, source, version) for name, source, version, status in rows if status == "installed"]
    fixes = made(installed, ("", "", "~deb12u1", "+deb12u1", "+b1", "~bpo12+1"))
    release = re.search(r'VERSION_ID="?(\d+)', Path("/etc/os-release").read_text())
    number = release[1] if release is not None else ""
    code = {"11": "bullseye", "12": "bookworm", "13": "trixie"}[number]
    image = folder / "debian.tar"
    with tarfile.open(image, "w", dereference=True) as tar:
        for path in ("etc/os-release", "var/lib/dpkg/status"):
            tar.add(f"/{path}", arcname=path)
    records = [
        {
            "id": identifier,
            "modified": "2026-01-01T00:00:00Z",
            "affected": [
                {
                    "package": {"ecosystem": f"Debian:{number}", "name": source},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fix}]}],
                }
            ],
        }
        for identifier, source, fix in fixes
    ]
    tracker: dict[str, dict[str, object]] = {}
    for identifier, source, fix in fixes:
        state = {"status": "resolved", "fixed_version": fix, "urgency": "medium"}
        tracker.setdefault(source, {})[identifier] = {"releases": {code: state}}

    def below(version: str, fix: str) -> bool:
        return subprocess.run(["dpkg", "--compare-versions", version, "lt", fix], check=False).returncode == 0

    theirs = affected(fixes, installed, below)
    same = True
    for form, database in (
        ("OSV", imported(folder, "osv", *records)),
        ("tracker", imported(folder, "tracker", tracker)),
    ):
        same &= compared(f"Debian {number}, {len(installed)} packages, {form}", told(image, database), theirs)
    return same


def alpine(image: Path, folder: Path) -> bool:
    root = folder / "root"
    root.mkdir()
    with tarfile.open(image) as outer:
        layers = json.loads(outer.extractfile("manifest.json").read())[0]["Layers"]  # type: ignore[union-attr]
        for layer in layers:
            with tarfile.open(fileobj=outer.extractfile(layer)) as tar:
                tar.extractall(root, filter="tar")
    installed: list[tuple[str, str, str]] = []
    package: dict[str, str] = {}
    for line in (root / "lib/apk/db/installed").read_text().split("\n"):
        if line:
            package[line[0]] = package.get(line[0], line[2:])
        elif package:
            installed.append((package["P"], package.get("o", package["P"]), package["V"]))
            package = {}
    fixes = made(installed, ("", "", "", "_p1", "_rc1", "_git20200101"))
    fixes = [(identifier, source, fix) for identifier, source, fix in fixes if is_apk_version(root, fix)]
    release = "v" + ".".join((root / "etc/alpine-release").read_text().strip().split(".")[:2])
    secfixes: dict[str, dict[str, list[str]]] = {}
    for identifier, source, fix in fixes:
        secfixes.setdefault(source, {}).setdefault(fix, []).append(identifier)
    packages = [{"pkg": {"name": name, "secfixes": fixed}} for name, fixed in secfixes.items()]
    document = {"distroversion": release, "reponame": "main", "urlprefix": "mirror", "packages": packages}

    def below(version: str, fix: str) -> bool:
        return output("chroot", str(root), "/sbin/apk", "version", "-t", version, fix).strip() == "<"

    database = imported(folder, "secdb", document)
    theirs = affected(fixes, installed, below)
    return compared(f"Alpine {release}, {len(installed)} packages, secdb", told(image, database), theirs)


def is_apk_version(root: Path, text: str) -> bool:
    """A suffix behind the revision is none: apk says so."""
    command = ["chroot", str(root), "/sbin/apk", "version", "-c", text]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def main() -> int:
    """Make advisories, scan, ask the tools; 1 where they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alpine", type=Path, default=_TESTDATA, metavar="IMAGE")
    arguments = parser.parse_args()
    same = True
    for system in (debian, lambda folder: alpine(arguments.alpine, folder)):
        with tempfile.TemporaryDirectory() as name:
            same &= system(Path(name))
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
