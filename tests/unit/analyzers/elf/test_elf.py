"""ELF files judged one by one: search paths, loaders, memory, rights, packers; and the inventory."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from imgscan.analyzers.elf.analyzer import Elf
from imgscan.model.finding import Finding, Severity
from imgscan.model.image import ImageConfig
from imgscan.system.elf.observer import ElfContents, ElfFact
from imgscan.testing import Concluded, TarBuilder, conclude, elf, facts_of, program, tar_of
from imgscan.testing.elf import ET_EXEC

LOADER = elf(soname="ld-linux-x86-64.so.2")
LIBC = program(soname="libc.so.6", tags={}, needed=["ld-linux-x86-64.so.2"], imports=["__stack_chk_fail"])
XATTR = {"security.capability": b"\x01\x00\x00\x02" + bytes(16)}


def system() -> TarBuilder:
    """Return a root with a C library and its loader."""
    layer = TarBuilder().directory("tmp", mode=0o1777).directory("opt", mode=0o755)
    layer = layer.file("lib64/ld-linux-x86-64.so.2", LOADER, mode=0o755)
    return layer.file("lib/x86_64-linux-gnu/libc.so.6", LIBC, mode=0o755)


def judged(layer: TarBuilder, config: ImageConfig | None = None) -> Concluded:
    found = conclude(Elf(), layer, config=config)
    assert found.problems == ()
    return found


def with_program(mode: int = 0o755, xattrs: dict[str, bytes] | None = None, **what: Any) -> Concluded:
    return judged(system().file("usr/bin/prog", program(**what), mode=mode, xattrs=xattrs))


def rules(found: Concluded) -> list[tuple[str, str]]:
    return sorted((finding.rule, finding.severity.name) for finding in found.findings)


def one(found: Concluded, rule: str) -> Finding:
    (finding,) = (finding for finding in found.findings if finding.rule == rule)
    return finding


def test_an_ordinary_system_has_nothing_to_judge() -> None:
    assert with_program().findings == ()


@pytest.mark.parametrize(
    ("runpath", "severity"),
    [
        ("lib", Severity.HIGH),
        (":/lib64", Severity.HIGH),
        ("/lib64::", Severity.HIGH),
        ("/tmp", Severity.HIGH),
        ("/tmp/build/lib", Severity.HIGH),
        ("/var/loose", Severity.HIGH),
        ("/var/loose/inner", Severity.HIGH),
        ("$ORIGIN/../../tmp", Severity.HIGH),
        ("/opt/gone/lib", Severity.INFO),
        ("", Severity.INFO),
    ],
)
@pytest.mark.parametrize("tag", ["rpath", "runpath"])
def test_a_search_path_that_others_can_fill_is_insecure(tag: str, runpath: str, severity: Severity) -> None:
    layer = system().directory("var/loose", mode=0o777).directory("var/loose/inner", mode=0o755)

    found = judged(layer.file("usr/bin/prog", program(**{tag: runpath}), mode=0o755))

    finding = one(found, "elf.insecure-rpath")
    assert finding.severity is severity
    assert finding.evidence["value"] == runpath
    assert finding.evidence["tag"] == tag.upper()


@pytest.mark.parametrize(
    "runpath",
    [
        "/usr/lib",
        "$ORIGIN",
        "${ORIGIN}/../lib",
        "$ORIGIN/../gone.libs",
        "/lib/x86_64-linux-gnu:/usr/lib",
        "/usr/$LIB",
        "/usr/${LIB}/../lib",
        "$PLATFORM/x/$ORIGIN",
        "/tmp/root/lib",
    ],
)
def test_a_search_path_that_only_the_owner_can_fill_is_fine(runpath: str) -> None:
    layer = system().directory("usr/lib", mode=0o755).directory("tmp/root/lib", mode=0o755)

    found = judged(layer.file("usr/bin/prog", program(runpath=runpath), mode=0o755))

    assert [item for item in rules(found) if item != ("elf.insecure-rpath", "HIGH")] == []
    assert rules(found) == [] or runpath.startswith("$PLATFORM")


WRITERS = (
    ("/opt/own/lib", {"opt/own/lib": (0o755, 1500, 0)}),
    ("/opt/grp/lib", {"opt/grp/lib": (0o775, 0, 50)}),
    ("/opt/par/sub/lib", {"opt/par": (0o755, 0, 0), "opt/par/sub": (0o755, 1500, 0), "opt/par/sub/lib": (0o755, 0, 0)}),
)


@pytest.mark.parametrize(("runpath", "folders"), WRITERS)
@pytest.mark.parametrize(("mode", "severity"), [(0o755, Severity.MEDIUM), (0o4755, Severity.HIGH)])
def test_a_search_path_that_another_user_than_the_owner_can_fill_is_insecure(
    runpath: str, folders: dict[str, tuple[int, int, int]], mode: int, severity: Severity
) -> None:
    layer = system().file("etc/group", b"root:x:0:\nstaff:x:50:bob\n").file("etc/passwd", b"bob:x:7:7::/:/bin/sh\n")
    for path, (folder_mode, uid, gid) in folders.items():
        layer.directory(path, mode=folder_mode, uid=uid, gid=gid)

    finding = one(judged(layer.file("usr/bin/prog", program(runpath=runpath), mode=mode)), "elf.insecure-rpath")

    assert finding.severity is severity
    assert " can write to /opt/" in finding.message


def test_a_search_path_of_the_programs_own_user_is_fine() -> None:
    layer = system().directory("opt/own", mode=0o755, uid=1500).directory("opt/own/lib", mode=0o755, uid=1500)

    assert judged(layer.file("opt/own/prog", program(runpath="$ORIGIN/lib"), mode=0o755, uid=1500)).findings == ()


def test_an_rpath_does_not_count_beside_a_runpath() -> None:
    assert with_program(rpath="lib", runpath="/usr").findings == ()


def test_a_librarys_relative_search_path_ranks_below_a_programs() -> None:
    found = judged(system().file("usr/lib/liba.so", elf(runpath="lib")))

    assert one(found, "elf.insecure-rpath").severity is Severity.MEDIUM


@pytest.mark.parametrize("mode", [0o4755, 0o2755])
def test_origin_in_a_file_that_gains_rights_is_insecure(mode: int) -> None:
    assert one(with_program(mode=mode, runpath="$ORIGIN/../lib"), "elf.insecure-rpath").severity is Severity.HIGH
    assert one(with_program(mode=mode, runpath="lib"), "elf.insecure-rpath").severity is Severity.CRITICAL


def test_each_element_is_judged_alone() -> None:
    found = with_program(runpath="/tmp:lib:/usr")

    assert [finding.evidence["element"] for finding in found.findings] == ["/tmp", "lib"]
    assert len({finding.identity for finding in found.findings}) == 2


def test_a_program_without_its_loader_cannot_start() -> None:
    found = judged(TarBuilder().file("app", program(needed=()), mode=0o755))

    finding = one(found, "elf.missing-interpreter")
    assert finding.severity is Severity.MEDIUM
    assert finding.evidence["interpreter"] == "/lib64/ld-linux-x86-64.so.2"


def test_a_loader_is_found_through_links() -> None:
    layer = TarBuilder().symlink("lib64", "usr/lib64").symlink("usr/lib64/ld-linux-x86-64.so.2", "../lib/ld.so")
    layer = layer.file("usr/lib/ld.so", LOADER, mode=0o755)

    assert judged(layer.file("app", program(needed=()), mode=0o755)).findings == ()


def test_a_loader_of_the_current_directory_is_odd() -> None:
    assert one(with_program(interpreter="ld.so"), "elf.odd-interpreter").severity is Severity.HIGH


def test_a_loader_outside_the_library_directories_is_odd() -> None:
    layer = system().file("opt/ld.so", LOADER, mode=0o755)

    found = judged(layer.file("usr/bin/prog", program(interpreter="/opt/ld.so"), mode=0o755))

    assert one(found, "elf.odd-interpreter").severity is Severity.LOW


@pytest.mark.parametrize(
    ("what", "rule"),
    [
        ({"stack": 7}, "elf.executable-stack"),
        ({"load_flags": 7}, "elf.writable-code"),
        ({"tags": {22: 0, 24: 0}}, "elf.text-relocations"),
    ],
)
def test_memory_that_is_writable_and_executable_is_told(what: dict[str, Any], rule: str) -> None:
    assert one(with_program(**what), rule).severity is Severity.LOW
    assert one(with_program(mode=0o4755, **what), rule).severity is Severity.MEDIUM


@pytest.mark.parametrize(
    ("what", "lacks", "severity"),
    [
        ({"type": ET_EXEC}, ["no PIE"], Severity.MEDIUM),
        ({"relro": False}, ["no RELRO"], Severity.MEDIUM),
        ({"tags": {}}, ["partial RELRO"], Severity.LOW),
        ({"imports": ["puts"]}, ["no stack canary"], Severity.MEDIUM),
        ({"type": ET_EXEC, "tags": {}}, ["no PIE", "partial RELRO"], Severity.MEDIUM),
        ({"stack": 7}, ["an executable stack"], Severity.HIGH),
    ],
)
def test_a_weak_program_that_gains_rights_is_told_with_all_it_lacks(
    what: dict[str, Any], lacks: list[str], severity: Severity
) -> None:
    for mode, xattrs, word in ((0o4755, None, "SUID"), (0o2755, None, "SGID"), (0o755, XATTR, "file capabilities")):
        finding = one(with_program(mode=mode, xattrs=xattrs, **what), "elf.weak-privileged")

        assert (finding.severity, finding.evidence["lacks"]) == (severity, lacks)
        assert word in finding.message
    assert [rule for rule, _ in rules(with_program(**what)) if rule == "elf.weak-privileged"] == []


@pytest.mark.parametrize("mode", [0o4755, 0o6755])
def test_a_strong_program_that_gains_rights_is_not_told(mode: int) -> None:
    assert with_program(mode=mode).findings == ()


def test_a_suid_bit_on_what_nobody_can_run_gives_no_rights() -> None:
    assert with_program(mode=0o4644, type=ET_EXEC).findings == ()


def upx(data: bytes) -> bytes:
    at = 64 + 56 * int.from_bytes(data[56:58], "little")
    return data[:at] + b"\1\2\3\4UPX!" + data[at + 8 :]


def test_packed_code_is_told() -> None:
    packed = upx(elf(type=ET_EXEC, dynamic=False, sections=False, contents={"x": bytes(100)}))

    finding = one(judged(system().file("usr/bin/prog", packed, mode=0o755)), "elf.packed")

    assert (finding.severity, finding.evidence["packer"]) == (Severity.MEDIUM, "UPX")


def test_a_program_that_only_names_the_packer_is_not_packed() -> None:
    assert with_program(contents={".rodata": b"UPX!" + bytes(500)}).findings == ()


def test_code_that_does_not_compress_and_has_no_sections_is_suspected() -> None:
    import random

    noise = random.Random(1).randbytes(100_000)
    packed = elf(type=ET_EXEC, dynamic=False, sections=False, contents={"x": noise})
    plain = elf(type=ET_EXEC, dynamic=False, sections=False, contents={"x": b"\x48\x89\xe5\xc3" * 25_000})
    known = elf(type=ET_EXEC, dynamic=False, contents={"x": noise})

    assert one(judged(system().file("a", packed, mode=0o755)), "elf.packed").evidence["packer"] == "unknown packer"
    assert judged(system().file("a", plain, mode=0o755)).findings == ()
    assert judged(system().file("a", known, mode=0o755)).findings == ()


@pytest.mark.parametrize(
    ("overlay", "name"),
    [
        (b"x" * 100 + b"MEI\x0c\x0b\x0a\x0b\x0e" + bytes(80), "PyInstaller"),
        (b"x" * 100 + b"\n---- Bun! ----\n", "bun build"),
        (b"<nexe~~sentinel>" + bytes(16), "nexe"),
    ],
)
def test_a_program_that_carries_its_files_is_told(overlay: bytes, name: str) -> None:
    finding = one(with_program(overlay=overlay), "elf.bundle")

    assert (finding.severity, finding.evidence["packer"]) == (Severity.INFO, name)


def test_much_appended_data_is_told_and_little_is_not() -> None:
    assert one(with_program(overlay=bytes(70_000)), "elf.appended-data").evidence["appended_bytes"] == 70_000
    assert with_program(overlay=b"signature").findings == ()


def test_a_damaged_file_that_can_be_run_is_told() -> None:
    data = program()[:-10]

    assert one(judged(system().file("a", data, mode=0o755)), "elf.malformed").severity is Severity.LOW
    assert judged(system().file("a", data, mode=0o644)).findings == ()


def test_the_inventory_counts_by_language_and_lists_what_was_judged() -> None:
    layer = system().file("usr/bin/a", program(type=ET_EXEC, tags={}), mode=0o4755)
    layer = layer.file("usr/bin/go", elf(type=ET_EXEC, dynamic=False, contents={".gopclntab": b""}), mode=0o755)
    layer = layer.file("usr/lib/x.ko", elf(type=1, contents={".modinfo": b""}))

    (item,) = judged(layer).items

    assert item.section == "elf"
    assert item.data["files"] == 5
    assert item.data["kinds"] == {"executable": 1, "kernel-module": 1, "library": 2, "static": 1}
    assert item.data["machines"] == {"x86-64 64": 5}
    languages = item.data["languages"]
    assert {name: table["programs"] for name, table in languages.items()} == {"c": 1, "go": 1, "unknown": 0}
    assert languages["c"]["pie"] == {"n/a": 1, "no": 1}
    assert languages["go"]["canary"] == {"n/a": 1}
    (row,) = item.data["judged"]
    assert (row["path"], row["mode"], row["kind"], row["relro"]) == ("/usr/bin/a", "4755", "executable", "partial")
    assert row["rules"] == ["elf.weak-privileged"]


def test_an_image_without_elf_files_has_no_inventory_of_them() -> None:
    assert judged(TarBuilder().file("a", b"text")).items == ()


def test_hidden_files_are_observed_and_not_judged() -> None:
    layer = tar_of({"bin/a": (0o755, program(runpath="lib"))})

    found = conclude(Elf(), layer, tar_of({"bin/.wh.a": b""}))

    assert (found.findings, found.items) == ((), ())
    assert [path for path, _ in facts_of(ElfContents(), layer)] == ["bin/a"]


def test_facts_are_plain_values() -> None:
    ((_, data),) = facts_of(ElfContents(), tar_of({"a": program(runpath="/x")}))

    elf = msgspec.to_builtins(data)["elf"]
    assert elf["needed"] == ("libc.so.6",)
    assert elf["runpath"] == "/x"
    assert "rpath" not in elf


def test_what_only_starts_like_an_elf_file_is_malformed() -> None:
    assert facts_of(ElfContents(), tar_of({"a": b"\x7fELF"})) == [("a", ElfFact())]
    assert judged(TarBuilder().file("a", b"\x7fELF", mode=0o755)).findings == ()


def test_a_file_of_many_names_is_judged_once() -> None:
    layer = system().file("usr/bin/a", program(runpath="lib"), mode=0o755)
    layer = layer.hardlink("usr/bin/b", "usr/bin/a", mode=0o755)

    finding = one(judged(layer), "elf.insecure-rpath")

    assert finding.evidence["names"] == ["/usr/bin/a", "/usr/bin/b"]
