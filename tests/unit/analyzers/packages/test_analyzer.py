"""The inventory of packages, whichever database they stand in."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from imgscan.formats.packages.os_release import OsRelease
from imgscan.model.finding import Severity
from imgscan.model.package import PackageFile
from imgscan.system.accounts.files import AccountFiles
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.owners import Claim, Owners, owners
from imgscan.system.packages.release import end_of_life, end_of_life_table
from imgscan.testing import TarBuilder, facts_of, merged, tar_of
from imgscan.testing.image import LayerSource
from imgscan.testing.packages import alpine, debian, elf, wheel
from imgscan.testing.rpm import berkeley, header, ndb, package, sqlite

from ..packaged import ALL, told

OS = {"etc/os-release": b"ID=debian\nVERSION_ID=13\nPRETTY_NAME=Debian\n"}
RECORDS = [package("bash", "5.2"), package("su", "1", su=(0o104755, "0" * 64)), header({1000: "gpg-pubkey"})]


def packages(*layers: LayerSource) -> list[tuple[str, str, str]]:
    items = told(*layers).section("packages")
    return sorted((item["type"], item["name"], item["version"]) for item in items)


def index_of(*layers: LayerSource) -> Owners:
    view, _ = merged(*layers, analyzers=ALL)
    return view.derived(owners)


def test_dpkg_packages_are_listed_with_their_url_and_layer() -> None:
    first = OS | debian(("a", "1:1.0+b1", {}))
    second = debian(("a", "1:1.0+b1", {}), ("b", "2", {}))

    items = told(first, second).section("packages")

    assert [(item["name"], item["purl"], item["layer"]) for item in items] == [
        ("a", "pkg:deb/debian/a@1:1.0%2Bb1?arch=amd64&distro=debian-13", 0),
        ("b", "pkg:deb/debian/b@2?arch=amd64&distro=debian-13", 1),
    ]
    assert items[0]["path"] == "/var/lib/dpkg/status"


def test_an_upgraded_package_is_of_the_layer_that_upgraded_it() -> None:
    items = told(debian(("a", "1", {})), debian(("a", "2", {})), debian(("a", "2", {}))).section("packages")

    assert [(item["version"], item["layer"]) for item in items] == [("2", 1)]


def test_a_removed_package_is_not_listed() -> None:
    assert packages(debian(("a", "1", {}), ("b", "1", {})), debian(("a", "1", {}))) == [("deb", "a", "1")]


def test_packages_of_distroless_stand_in_files_of_their_own() -> None:
    files = {
        "var/lib/dpkg/status.d/base": b"Package: base-files\nVersion: 12\nArchitecture: amd64\n",
        "var/lib/dpkg/status.d/base.md5sums": b"0" * 32 + b"  etc/debian_version\n",
    }

    assert packages(files) == [("deb", "base-files", "12")]
    assert index_of(files).package("etc/debian_version") is not None


def test_apk_packages_are_listed() -> None:
    assert packages(alpine(("busybox", "1.36-r0", {}), ("musl", "1.2", {}))) == [
        ("apk", "busybox", "1.36-r0"),
        ("apk", "musl", "1.2"),
    ]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("usr/lib/sysimage/rpm/rpmdb.sqlite", sqlite(RECORDS)),
        ("usr/lib/sysimage/rpm/Packages.db", ndb(RECORDS)),
        ("var/lib/rpm/Packages", berkeley(RECORDS)),
    ],
)
def test_rpm_packages_are_listed_from_any_database_without_its_keys(path: str, data: bytes) -> None:
    assert packages({path: data}) == [("rpm", "bash", "5.2-1"), ("rpm", "su", "1-1")]


def test_an_rpm_epoch_is_a_qualifier() -> None:
    blob = header({1000: "a", 1001: "1", 1002: "2", 1003: [4], 1022: "noarch"})
    (item,) = told({"var/lib/rpm/rpmdb.sqlite": sqlite([blob])} | OS).section("packages")

    assert item["purl"] == "pkg:rpm/debian/a@1-2?arch=noarch&distro=debian-13&epoch=4"


def test_pacman_packages_are_listed_and_own_the_files_of_their_mtree() -> None:
    folder = "var/lib/pacman/local/bash-5.2-1"
    files = {
        f"{folder}/desc": b"%NAME%\nbash\n\n%VERSION%\n5.2-1\n\n%ARCH%\nx86_64\n\n",
        f"{folder}/files": b"%FILES%\nusr/\nusr/bin/bash\n",
        f"{folder}/mtree": gzip.compress(b"./usr/bin/bash mode=755 uid=0 gid=0 type=file\n"),
    }
    index = index_of(files)

    assert packages(files) == [("alpm", "bash", "5.2-1")]
    assert index.declared_mode("usr/bin/bash") == (0o755, "alpm database", True)


def test_language_packages_are_listed_and_name_the_system_package_they_came_in() -> None:
    files: dict[str, Any] = {
        **wheel("usr/lib/python3/site-packages", "requests", "2.31", {}),
        "app/node_modules/@s/left-pad/package.json": b'{"name": "@s/left-pad", "version": "1.3.0"}',
        "app/node_modules/x/dist/package.json": b'{"name": "inner", "version": "1"}',
        "usr/lib/ruby/gems/3.1.0/specifications/rake-13.gemspec": b'# stub: rake 13 ruby lib\n s.name = "rake"',
        "usr/lib/python3/dist-packages/six-1.16.egg-info": b"Name: six\nVersion: 1.16\n",
        **debian(("python3-six", "1.16-4", {"/usr/lib/python3/dist-packages/six-1.16.egg-info": b""})),
    }
    found = {item["name"]: (item["type"], item["purl"], item["package"]) for item in told(files).section("packages")}

    assert found == {
        "python3-six": ("deb", "pkg:deb/python3-six@1.16-4?arch=amd64", None),
        "requests": ("pypi", "pkg:pypi/requests@2.31", None),
        "@s/left-pad": ("npm", "pkg:npm/%40s/left-pad@1.3.0", None),
        "rake": ("gem", "pkg:gem/rake@13", None),
        "six": ("pypi", "pkg:pypi/six@1.16", "python3-six"),
    }


def test_a_database_that_a_later_layer_deleted_still_tells_what_was_installed() -> None:
    later = TarBuilder().whiteout("var/lib/dpkg")
    (item,) = told(debian(("a", "1", {})), later).section("packages")

    assert item["database"] == "deleted"


def test_a_language_package_that_a_later_layer_deleted_is_gone() -> None:
    assert packages(wheel("app", "a", "1", {}), TarBuilder().whiteout("app/a-1.dist-info")) == []


def test_a_damaged_database_is_a_finding_and_a_skip() -> None:
    result = told({"var/lib/rpm/Packages": b"not a database" * 50})

    assert result.rules() == [("packages.unreadable", "var/lib/rpm/Packages")]
    assert [skip.what for skip in result.skips] == ["package database"]


def test_an_empty_log_of_rpm_is_no_damage() -> None:
    assert told({"var/lib/rpm/rpmdb.sqlite-wal": b""}).findings == ()


def test_a_module_marker_is_no_package_and_no_damage() -> None:
    result = told({"app/package.json": b'{"type": "module"}'})

    assert (result.findings, result.section("packages")) == ((), [])


# Owners


def usr_merged(*packages: tuple[str, str, dict[str, bytes]]) -> LayerSource:
    tar = TarBuilder().directory("usr/bin/").symlink("bin", "usr/bin")
    for _, _, files in packages:
        for path, content in files.items():
            tar.file("usr" + path if path.startswith("/bin") else path[1:], content, mode=0o755)
    for name, content in debian(*packages).items():
        tar.file(name, content)
    return tar


def test_a_path_recorded_before_the_usr_merge_is_owned_where_it_lies() -> None:
    index = index_of(usr_merged(("coreutils", "9", {"/bin/ls": elf("ls")})))

    found = index.package("usr/bin/ls")
    assert found is not None
    assert found.title == "coreutils 9"
    assert index.package("usr/bin/other") is None


def test_a_diverted_path_is_the_diverters_and_the_other_packages_file_lies_elsewhere() -> None:
    files = debian(("dash", "1", {"/bin/sh": b"dash"}), ("bash", "5", {"/bin/sh": b"bash"})) | {
        "var/lib/dpkg/diversions": b"/bin/sh\n/bin/sh.distrib\ndash\n",
        "bin/sh": b"dash",
        "bin/sh.distrib": b"bash",
    }
    index = index_of(files)

    assert [index.package(path).record.name for path in ("bin/sh", "bin/sh.distrib")] == ["dash", "bash"]  # type: ignore[union-attr]  # both are owned


def test_maintainer_scripts_belong_to_their_package() -> None:
    index = index_of(debian(("a", "1", {})) | {"var/lib/dpkg/info/a.postinst": b"#!/bin/sh\n"})

    assert index.package("var/lib/dpkg/info/a.postinst") is not None
    assert index.package("var/lib/dpkg/info/b.postinst") is None


def test_compiled_python_belongs_to_the_owner_of_its_source() -> None:
    files = debian(("a", "1", {"/usr/lib/python3/a.py": b""}))
    index = index_of(files)

    assert index.package("usr/lib/python3/__pycache__/a.cpython-311.pyc") is not None
    assert index.package("usr/lib/python3/__pycache__/b.cpython-311.pyc") is None


def test_a_file_below_a_node_module_is_its_modules() -> None:
    index = index_of({"app/node_modules/a/package.json": b'{"name": "a", "version": "1"}'})

    assert index.package("app/node_modules/a/build/a.node") is not None
    assert index.package("app/node_modules/b/build/b.node") is None


def test_a_script_that_pip_put_below_its_target_is_the_distributions() -> None:
    files = wheel("opt/t", "a", "1", {"a.py": b""})
    files["opt/t/a-1.dist-info/RECORD"] += b"../../bin/tool,sha256=x,1\n"
    index = index_of(files | {"opt/t/bin/tool": b"#!/usr/bin/python3\n"})

    assert index.package("opt/t/bin/tool") is not None
    assert index.package("bin/tool") is None


def test_a_system_package_owns_what_a_distribution_claims_too() -> None:
    files = wheel("usr/lib/python3/dist-packages", "evil", "1", {})
    files["usr/lib/python3/dist-packages/evil-1.dist-info/RECORD"] += b"../../../bin/su,,\n"
    index = index_of(files | debian(("login", "1", {"/usr/bin/su": b""})))

    found = index.package("usr/bin/su")
    assert found is not None
    assert found.record.name == "login"


def test_without_a_database_ownership_is_unknown_and_says_why() -> None:
    assert index_of({"bin/sh": b""}).unknown_reason() == "the image has no package database"
    broken = index_of({"var/lib/rpm/Packages": b"x" * 600})
    assert (broken.known, broken.unknown_reason()) == (False, "the package database could not be read")


def test_ownership_cannot_be_asked_where_package_files_were_not_observed() -> None:
    view, _ = merged(debian(("a", "1", {})), analyzers=(AccountFiles(),))

    with pytest.raises(LookupError, match="packages did not run"):
        view.derived(owners)


# Rewritten records and releases


def test_a_checksum_list_rewritten_without_its_package_is_a_finding() -> None:
    first = debian(("coreutils", "9", {"/bin/ls": b"ls"}))
    second = debian(("coreutils", "9", {"/bin/ls": b"evil"}))
    result = told(first, second)

    found = result.finding("packages.record-rewritten")
    assert found.severity is Severity.HIGH
    assert found.layer is not None
    assert (found.layer.index, found.evidence["paths"]) == (1, ["/bin/ls"])


def test_a_status_rewritten_whole_by_another_installation_is_none() -> None:
    first = debian(("coreutils", "9", {"/bin/ls": b"ls"}))
    second = debian(("coreutils", "9", {"/bin/ls": b"ls"}), ("zsh", "5", {"/bin/zsh": b"zsh"}))

    assert told(first, second).rules() == []


def test_a_list_that_lost_a_path_to_a_package_that_replaces_it_is_none() -> None:
    first = debian(("a", "1", {"/bin/x": b"1", "/bin/y": b"2"}))
    second = debian(("a", "1", {"/bin/x": b"1"}), ("b", "1", {"/bin/y": b"3"}))

    assert told(first, second).rules() == []


def test_an_rpm_header_rewritten_without_its_version_is_a_finding() -> None:
    path = "var/lib/rpm/rpmdb.sqlite"
    first, second = (sqlite([package("a", x=(0o100755, digest * 64))]) for digest in "01")

    assert told({path: first}, {path: second}).rules() == [("packages.record-rewritten", path)]


@pytest.mark.parametrize(
    ("release", "rule"),
    [
        (b"ID=alpine\nVERSION_ID=3.10.4\n", ["packages.end-of-life"]),
        (b"ID=debian\nVERSION_ID=13\n", []),
        (b"ID=unheard-of\nVERSION_ID=1\n", []),
    ],
)
def test_a_release_past_its_end_is_a_finding(release: bytes, rule: list[str]) -> None:
    result = told({"etc/os-release": release})

    assert [finding.rule for finding in result.findings] == rule
    assert len(result.section("release")) == 1


def test_a_release_with_paid_support_left_ranks_lower() -> None:
    assert told({"etc/os-release": b"ID=debian\nVERSION_ID=12\n"}).findings[0].severity is Severity.MEDIUM
    assert told({"etc/os-release": b"ID=debian\nVERSION_ID=10\n"}).findings[0].severity is Severity.HIGH


def test_etc_os_release_counts_before_the_vendors() -> None:
    files = {"etc/os-release": b"ID=a\n", "usr/lib/os-release": b"ID=b\n"}

    assert told(files).section("release")[0]["id"] == "a"


def test_the_table_of_releases_has_dates_in_order() -> None:
    table = end_of_life_table()
    dates = [table.date, *(row.end for rows in table.releases.values() for row in rows.values())]

    assert all(len(date) == 10 and date[4] == date[7] == "-" for date in dates)
    assert end_of_life(OsRelease(id="alpine", version_id="3.22.1")) is not None


def test_what_is_observed_of_a_layer_does_not_hang_on_other_layers() -> None:
    layer = tar_of(debian(("a", "1", {"/bin/x": b"x"})))

    assert facts_of(PackageFiles(), layer) == facts_of(PackageFiles(), layer)
    assert {path for path, _ in facts_of(PackageFiles(), layer)} == {
        "var/lib/dpkg/status",
        "var/lib/dpkg/info/a.list",
        "var/lib/dpkg/info/a.md5sums",
    }


def apk_database(*packages: str, times: int = 1) -> bytes:
    return "".join(f"P:{name}\nV:1\nA:x86_64\nF:usr\n" + "R:a\n" * times + "\n" for name in packages).encode()


def test_a_path_that_a_package_lists_twice_is_claimed_once() -> None:
    index = index_of({"lib/apk/db/installed": apk_database("one", "two", times=3), "usr/a": b""})

    assert [package.record.name for package, _ in index.claims("usr/a")] == ["one", "two"]


def test_many_claims_on_one_path_are_freed_without_recursion() -> None:
    claim: Claim | None = None
    for number in range(300_000):
        claim = Claim(number, PackageFile("usr/a"), claim)

    del claim  # without the care that the class takes, the process ends here
