"""Files that are not what their package installed, and programs that no package did."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import pytest

from imgscan.analyzers.integrity.analyzer import Integrity
from imgscan.analyzers.packages.analyzer import Packages
from imgscan.model.finding import Severity
from imgscan.system.packages.digests import same_digest
from imgscan.system.packages.programs import Digests
from imgscan.testing import TarBuilder
from imgscan.testing.image import LayerSource
from imgscan.testing.packages import alpine, debian, elf, wheel
from imgscan.testing.rpm import Value, header, immutable, package, sqlite

from ..packaged import Told, told

LS = "/usr/bin/ls"
LARGEST = 2 << 20
BOUNDED = (Packages(), Integrity(LARGEST))
BIN = {"/usr/bin/ls": elf("ls"), "/usr/bin/cat": elf("cat")}


def installed(files: Mapping[str, bytes], database: Mapping[str, bytes]) -> dict[str, bytes | tuple[int, bytes]]:
    """Return a layer with a database and the files it speaks of, executable."""
    return {**database, **{path.strip("/"): (0o755, content) for path, content in files.items()}}


def modified(result: Told) -> list[str]:
    return sorted(item.path for item in result.findings if item.rule == "integrity.modified" and item.path)


BASE = installed(BIN, debian(("coreutils", "9", BIN)))


def counts(result: Told, kind: str = "deb") -> dict[str, int]:
    (item,) = (item for item in result.section("integrity") if item["type"] == kind)
    return {key: value for key, value in item.items() if key != "type"}


def test_files_as_installed_match_and_nothing_is_said() -> None:
    result = told(BASE)

    assert result.rules() == []
    assert counts(result) == {"files": 2, "matching": 2}


def test_a_file_changed_by_a_later_layer_is_modified_even_when_its_checksum_was_rewritten() -> None:
    evil = {LS: elf("evil"), "/usr/bin/cat": elf("cat")}
    result = told(BASE, installed({LS: elf("evil")}, debian(("coreutils", "9", evil))))

    found = result.finding("integrity.modified")
    assert (found.path, found.severity) == ("usr/bin/ls", Severity.HIGH)
    assert (found.evidence["installed_in"], found.evidence["list_rewritten_in"]) == (0, [1])
    assert found.layer is not None
    assert found.layer.index == 1
    assert found.remediation == (
        "RUN apt-get update && apt-get install -y --reinstall coreutils && rm -rf /var/lib/apt/lists/*"
    )


def test_a_file_changed_by_the_layer_that_installed_it_is_modified() -> None:
    assert modified(told({**BASE, "usr/bin/ls": (0o755, elf("evil"))})) == ["usr/bin/ls"]


def test_an_upgrade_of_the_package_is_no_modification() -> None:
    new = {LS: elf("ls 10"), "/usr/bin/cat": elf("cat 10")}

    assert told(BASE, installed(new, debian(("coreutils", "10", new)))).rules() == []


def test_a_file_written_again_with_the_same_content_is_none() -> None:
    assert told(BASE, {"usr/bin/ls": (0o700, BIN[LS])}).rules() == []


def test_a_package_that_replaces_a_file_of_another_is_no_modification() -> None:
    new = {LS: elf("busybox ls")}
    second = installed(new, debian(("coreutils", "9", BIN), ("busybox-ls", "1", new)))

    assert modified(told(BASE, second)) == []


def test_a_file_turned_into_a_symlink_is_modified() -> None:
    result = told(BASE, TarBuilder().symlink("usr/bin/ls", "/opt/evil"))

    assert result.finding("integrity.modified").evidence["how"] == "kind"


def test_a_configuration_file_may_be_changed() -> None:
    database = debian(("a", "1", {}), conffiles={"a": {"/etc/a.sh": b"#!/bin/sh\nold"}})
    result = told({**database, "etc/a.sh": b"#!/bin/sh\nnew"})

    assert (result.rules(), counts(result)) == ([], {"files": 1, "configuration": 1})


def test_a_missing_file_is_counted_and_no_tampering() -> None:
    files = {"/usr/share/doc/a/README": b"text", "/usr/bin/gone": elf("gone")}
    result = told(debian(("a", "1", files)))

    assert result.rules() == []
    assert counts(result) == {"files": 2, "missing": 2, "missing_documentation": 1}


def test_a_diverted_file_is_compared_where_it_lies() -> None:
    files = installed(
        {"/bin/sh": elf("dash"), "/bin/sh.distrib": elf("bash")},
        debian(("dash", "1", {"/bin/sh": elf("dash")}), ("bash", "5", {"/bin/sh": elf("bash")})),
    )
    diverted = {**files, "var/lib/dpkg/diversions": b"/bin/sh\n/bin/sh.distrib\ndash\n"}

    assert told(diverted).rules() == []


def test_what_is_neither_program_nor_code_is_compared_by_size_where_a_later_layer_wrote_it() -> None:
    files = {"/usr/share/a/data": b"12345", "/usr/share/a/other": b"12345"}
    base = installed(files, debian(("a", "1", files)))
    result = told(base, {"usr/share/a/data": b"123456", "usr/share/a/other": b"54321"})

    assert modified(result) == ["usr/share/a/data"]
    assert counts(result) == {"files": 2, "modified": 1, "touched": 1}
    assert [(skip.what, skip.count) for skip in result.skips] == [("file integrity", 1)]


def huge(mtime: int = 0, mode: int = 0o755) -> TarBuilder:
    return TarBuilder().file("usr/bin/huge", elf("") + bytes(LARGEST), mode=mode, mtime=mtime)


def test_a_program_too_large_to_be_hashed_that_a_later_layer_wrote_anew_is_told_as_what_it_is() -> None:
    base = huge()
    for name, content in debian(("a", "1", {"/usr/bin/huge": elf("") + bytes(LARGEST)})).items():
        base.file(name, content)

    assert told(base, huge(mode=0o700), analyzers=BOUNDED).rules() == []  # copied up to change its mode
    found = told(base, huge(mtime=5), analyzers=BOUNDED).finding("integrity.modified")
    assert (found.severity, found.evidence["how"]) == (Severity.MEDIUM, "time")
    assert (found.evidence["recorded"], found.evidence["found"]) == ("changed at 0", "changed at 5")


def test_a_later_layer_cannot_name_a_program_as_configuration() -> None:
    def marked(conffiles: str) -> dict[str, bytes]:
        database = debian(("coreutils", "9", BIN))
        status = database["var/lib/dpkg/status"].rstrip(b"\n")
        return {**database, "var/lib/dpkg/status": status + conffiles.encode() + b"\n"}

    conffiles = f"\nConffiles:\n {LS} {'0' * 32}"
    evil = {LS.strip("/"): (0o755, elf("evil"))}
    result = told(BASE, {**evil, "var/lib/dpkg/status": marked(conffiles)["var/lib/dpkg/status"]})

    assert modified(result) == ["usr/bin/ls"]
    (rewritten,) = (item for item in result.findings if item.rule == "packages.record-rewritten")
    assert rewritten.layer is not None
    assert rewritten.layer.index == 1
    # What the package itself says is configuration may change.
    assert told(installed(BIN, marked(conffiles)), {**evil}).rules() == []


@pytest.mark.parametrize(("content", "how"), [("evil!", "size"), ("evil", "content"), ("good", None)])
def test_a_directory_that_became_a_link_hides_no_change(content: str, how: str | None) -> None:
    files = {"/usr/lib/ssh/keysign": elf("good"), "/usr/share/perl/strict.pm": b"good"}
    base = installed(files, debian(("ssh", "1", files)))
    moved = TarBuilder().whiteout("usr/lib/ssh").symlink("usr/lib/ssh", "/opt/ssh")
    moved.file("opt/ssh/keysign", elf(content), mode=0o755)

    found = [item.evidence["how"] for item in told(base, moved).findings if item.rule == "integrity.modified"]

    assert found == ([how] if how else [])


def test_what_was_not_compared_is_told() -> None:
    files = {"/usr/share/a/data": b"12345", "/usr/bin/huge": elf("") + bytes(LARGEST)}
    result = told(installed(files, debian(("a", "1", files))), analyzers=BOUNDED)

    assert result.rules() == []
    assert sorted(skip.count for skip in result.skips) == [1, 1]
    assert counts(result) == {"files": 2, "not_hashed": 1, "too_large": 1}


def test_the_largest_program_that_is_hashed_is_a_limit() -> None:
    large = elf("good") + bytes(LARGEST)
    base = installed({"/usr/bin/huge": elf("evil") + bytes(LARGEST)}, debian(("a", "1", {"/usr/bin/huge": large})))

    bounded = told(base, analyzers=BOUNDED)
    assert bounded.rules() == []
    assert counts(bounded) == {"files": 1, "too_large": 1}
    every = told(base)
    assert every.finding("integrity.modified").evidence["how"] == "content"
    assert every.skips == ()
    (skip,) = bounded.skips
    assert skip.why.startswith("programs over 2.1 MB (limits.hashed_bytes)")


def test_a_large_program_is_compared_whole_by_default() -> None:
    good = elf("x") + bytes(3 << 20)
    evil = good[:-100] + b"y" + good[-99:]
    base = installed({"/usr/bin/big": evil}, debian(("a", "1", {"/usr/bin/big": good})))

    assert told(base).finding("integrity.modified").evidence["how"] == "content"


def test_configuration_as_it_was_installed_is_compared_and_a_changed_one_is_no_sign() -> None:
    files = {"/etc/a.conf": b"as installed", "/etc/b.conf": b"as installed"}
    base = debian(("a", "1", {"/usr/bin/a": elf("a")}), conffiles={"a": files})

    result = told({**base, "usr/bin/a": elf("a"), "etc/a.conf": b"as installed", "etc/b.conf": b"changed"})

    assert result.rules() == []
    assert counts(result) == {"configuration": 1, "files": 3, "matching": 2}


def test_sources_of_the_systems_interpreters_are_compared() -> None:
    files = {"/usr/lib/python3/os.py": b"good"}
    base = installed(files, debian(("python3", "3", files)))

    assert modified(told({**base, "usr/lib/python3/os.py": b"evil"})) == ["usr/lib/python3/os.py"]


def test_many_files_of_one_package_are_one_finding() -> None:
    files = {f"/usr/bin/{name}": elf(name) for name in "abcdefgh"}
    changed = {path.strip("/"): (0o755, elf("evil " + path)) for path in files}
    result = told(installed(files, debian(("many", "1", files))), changed)

    found = result.finding("integrity.modified-package")
    assert (found.evidence["count"], len(found.evidence["paths"])) == (8, 8)


# The other databases


def test_apk_digests_are_sha1_and_a_symlinks_is_of_its_text() -> None:
    database = alpine(
        ("a", "1", {"/bin/a": (0o755, elf("a")), "/bin/link": (0o777, b"a"), "/bin/b": (0o755, elf("b"))})
    )
    tar = (
        TarBuilder().file("bin/a", elf("a"), mode=0o755).symlink("bin/link", "a").file("bin/b", elf("evil"), mode=0o755)
    )
    for name, content in database.items():
        tar.file(name, content)
    result = told(tar)

    assert modified(result) == ["bin/b"]
    assert counts(result, "apk") == {"files": 3, "matching": 2, "modified": 1}


def rpm(flags: int = 0, verify: int = 0xFFFFFFFF, content: bytes = b"", algorithm: int = 8) -> LayerSource:
    digest = sha256(elf("a")).hexdigest()
    tags: dict[int, Value] = {
        1000: "a",
        1001: "1",
        1030: [0o100755],
        1035: [digest],
        1037: [flags],
        1045: [verify],
        1116: [0],
    }
    blob = header({**tags, 1117: ["a"], 1118: ["/usr/bin/"], 5011: [algorithm]})
    return {"var/lib/rpm/rpmdb.sqlite": sqlite([blob]), "usr/bin/a": (0o755, content or elf("a"))}


def test_rpm_digests_are_of_the_algorithm_that_the_header_names() -> None:
    assert told(rpm()).rules() == []
    assert modified(told(rpm(content=elf("evil")))) == ["usr/bin/a"]
    assert [skip.count for skip in told(rpm(algorithm=10)).skips] == [1]  # SHA-512 is not computed


@pytest.mark.parametrize(("flags", "verify"), [(1, 0xFFFFFFFF), (64, 0xFFFFFFFF), (0, 0xFFFFFFFE)])
def test_what_rpm_itself_does_not_verify_is_none(flags: int, verify: int) -> None:
    assert modified(told(rpm(flags, verify, elf("evil")))) == []


def test_a_wheels_library_is_compared_with_its_record() -> None:
    files = wheel("opt/site", "a", "1", {"a/lib.so": elf("a"), "a/__init__.py": b""})

    assert told(files).rules() == []
    found = told({**files, "opt/site/a/lib.so": elf("evil")}).finding("integrity.modified")
    assert (found.severity, found.remediation) == (Severity.MEDIUM, "RUN pip install --force-reinstall --no-deps a==1")


def test_a_record_rewritten_by_a_later_layer_hides_nothing() -> None:
    good, evil = (wheel("opt/site", "a", "1", {"a/lib.so": elf(text)}) for text in ("good", "evil"))

    assert modified(told(good, evil)) == ["opt/site/a/lib.so"]


# Programs without an owner


def test_a_program_that_no_package_installed_is_an_item_and_a_finding() -> None:
    result = told(BASE, {"usr/bin/implant": (0o755, elf("x")), "srv/app/run.sh": (0o755, b"#!/bin/sh\n")})

    assert sorted(item["path"] for item in result.section("unowned_programs")) == [
        "/srv/app/run.sh",
        "/usr/bin/implant",
    ]
    assert result.rules() == [
        ("integrity.unowned-program", "srv/app/run.sh"),
        ("integrity.unowned-system-program", "usr/bin/implant"),
    ]


def test_a_script_that_nobody_may_run_is_none() -> None:
    assert told(BASE, {"usr/bin/notes": (0o644, b"#!/bin/sh\n")}).rules() == []


def test_programs_of_one_directory_and_layer_are_one_finding() -> None:
    result = told(BASE, {f"opt/app/bin/{name}": (0o755, elf(name)) for name in "abc"})

    found = result.finding("integrity.unowned-program")
    assert (found.path, found.evidence["count"]) == ("opt/app", 3)


def test_a_hardlink_of_an_owned_program_is_owned() -> None:
    tar = TarBuilder().file("usr/bin/git", elf("git"), mode=0o755).hardlink("usr/lib/git-core/git-log", "usr/bin/git")
    for name, content in debian(("git", "2", {"/usr/bin/git": elf("git")})).items():
        tar.file(name, content)

    assert told(tar).rules() == []


def test_without_a_database_nothing_lacks_an_owner_and_the_report_says_so() -> None:
    result = told({"app": (0o755, elf("x"))})

    assert (result.rules(), result.section("unowned_programs")) == ([], [])
    assert [(skip.what, skip.why) for skip in result.skips] == [
        ("owners of programs", "the image has no package database")
    ]


@pytest.mark.parametrize(
    ("recorded", "same"),
    [
        ("md5:" + "0" * 32, True),
        ("md5:" + "1" * 32, False),
        ("sha512:00", None),
        ("", None),
        ("sha256:" + "0" * 64, None),
    ],
)
def test_a_digest_is_compared_with_the_one_of_its_kind(recorded: str, same: bool | None) -> None:
    assert same_digest(recorded, Digests(md5="0" * 32)) is same


def test_a_remedy_obeys_no_name_of_the_image() -> None:
    files = {"/usr/bin/a": elf("a")}
    image = installed({"/usr/bin/a": elf("evil")}, debian(("a; reboot", "1", files)))

    found = told(image).finding("integrity.modified")

    assert "--reinstall 'a; reboot' &&" in found.remediation


# What rpm's database says of itself


def test_a_header_of_the_database_that_was_changed_is_told() -> None:
    blob = immutable(package("bash", "5.2", bash=(0o100755, "0" * 64)))
    changed = blob.replace(b"0" * 64, b"1" * 64, 1)

    assert told({"var/lib/rpm/rpmdb.sqlite": sqlite([blob])}).rules() == []
    found = told({"var/lib/rpm/rpmdb.sqlite": sqlite([blob, changed])}).finding("packages.header-altered")
    assert (found.severity, found.evidence["packages"]) == (Severity.HIGH, ["bash 5.2-1"])
    assert found.remediation == "RUN dnf reinstall -y bash"


@pytest.mark.parametrize(
    ("path", "expected"),
    [("etc/issue", []), ("etc/init.d/sshd", ["etc/init.d/sshd"]), ("usr/share/x", ["usr/share/x"])],
)
def test_what_apk_protects_is_configuration_and_other_files_are_not(path: str, expected: list[str]) -> None:
    old, new = b"as installed", b"otherwise, and longer"
    database = alpine(("baselayout", "1", {f"/{path}": (0o644, old)}))

    assert modified(told({**database, path: old}, {path: new})) == expected


def test_a_script_among_what_apk_protects_is_compared() -> None:
    path, old = "etc/profile.d/color.sh", b"#!/bin/sh\n"
    database = alpine(("baselayout", "1", {f"/{path}": (0o755, old)}))

    assert modified(told({**database, path: (0o755, old)}, {path: (0o755, old + b"evil")})) == [path]
