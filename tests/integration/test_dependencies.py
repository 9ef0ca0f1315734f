"""Which package needs which: in the inventory and in both kinds of bill of materials."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from imgscan.engine import scan
from imgscan.model.items import PackageItem, read_items
from imgscan.report.document import Report
from imgscan.report.writers import Style, writer_of
from imgscan.testing import ImageBuilder

DPKG = """Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36

Package: mawk
Status: install ok installed
Architecture: amd64
Version: 1.3
Provides: awk
Depends: libc6 (>= 2.3)

Package: base-files
Status: install ok installed
Architecture: all
Version: 12
Pre-Depends: awk
Depends: gone | libc6, absent (>= 1), base-files
"""
APK = """P:busybox
V:1.36-r0
A:x86_64
D:so:libc.musl-x86_64.so.1
p:cmd:sh=1.36-r0
F:bin
R:busybox

P:musl
V:1.2-r0
A:x86_64
p:so:libc.musl-x86_64.so.1=1

P:app
V:1-r0
A:x86_64
D:cmd:sh /bin/busybox !uclibc

"""
PACMAN = "%NAME%\n{0}\n\n%VERSION%\n1-1\n\n%DEPENDS%\n{1}\n\n%PROVIDES%\n{2}\n"


def report_on(folder: Path, files: dict[str, bytes]) -> Report:
    path = folder / "image.tar"
    path.write_bytes(ImageBuilder().layer({name: (0o644, data) for name, data in files.items()}).docker_archive())
    return scan(path)


def needs(report: Report) -> dict[str, list[str]]:
    return {item.name: list(item.depends) for item in read_items(report.inventory, PackageItem)}


def package_json(name: str, *needed: str) -> bytes:
    return json.dumps({"name": name, "version": "1.0.0", "dependencies": dict.fromkeys(needed, "*")}).encode()


def metadata(name: str, *needed: str) -> bytes:
    lines = [f"Requires-Dist: {text}" for text in needed]
    return "\n".join([f"Name: {name}", "Version: 1", *lines, "", "Requires-Dist: words of the description"]).encode()


def test_dpkg_takes_the_first_alternative_that_is_installed(tmp_path: Path) -> None:
    assert needs(report_on(tmp_path, {"var/lib/dpkg/status": DPKG.encode()})) == {
        "libc6": [],
        "mawk": ["libc6"],
        "base-files": ["libc6", "mawk"],
    }


def test_apk_names_what_packages_provide_and_their_files(tmp_path: Path) -> None:
    report = report_on(tmp_path, {"lib/apk/db/installed": APK.encode(), "bin/busybox": b"x"})

    assert needs(report) == {"busybox": ["musl"], "musl": [], "app": ["busybox"]}


def test_pacman_names_packages(tmp_path: Path) -> None:
    local = "var/lib/pacman/local"
    files = {
        f"{local}/bash-1-1/desc": PACMAN.format("bash", "libc.so>=2", "sh").encode(),
        f"{local}/glibc-1-1/desc": PACMAN.format("glibc", "", "libc.so=6").encode(),
    }

    assert needs(report_on(tmp_path, files)) == {"bash": ["glibc"], "glibc": []}


def test_npm_looks_upwards_from_the_packages_own_folder(tmp_path: Path) -> None:
    files = {
        "app/node_modules/a/package.json": package_json("a", "b", "@s/c", "absent"),
        "app/node_modules/a/node_modules/b/package.json": package_json("b", "d"),
        "app/node_modules/b/package.json": package_json("b"),
        "app/node_modules/@s/c/package.json": package_json("@s/c", "b"),
        "app/node_modules/d/package.json": package_json("d"),
    }

    report = report_on(tmp_path, files)

    items = [item["path"] for item in report.inventory["packages"]]
    links = {
        (items[number], items[other]) for number, needed in enumerate(report.package_dependencies) for other in needed
    }
    modules = "/app/node_modules"
    assert links == {
        (f"{modules}/a/package.json", f"{modules}/a/node_modules/b/package.json"),
        (f"{modules}/a/package.json", f"{modules}/@s/c/package.json"),
        (f"{modules}/a/node_modules/b/package.json", f"{modules}/d/package.json"),
        (f"{modules}/@s/c/package.json", f"{modules}/b/package.json"),
    }


def test_python_prefers_the_same_folder(tmp_path: Path) -> None:
    files = {
        "one/a-1.dist-info/METADATA": metadata("a", "B_b (>=1)", "c ; extra == 'x'"),
        "one/b_b-1.dist-info/METADATA": metadata("b-b"),
        "two/b_b-1.dist-info/METADATA": metadata("B.B"),
        "two/c-1.dist-info/METADATA": metadata("c", "a"),
    }

    report = report_on(tmp_path, files)

    assert needs(report) == {"a": ["b-b"], "b-b": [], "B.B": [], "c": ["a"]}


@pytest.mark.parametrize("name", ["cyclonedx", "spdx"])
def test_both_bills_have_the_dependencies(tmp_path: Path, name: str) -> None:
    report = report_on(tmp_path, {"var/lib/dpkg/status": DPKG.encode()})

    bill = json.loads(writer_of(name)((report,), Style()))

    if name == "cyclonedx":
        names = {part["bom-ref"]: part["name"] for part in bill["components"]}
        links = {
            (names[item["ref"]], names[other])
            for item in bill["dependencies"]
            if item["ref"] in names
            for other in item.get("dependsOn", ())
        }
    else:
        names = {part["SPDXID"]: part["name"] for part in bill["packages"]}
        links = {
            (names[item["spdxElementId"]], names[item["relatedSpdxElement"]])
            for item in bill["relationships"]
            if item["relationshipType"] == "DEPENDS_ON"
        }
    assert links == {("mawk", "libc6"), ("base-files", "mawk"), ("base-files", "libc6")}


def test_a_hostile_database_has_bounded_links(tmp_path: Path) -> None:
    names = ", ".join(f"p{number}" for number in range(3000))
    stanzas = [
        f"Package: p{number}\nStatus: install ok installed\nVersion: 1\nDepends: {names}\n" for number in range(60)
    ]

    report = report_on(tmp_path, {"var/lib/dpkg/status": "\n".join(stanzas).encode()})

    assert sum(map(len, report.package_dependencies)) == 60 * 59
