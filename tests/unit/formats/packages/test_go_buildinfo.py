"""The build information of Go binaries."""

from __future__ import annotations

import pytest

from imgscan.errors import PackageDataError
from imgscan.formats.packages.go_buildinfo import MAGIC, GoBuild, find_go_build, parse_go_buildinfo, toolchain_version
from imgscan.testing.programs import elf_with_sections, go_elf, go_info, go_mach_o, go_pe, old_go_elf

MODULES = (
    "path\tx\nmod\texample.test/app\t(devel)\t\ndep\tgithub.com/A/b\tv1.2.3\th1:=\n=>\tgithub.com/c/d\tv2.0.0\th1:=\n"
)


def build_info(version: str, modules: str, flags: int = 2) -> bytes:
    text = b"0" * 16 + modules.encode() + b"1" * 16
    return MAGIC + bytes([8, flags]) + bytes(16) + varint(version.encode()) + varint(text)


def varint(data: bytes) -> bytes:
    size, found = len(data), b""
    while size >= 0x80:
        found += bytes([size & 0x7F | 0x80])
        size >>= 7
    return found + bytes([size]) + data


def test_the_toolchain_and_the_modules_are_named_a_replaced_one_by_its_replacement() -> None:
    build = parse_go_buildinfo(build_info("go1.22.1", MODULES) + b"rest of the file")

    assert build.toolchain == "1.22.1"
    assert [(module.namespace, module.name, module.version) for module in build.modules] == [
        ("example.test", "app", ""),
        ("github.com/c", "d", "v2.0.0"),
    ]


def test_a_program_without_modules_has_its_toolchain_alone() -> None:
    assert parse_go_buildinfo(MAGIC + bytes([8, 2]) + bytes(16) + varint(b"go1.19") + b"\0") == GoBuild("1.19", ())


@pytest.mark.parametrize(
    "data",
    [b"", b"\x7fELF" + bytes(60), MAGIC, build_info("go1.17", MODULES, flags=0), build_info("go1.22", MODULES)[:60]],
)
def test_what_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(PackageDataError):
        parse_go_buildinfo(data)


PROGRAM = "path\tx\nmod\texample.test/app\tv1.2.3\t\ndep\tgolang.org/x/sys\tv0.18.0\th1:=\n"


@pytest.mark.parametrize(
    "data",
    [
        go_elf("go1.22.1", PROGRAM),
        go_elf("go1.22.1", PROGRAM, section=".data"),
        go_elf("go1.22.1", PROGRAM, section=""),
        old_go_elf("go1.22.1", PROGRAM),
        go_pe("go1.22.1", PROGRAM),
        go_mach_o("go1.22.1", PROGRAM),
        elf_with_sections({".data": go_info("go1.22.1", PROGRAM)}, wide=False),
    ],
    ids=["elf", "another section", "no sections", "before 1.18", "pe", "mach-o", "32 bits"],
)
def test_the_information_is_found_without_a_build_id(data: bytes) -> None:
    build = find_go_build(data)

    assert build is not None
    assert build.toolchain == "1.22.1"
    assert [(module.name, module.version) for module in build.modules] == [("app", "v1.2.3"), ("sys", "v0.18.0")]


def test_a_program_that_is_not_of_go_has_none() -> None:
    assert find_go_build(elf_with_sections({".data": b"x" * 100, ".rodata": MAGIC})) is None
    assert find_go_build(b"#!/bin/sh\n") is None


def test_pointers_that_lead_nowhere_are_told() -> None:
    data = bytearray(old_go_elf("go1.17", PROGRAM))
    at = data.index(MAGIC) + 16
    data[at : at + 8] = b"\xff" * 8

    with pytest.raises(PackageDataError):
        find_go_build(bytes(data))


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go1.22.1 X:loopvar", "1.22.1"),
        ("go1.20.12 (Red Hat 1.20.12-8.el9_3)", "1.20.12"),
        ("go1.21rc2", "1.21rc2"),
        ("devel go1.23-4b1b18d1 Thu Mar 7 2024", "1.23"),
        ("devel +4b1b18d1 Thu Mar 7", "devel-4b1b18d1"),
    ],
)
def test_the_version_of_the_toolchain_is_that_of_its_release(text: str, version: str) -> None:
    assert toolchain_version(text) == version


@pytest.mark.parametrize(
    ("setting", "version"),
    [
        ('-ldflags="-s -w -X main.version=1.4.0 -X main.commit=abc"', "1.4.0"),
        ("-ldflags=\"-X 'example.test/app/internal/build.Version=v2.0.1'\"", "v2.0.1"),
        ("-ldflags=-X=main.Version=v3.1", "v3.1"),
        ('-ldflags="-X github.com/prometheus/common/version.Version=2.45.0"', "2.45.0"),
        ('-ldflags="-X lib.test/x.version=9.9.9 -X main.buildVersion=1.0.1"', "1.0.1"),
        ('-ldflags="-X main.version=unknown -X main.goVersion=1.2.3"', ""),
        ("vcs.revision=4b1b18d1aabbccddeeff00112233445566778899", ""),
    ],
)
def test_the_version_of_the_program_is_what_the_linker_was_told(setting: str, version: str) -> None:
    modules = f"path\tx\nmod\texample.test/app\t(devel)\t\nbuild\t{setting}\n"

    build = find_go_build(go_elf("go1.22.1", modules))

    assert build is not None
    assert build.modules[0].version == version


def test_a_program_without_a_version_has_that_of_its_commit() -> None:
    commit = "build\tvcs.revision=4b1b18d1aabbccddeeff0011\nbuild\tvcs.time=2024-03-07T10:11:12Z\n"

    build = find_go_build(go_elf("go1.22.1", f"path\tx\nmod\ta/b\t(devel)\t\n{commit}"))

    assert build is not None
    assert build.modules[0].version == "v0.0.0-20240307101112-4b1b18d1aabb"
