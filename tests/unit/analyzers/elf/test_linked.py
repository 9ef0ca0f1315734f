"""Packages whose libraries programs of no package link to: the inventory names them."""

from __future__ import annotations

import pytest

from imgscan.analyzers.elf.analyzer import Elf
from imgscan.model.image import ImageConfig
from imgscan.testing import TarBuilder, conclude, elf, program
from imgscan.testing.packages import debian

from .test_elf import system

LIB = elf(soname="liba.so.1")


def linked(layer: TarBuilder, packages: dict[str, dict[str, bytes]]) -> object:
    for name, data in debian(*((package, "1", files) for package, files in packages.items())).items():
        layer.file(name, data)
    result = conclude(Elf(), layer, config=ImageConfig(present=True, architecture="amd64"))
    assert result.problems == ()
    return next(item for item in result.items if item.section == "elf").data.get("linked")


def image() -> TarBuilder:
    app = program(needed=["libc.so.6", "liba.so.1"])
    return system().file("usr/lib/liba.so.1", LIB).file("srv/app", app, mode=0o755)


def test_a_package_with_a_library_of_a_program_of_no_package_is_named() -> None:
    assert linked(image(), {"liba1": {"/usr/lib/liba.so.1": LIB}}) == {"liba1": "/srv/app"}


@pytest.mark.parametrize(
    "packages",
    [
        {"liba1": {"/usr/lib/liba.so.1": LIB}, "app": {"/srv/app": b"x"}},
        {"other": {"/usr/lib/other": b"x"}},
        {},
    ],
    ids=["packaged program", "library of no package", "no database"],
)
def test_nothing_is_named_where_packages_say_it_or_nobody_owns_the_library(
    packages: dict[str, dict[str, bytes]],
) -> None:
    assert linked(image(), packages) is None
