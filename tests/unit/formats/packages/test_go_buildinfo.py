"""The build information of Go binaries."""

from __future__ import annotations

import pytest

from imgscan.errors import PackageDataError
from imgscan.formats.packages.go_buildinfo import MAGIC, parse_go_buildinfo

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
    toolchain, modules = parse_go_buildinfo(build_info("go1.22.1", MODULES) + b"rest of the file")

    assert toolchain == "go1.22.1"
    assert [(module.namespace, module.name, module.version) for module in modules] == [
        ("example.test", "app", ""),
        ("github.com/c", "d", "v2.0.0"),
    ]


def test_a_program_without_modules_has_its_toolchain_alone() -> None:
    assert parse_go_buildinfo(MAGIC + bytes([8, 2]) + bytes(16) + varint(b"go1.19") + b"\0") == ("go1.19", ())


@pytest.mark.parametrize(
    "data",
    [b"", b"\x7fELF" + bytes(60), MAGIC, build_info("go1.17", MODULES, flags=0), build_info("go1.22", MODULES)[:60]],
)
def test_what_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(PackageDataError):
        parse_go_buildinfo(data)
