"""Matches held against an independent reading of the same advisories.

Usage: python bench/known_oracle.py OSV [--go PROGRAM ..]

OSV is a folder with ``AlmaLinux/all.zip``, ``PyPI/all.zip``, ``Go/all.zip``. Images are made: a root of AlmaLinux 9 and
one of 8 with streams of modules, whose packages rpmbuild builds and rpm installs, and one with distributions of Python
and the programs of Go that are named. What imgscan says of them is compared with what this script finds in the raw
records, where ``rpm`` itself lists and compares the packages of the first two, ``packaging`` those of Python, node's
``semver`` those of Go. Prints both counts and each difference.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

_Compare = Callable[[str, str], int]
_Match = tuple[str, str]
"""An id or alias that begins with CVE where there is one, and the package."""

_SPEC = """Name: {name}
Epoch: {epoch}
Version: {version}
Release: {release}
Summary: test
License: MIT
BuildArch: noarch
{module}%description
test
%files
"""


def records(osv: Path, ecosystem: str) -> Iterator[dict[str, Any]]:
    with zipfile.ZipFile(osv / ecosystem / "all.zip") as archive:
        for name in archive.namelist():
            record = json.loads(archive.read(name))
            if not record.get("withdrawn"):
                yield record


def is_affected(affected: dict[str, Any], version: str, compare: _Compare) -> bool:
    """The schema's own algorithm, written anew: events sorted, the last at or below the version decides."""
    if version in affected.get("versions", []):
        return True
    for part in affected.get("ranges", []):
        if part["type"] == "GIT":
            continue
        inside = False
        events = [(value, kind) for event in part["events"] for kind, value in event.items()]
        for value, kind in _sorted(events, compare):
            order = 1 if value == "0" else compare(version, value)
            if kind == "introduced" and order >= 0:
                inside = True
            elif (kind == "fixed" and order >= 0) or (kind == "last_affected" and order > 0):
                inside = False
        if inside:
            return True
    return False


def _sorted(events: list[tuple[str, str]], compare: _Compare) -> list[tuple[str, str]]:
    from functools import cmp_to_key

    def order(one: tuple[str, str], other: tuple[str, str]) -> int:
        if "0" in (one[0], other[0]):
            return (one[0] != "0") - (other[0] != "0")
        return compare(one[0], other[0]) or (one[1] == "introduced") - (other[1] == "introduced")

    return sorted(events, key=cmp_to_key(order))


def expected(
    osv: Path,
    ecosystem: str,
    release: str,
    packages: dict[str, str],
    compare: _Compare,
    labels: dict[str, str] | None = None,
) -> set[_Match]:
    result: set[_Match] = set()
    for record in records(osv, ecosystem):
        for affected in record.get("affected", []):
            package = affected["package"]
            name = _normal(ecosystem, package["name"])
            if package["ecosystem"] != ecosystem + (f":{release}" if release else "") or name not in packages:
                continue
            if labels is not None and not _is_of_stream(record, affected, labels.get(name, "")):
                continue
            try:
                if is_affected(affected, packages[name], compare):
                    result.add((record["id"], name))
            except InvalidVersion:
                continue
    return result


def _is_of_stream(record: dict[str, Any], affected: dict[str, Any], label: str) -> bool:
    """Modules by the words of the title that look like one: NAME:STREAM; what is no module's is no module's concern."""
    if ".module_el" not in json.dumps(affected["ranges"]):
        return not label
    words = [word.partition("/")[0] for word in record["summary"].split()]
    streams = {word for word in words if ":" in word[1:-1]}
    return bool(label) and (not streams or ":".join(label.split(":")[:2]) in streams)


