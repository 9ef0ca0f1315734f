"""Databases of packages: whole, damaged, without file lists, in several places and below another root."""

from __future__ import annotations

from hashlib import sha256

import pytest

from imgscan.system.packages.databases import below_root, is_of_database, starts_of
from imgscan.testing.packages import alpine, debian, elf
from imgscan.testing.programs import wall
from imgscan.testing.rpm import header, package, sqlite

from ..packaged import Told, told

OS = {"etc/os-release": b"ID=debian\nVERSION_ID=13\n"}
STANZA = "Package: {}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\n\n"
STATUS = "var/lib/dpkg/status"
Files = dict[str, bytes]


def names(result: Told) -> list[str]:
    return [item["name"] for item in result.section("packages")]


def unread(result: Told) -> list[str | None]:
    return [item.path for item in result.findings if item.rule == "packages.unreadable"]


# Where databases are


@pytest.mark.parametrize(
    ("path", "root", "inner"),
    [
        ("var/lib/dpkg/status", "", "var/lib/dpkg/status"),
        ("usr/lib/apk/db/installed", "", "usr/lib/apk/db/installed"),
        ("rootfs/usr/lib/apk/db/installed", "rootfs", "usr/lib/apk/db/installed"),
        (
            "ostree/deploy/x/deploy/1.0/usr/share/rpm/rpmdb.sqlite",
            "ostree/deploy/x/deploy/1.0",
            "usr/share/rpm/rpmdb.sqlite",
        ),
        ("home/me/status", "", "home/me/status"),
    ],
)
def test_a_database_is_known_by_its_end_and_its_root_by_the_rest(path: str, root: str, inner: str) -> None:
    assert below_root(path) == (root, inner)


def test_every_place_of_a_database_of_rpm_is_one_to_all_who_ask() -> None:
    for folder in ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"):
        assert is_of_database(f"{folder}/rpmdb.sqlite")
        assert f"{folder}/rpmdb.sqlite".startswith(starts_of("rpm"))
    assert not is_of_database("usr/share/doc/rpm/rpmdb.sqlite")


# Whose a file is


@pytest.mark.parametrize(
    "database",
    [
        {STATUS: (STANZA.format("a") + STANZA.format("b")).encode()},
        {"var/lib/dpkg/status.d/a": b"Package: a\nVersion: 1\n"},
        {"usr/lib/sysimage/rpm/rpmdb.sqlite": sqlite([header({1000: "a", 1001: "1"})], 4096)},
        {"lib/apk/db/installed": b"P:a\nV:1\n\nP:b\nV:1\n\n"},
        {STATUS: b"Package: a\nStatus: install ok installed\nVersion: 1\nConffiles:\n /etc/a " + b"0" * 32 + b"\n"},
        {"var/lib/rpmmanifest/container-manifest-2": b"a\t1-1\t1\t1\tM\t(none)\t1\tx86_64\t0\ta.src.rpm\n"},
    ],
    ids=["dpkg", "status.d", "rpm", "apk", "conffiles alone", "manifest"],
)
def test_no_file_is_strange_to_a_database_that_names_no_files(database: Files) -> None:
    result = told({**OS, **database, "usr/bin/su": (0o4755, elf("su"))})

    assert [rule for rule, _ in result.rules() if rule.startswith("integrity.")] == []
    assert result.finding("setuid.suid-file").evidence["class"] != "stray"
    assert "owners of programs" in [gap.what for gap in result.skips]


def test_one_list_that_is_missing_among_many_hides_nothing_and_is_told() -> None:
    files = debian(("a", "1", {"/usr/bin/a": elf("a")}), ("b", "1", {"/usr/bin/b": elf("b")}))
    lists = {name: data for name, data in files.items() if "/info/b." not in name}

    result = told({**OS, **lists, "usr/bin/a": elf("a"), "usr/bin/b": (0o4755, elf("b"))})

    assert ("integrity.unowned-system-program", "usr/bin/b") in result.rules()
    assert result.finding("setuid.suid-file").evidence["class"] == "stray"
    assert "file lists of packages" in [gap.what for gap in result.skips]