def _normal(ecosystem: str, name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower() if ecosystem == "PyPI" else name


def rpm_compare(one: str, other: str) -> int:
    if (one, other) not in _known:
        text = f'%{{lua: print(rpm.vercmp("{one}", "{other}"))}}'
        result = subprocess.run(["rpm", "--eval", text], capture_output=True, text=True, check=True)
        _known[one, other] = int(result.stdout)
    return _known[one, other]


_known: dict[tuple[str, str], int] = {}


def python_compare(one: str, other: str) -> int:
    a, b = Version(one), Version(other)
    return (a > b) - (a < b)


def semver_compare(one: str, other: str) -> int:
    key = (_semver(one), _semver(other))
    if key not in _known:
        script = "console.log(require('semver').compare(process.argv[1], process.argv[2]))"
        environment = {**os.environ, "NODE_PATH": "/usr/share/nodejs"}
        command = ["node", "-e", script, *key]
        result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        _known[key] = int(result.stdout)
    return _known[key]


def _semver(text: str) -> str:
    text = text.removeprefix("go").removeprefix("v").removesuffix("+incompatible")
    numbers, dash, rest = text.partition("-")
    match = re.fullmatch(r"(\d+(?:\.\d+)*)((?:rc|beta)\d+)", numbers)
    if match:
        numbers, dash, rest = match[1], "-", re.sub(r"(\d+)", r".\1", match[2])
    return ".".join([*numbers.split("."), "0", "0"][:3]) + dash + rest


def rpm_root(osv: Path, folder: Path, major: str) -> tuple[Path, dict[str, str], dict[str, str]]:
    """Return a root of packages at, below and above versions that advisories name, and what rpm says is installed.

    The last value is the label of each that is a module's.
    """
    chance = random.Random(7)
    wanted: dict[str, str] = {}
    labels: dict[str, str] = {}
    listed = [(record, item) for record in records(osv, "AlmaLinux") for item in record["affected"]]
    ours = [(record, item) for record, item in listed if item["package"]["ecosystem"] == f"AlmaLinux:{major}"]
    for record, affected in chance.sample(ours, 150):
        fixed = next(
            (event["fixed"] for part in affected["ranges"] for event in part["events"] if "fixed" in event), ""
        )
        if fixed:
            epoch, _, rest = fixed.rpartition(":")
            version, _, release = rest.partition("-")
            build_of_module = re.search(r"\.module_el.*", release)
            last = build_of_module[0] if build_of_module else f".el{major}"
            release = chance.choice([release, "0" + last, "99" + last, release + ".1"])
            name = affected["package"]["name"]
            wanted[name] = f"{epoch or 0}:{version}-{release}"
            labels.pop(name, None)
            if build_of_module:
                streams = [word for word in record["summary"].split() if ":" in word[1:-1] and "/" not in word]
                stream = chance.choice([*streams, "another:1"])
                labels[name] = f"{stream}:8080020230718100218:63b34585"
    root, build = folder / f"rpm-root-{major}", folder / f"build-{major}"
    for path in (root / "etc", build):
        path.mkdir(parents=True)
    (root / "etc/os-release").write_text(f'ID="almalinux"\nVERSION_ID="{major}.2"\nPRETTY_NAME="AlmaLinux {major}.2"\n')
    for name, text in wanted.items():
        epoch, _, rest = text.partition(":")
        version, _, release = rest.partition("-")
        spec = build / f"{name}.spec"
        module = f"ModularityLabel: {labels[name]}\n" if name in labels else ""
        spec.write_text(_SPEC.format(name=name, epoch=epoch, version=version, release=release, module=module))
        _run("rpmbuild", "-bb", "--quiet", "--define", f"_topdir {build}", str(spec))
    built = [str(path) for path in (build / "RPMS").rglob("*.rpm")]
    _run("rpm", "--root", str(root), "--dbpath", "/var/lib/rpm", "-i", "--nodeps", "--noscripts", *built)
    query = [
        "rpm",
        "--root",
        str(root),
        "--dbpath",
        "/var/lib/rpm",
        "-qa",
        "--qf",
        "%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE} %{MODULARITYLABEL}\n",
    ]
    lines = subprocess.run(query, capture_output=True, text=True, check=True).stdout.split("\n")
    installed = [line.split(" ") for line in lines if line]
    said = {name: label for name, _, label in installed if label != "(none)"}
    return root, {name: version for name, version, _ in installed}, said


def other_root(osv: Path, folder: Path, programs: Sequence[str]) -> tuple[Path, dict[str, str]]:
    chance = random.Random(7)
    root, packages = folder / "other-root", dict[str, str]()
    site = root / "usr/lib/python3/site-packages"
    site.mkdir(parents=True)
    listed = [item for record in records(osv, "PyPI") for item in record.get("affected", [])]
    for affected in chance.sample(listed, 150):
        versions = [text for text in affected.get("versions", []) if re.fullmatch(r"[\w.!+]+", text)]
        fixed = [event["fixed"] for part in affected.get("ranges", []) for event in part["events"] if "fixed" in event]
        name = affected["package"]["name"]
        if versions or fixed:
            version = chance.choice([*versions[-3:], *fixed])
            packages[_normal("PyPI", name)] = version
            target = site / f"{name.replace('-', '_')}-{version}.dist-info"
            if not any(path.name.partition("-")[0] == target.name.partition("-")[0] for path in site.iterdir()):
                target.mkdir()
                (target / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (root / "usr/bin").mkdir()
    for program in programs:
        shutil.copy(program, root / "usr/bin")
    return root, packages


def scanned(root: Path, database: Path) -> dict[str, Any]:
    archive = root.with_suffix(".tar")
    with tarfile.open(archive, "w") as tar:
        tar.add(root, arcname=".")
    command = [sys.executable, "-m", "imgscan", str(archive), "-f", "json", "--db", str(database)]
    report: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return report


def matches(report: dict[str, Any], ecosystem: str, types: dict[tuple[str, str], str], type_: str) -> set[_Match]:
    result = set()
    for item in report["vulnerabilities"]["items"]:
        if types.get((item["package"], item["version"])) == type_:
            result |= {(name, _normal(ecosystem, item["package"])) for name in (item["id"], *item.get("aliases", []))}
    return result


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _told(what: str, ours: set[_Match], theirs: set[_Match], known: set[str]) -> bool:
    ours = {match for match in ours if match[0] in known}
    differ = f"missed {len(theirs - ours)}, more {len(ours - theirs)}"
    print(f"{what:<28} imgscan {len(ours):>5}, independent {len(theirs):>5}, {differ}")
    for name, difference in (("missed", theirs - ours), ("more", ours - theirs)):
        for match in sorted(difference)[:10]:
            print(f"    {name}: {match[0]} {match[1]}")
    return ours == theirs


def main() -> int:
    """Build, scan, compare; 1 where they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("osv", type=Path)
    parser.add_argument("--go", nargs="*", default=[], metavar="PROGRAM")
    arguments = parser.parse_args()
    osv = arguments.osv
    same = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = folder / "advisories.db"
        _run(sys.executable, "-m", "imgscan", "db", "import", "--db", str(database), str(osv))
        if shutil.which("rpmbuild"):
            known = {record["id"] for record in records(osv, "AlmaLinux")}
            for major in ("9", "8"):
                root, packages, labels = rpm_root(osv, folder, major)
                report = scanned(root, database)
                types = {(item["name"], item["version"]): item["type"] for item in report["inventory"]["packages"]}
                theirs = expected(osv, "AlmaLinux", major, packages, rpm_compare, labels)
                title = f"rpm {major}, {len(packages)}, {len(labels)} of modules"
                same &= _told(title, matches(report, "AlmaLinux", types, "rpm"), theirs, known)
        root, packages = other_root(osv, folder, arguments.go)
        report = scanned(root, database)
        types = {(item["name"], item["version"]): item["type"] for item in report["inventory"]["packages"]}
        installed = {_normal("PyPI", name): version for (name, version), type_ in types.items() if type_ == "pypi"}
        known = {record["id"] for record in records(osv, "PyPI")}
        theirs = expected(osv, "PyPI", "", installed, python_compare)
        same &= _told(f"PyPI, {len(installed)}", matches(report, "PyPI", types, "pypi"), theirs, known)
        modules = {
            name: version for (name, version), type_ in types.items() if type_ == "golang" and version[:1] in "v123"
        }
        known = {record["id"] for record in records(osv, "Go")}
        theirs = expected(osv, "Go", "", modules, semver_compare)
        same &= _told(f"Go, {len(modules)}", matches(report, "Go", types, "golang"), theirs, known)
    return int(not same)


if __name__ == "__main__":
    sys.exit(main())