def test_an_apk_package_without_files_is_one_that_has_none() -> None:
    files = alpine(("a", "1", {"/bin/a": (0o755, elf("a"))}), ("meta", "1", {}))

    assert "file lists of packages" not in [gap.what for gap in told({**files, "bin/a": elf("a")}).skips]


@pytest.mark.parametrize("stem", ["a", "a:amd64"])
def test_a_package_of_status_d_is_verified_by_the_lists_of_dpkg(stem: str) -> None:
    lists = debian(("a", "1.0", {"/usr/bin/a": elf("a"), "/usr/bin/b": elf("b")}))
    info = "var/lib/dpkg/info/"
    files = {path.replace(f"{info}a.", f"{info}{stem}."): data for path, data in lists.items() if path != STATUS}

    result = told(
        {
            **OS,
            **files,
            "var/lib/dpkg/status.d/a": STANZA.format("a").encode(),
            "usr/bin/a": elf("a"),
            "usr/bin/b": elf("x"),
        }
    )

    assert result.rules() == [("integrity.modified", "usr/bin/b")]


# Damage


@pytest.mark.parametrize(
    "files",
    [
        {STATUS: b"<html><body>404 Not Found</body></html>\n"},
        {STATUS: bytes(4096)},
        {STATUS: STANZA.format("a").encode() + b"Package: cut\nStatus: install ok installed\nVersi"},
        {"lib/apk/db/installed": b"\x00\xff\xfe" * 20},
        {"var/lib/dpkg/info/a.list": b"garbage\n"},
        {"var/lib/dpkg/info/a.md5sums": b"garbage\n"},
        {"var/lib/pacman/local/a-1/desc": b"garbage"},
        {"usr/lib/python3/dist-packages/a-1.dist-info/METADATA": b"\xff\xfe\0garbage"},
        {"app/node_modules/left/package.json": b"{ cut"},
        {"app/vendor/composer/installed.json": b"<html>"},
        {"app/App.deps.json": b"[1"},
        {"var/lib/chisel/manifest.wall": b"no zstd"},
        {"opt/conda/conda-meta/a-1-0.json": b""},
        {"usr/lib/R/library/a/DESCRIPTION": b"\0\0\0"},
        {"app/a.jar": b"an error page"},
        {"usr/lib/sysimage/rpm/rpmdb.sqlite": b"SQLite format 3\0" + bytes(2000)},
    ],
    ids=lambda files: next(iter(files)).rpartition("/")[2],
)
def test_a_damaged_record_of_packages_is_told(files: Files) -> None:
    result = told({**OS, **files})

    assert unread(result) == list(files)
    assert "" not in [item["version"] for item in result.section("packages")]


@pytest.mark.parametrize(
    "files",
    [
        {STATUS: b""},
        {"app/DESCRIPTION": b"a description\n"},
        {"app/installed.json": b'{"packages": []}'},
        {"app/package.deps.json.txt": b"{}"},
        {"app/container-manifest-2": b"alpha\n"},
        {"app/manifest.wall.md": b"# wall\n"},
        {"app/node_modules/left/lib/package.json": b'{"type": "module"}'},
        {"app/node_modules/left/test/package.json": b"{ broken on purpose"},
        {"var/lib/dpkg/info/a.list": b"/.\n"},
        {"var/lib/dpkg/info/a.md5sums": b""},
    ],
    ids=lambda files: next(iter(files)).rpartition("/")[2],
)
def test_a_neighbour_of_a_record_is_neither_damage_nor_package(files: Files) -> None:
    result = told({**OS, **files})

    assert unread(result) == []
    assert names(result) == []


def test_what_is_whole_in_a_cut_database_of_rpm_is_listed() -> None:
    whole = sqlite([package("a"), header({1000: "b", 1001: "1", 1005: "d" * 9000})], 4096)

    result = told({**OS, "usr/share/rpm/rpmdb.sqlite": whole[:-4096]})

    assert names(result) == ["a"]
    assert unread(result) == ["usr/share/rpm/rpmdb.sqlite"]


# Several databases


def test_a_package_in_two_databases_is_listed_once_with_both() -> None:
    status = STANZA.format("a").encode()

    (item,) = told({**OS, STATUS: status, "var/lib/dpkg/status.d/a": status}).section("packages")

    assert (item["path"], item["also_in"]) == ("/var/lib/dpkg/status", ["/var/lib/dpkg/status.d/a"])


def test_another_version_in_another_database_is_another_package() -> None:
    other = STANZA.format("a").replace("1.0", "2.0").encode()

    found = told({**OS, STATUS: STANZA.format("a").encode(), "var/lib/dpkg/status.d/a": other}).section("packages")

    assert [item["version"] for item in found] == ["1.0", "2.0"]


def test_a_database_that_moved_is_one() -> None:
    first, second = sqlite([package("a")], 4096), sqlite([package("a"), package("b")], 4096)

    found = told(
        {**OS, "var/lib/rpm/rpmdb.sqlite": first},
        {"var/lib/rpm/.wh.rpmdb.sqlite": b"", "usr/lib/sysimage/rpm/rpmdb.sqlite": second},
    ).section("packages")

    assert [(item["name"], item["layer"], item["path"]) for item in found] == [
        ("a", 0, "/usr/lib/sysimage/rpm/rpmdb.sqlite"),
        ("b", 1, "/usr/lib/sysimage/rpm/rpmdb.sqlite"),
    ]


def test_a_system_in_a_directory_has_packages_files_and_a_release_of_its_own() -> None:
    inner = {f"rootfs/{path}": data for path, data in debian(("a", "1", {"/usr/bin/a": elf("a")})).items()}

    result = told(
        {
            **inner,
            "rootfs/etc/os-release": b"ID=debian\nVERSION_ID=12\n",
            "rootfs/usr/bin/a": elf("x"),
            "usr/bin/b": elf("b"),
        }
    )

    assert [item["purl"] for item in result.section("packages")] == ["pkg:deb/debian/a@1?arch=amd64&distro=debian-12"]
    assert result.rules() == []  # usr/bin/b is of no system with lists
    assert "the package records no digest" in " ".join(gap.why for gap in result.skips)  # and a is not passed over


# What packages say


def test_the_version_of_an_rpm_package_begins_with_its_epoch() -> None:
    blobs = [
        header({1000: "a", 1001: "0.5", 1002: "1", 1003: [1]}),
        header({1000: "b", 1001: "0.5", 1002: "1", 1003: [0]}),
    ]

    found = told({"usr/lib/sysimage/rpm/rpmdb.sqlite": sqlite(blobs, 4096)}).section("packages")

    assert [(item["version"], item["purl"]) for item in found] == [
        ("1:0.5-1", "pkg:rpm/a@0.5-1?epoch=1"),
        ("0.5-1", "pkg:rpm/b@0.5-1?epoch=0"),
    ]


def test_the_licence_of_a_debian_package_is_that_of_its_copyright_file() -> None:
    text = b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+\n"
    status = (STANZA.format("a") + STANZA.format("b")).encode()

    found = told({**OS, STATUS: status, "usr/share/doc/a/copyright": text}).section("packages")

    assert [(item["name"], item["license"]) for item in found] == [("a", "GPL-2.0-or-later"), ("b", None)]


def test_chisel_owns_and_verifies_the_paths_of_its_slices() -> None:
    path = {
        "kind": "path",
        "path": "/usr/bin/x",
        "mode": "0755",
        "slices": ["a_bins"],
        "sha256": sha256(elf("x")).hexdigest(),
    }
    manifest = wall({"kind": "package", "name": "a", "version": "1", "arch": "amd64"}, path)

    same = told({"var/lib/chisel/manifest.wall": manifest, "usr/bin/x": (0o755, elf("x"))})
    other = told({"var/lib/chisel/manifest.wall": manifest, "usr/bin/x": (0o755, elf("y"))})

    assert same.rules() == []
    assert other.rules() == [("integrity.modified", "usr/bin/x")]


def test_the_manifest_of_names_counts_only_where_nothing_says_more() -> None:
    folder = "var/lib/rpmmanifest"
    first = {f"{folder}/container-manifest-1": b"alpha-1.0-1.azl3.x86_64\n"}
    second = {f"{folder}/container-manifest-2": b"alpha\t1.0-1.azl3\t1\t1\tM\t(none)\t1\tx86_64\t0\ta.src.rpm\n"}

    assert names(told(first)) == ["alpha"]
    (item,) = told({**first, **second}).section("packages")
    assert item["supplier"] == "M"
