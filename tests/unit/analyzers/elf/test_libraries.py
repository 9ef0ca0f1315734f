"""Libraries looked for as glibc and musl would, inside the image; machines; preloaded libraries."""

from __future__ import annotations

from typing import Any

import pytest

from imgscan.analyzers.elf.analyzer import Elf
from imgscan.model.finding import Finding, Severity
from imgscan.model.image import ImageConfig
from imgscan.testing import TarBuilder, conclude, elf, program

from .test_elf import system

LIB = elf(soname="liba.so.1")


def findings(layer: TarBuilder, rule: str = "elf.missing-library", **config: Any) -> list[Finding]:
    found = conclude(Elf(), layer, config=ImageConfig(present=True, architecture="amd64", **config))
    assert found.problems == ()
    return [finding for finding in found.findings if finding.rule == rule]


def needing(layer: TarBuilder, path: str = "usr/bin/prog", **what: Any) -> TarBuilder:
    return layer.file(path, program(needed=["libc.so.6", "liba.so.1"], **what), mode=0o755)


def test_a_library_that_is_nowhere_keeps_the_program_from_starting() -> None:
    (finding,) = findings(needing(system()))

    assert (finding.severity, finding.path) == (Severity.MEDIUM, "usr/bin/prog")
    assert finding.evidence["nowhere"] == ["liba.so.1"]
    assert finding.message == "cannot start: it needs liba.so.1, not in the image"


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("lib/liba.so.1", {}),
        ("usr/lib/liba.so.1", {}),
        ("lib64/liba.so.1", {}),
        ("usr/lib/x86_64-linux-gnu/liba.so.1", {}),
        ("opt/x/liba.so.1", {"runpath": "/opt/x"}),
        ("opt/x/liba.so.1", {"rpath": "/opt/x"}),
        ("usr/x/liba.so.1", {"runpath": "$ORIGIN/../x"}),
        ("usr/lib64/y/liba.so.1", {"runpath": "/gone:/usr/$LIB/y"}),
    ],
)
def test_a_library_is_found_where_the_loader_looks(path: str, what: dict[str, Any]) -> None:
    assert findings(needing(system().file(path, LIB), **what)) == []


@pytest.mark.parametrize("what", [{}, {"rpath": "/opt/x", "runpath": "/gone"}])
def test_a_library_that_stands_elsewhere_ranks_low(what: dict[str, Any]) -> None:
    (finding,) = findings(needing(system().file("opt/x/liba.so.1", LIB), **what))

    assert finding.severity is Severity.LOW
    assert (finding.evidence["missing"], finding.evidence["nowhere"]) == (["liba.so.1"], [])
    assert finding.evidence["elsewhere"] == {"liba.so.1": "/opt/x/liba.so.1"}
    assert finding.remediation == "RUN printf '%s\\n' /opt/x > /etc/ld.so.conf.d/local.conf && ldconfig"


@pytest.mark.parametrize(
    "settings",
    [
        {"etc/ld.so.conf": b"/opt/x\n"},
        {"etc/ld.so.conf": b"include /etc/ld.so.conf.d/*.conf\n", "etc/ld.so.conf.d/x.conf": b"# x\n/opt/x\n"},
        {"etc/ld.so.conf": b"include ld.so.conf.d/*.conf\n", "etc/ld.so.conf.d/x.conf": b"/opt/x\n"},
        {"etc/ld.so.cache": b"glibc-ld.so.cache1.1\0\0/opt/x/liba.so.1\0"},
    ],
)
def test_the_loaders_settings_name_further_directories(settings: dict[str, bytes]) -> None:
    layer = system().file("opt/x/liba.so.1", LIB)
    for path, content in settings.items():
        layer = layer.file(path, content)

    assert findings(needing(layer)) == []


def test_a_setting_that_is_not_included_does_not_count() -> None:
    layer = system().file("opt/x/liba.so.1", LIB).file("etc/ld.so.conf.d/x.conf", b"/opt/x\n")

    assert len(findings(needing(layer.file("etc/ld.so.conf", b"include /etc/ld.so.conf.d/y*.conf\n")))) == 1


def test_settings_that_include_themselves_end_somewhere() -> None:
    layer = system().file("etc/ld.so.conf", b"include /etc/ld.so.conf\n/opt/x\n").file("opt/x/liba.so.1", LIB)

    assert findings(needing(layer)) == []


def test_the_environment_names_further_directories() -> None:
    layer = needing(system().file("opt/x/liba.so.1", LIB))

    assert findings(layer, env=("LD_LIBRARY_PATH=/opt/y:/opt/x",)) == []


def test_a_library_is_found_through_links() -> None:
    layer = system().file("usr/lib/liba.so.1.0", LIB).symlink("usr/lib/liba.so.1", "liba.so.1.0")

    assert findings(needing(layer)) == []


@pytest.mark.parametrize(
    "content", [b"", b"INPUT(liba.so.1.0)", elf(soname="liba.so.1", wide=False, machine=3), elf(machine=183)]
)
def test_a_file_that_the_loader_would_skip_is_no_library(content: bytes) -> None:
    assert len(findings(needing(system().file("usr/lib/liba.so.1", content)))) == 1


def test_a_plugins_library_is_told_only_when_it_is_nowhere() -> None:
    plugin = elf(needed=["liba.so.1"])
    layer = system().file("usr/lib/app/plugin.so", plugin)

    (finding,) = findings(layer)

    assert finding.severity is Severity.INFO
    assert findings(layer.file("opt/app.libs/liba.so.1", LIB)) == []


def test_a_broken_library_that_a_program_needs_ranks_above_a_plugin() -> None:
    broken = elf(soname="liba.so.1", needed=["libgone.so.2"])

    found = {item.path: item.severity for item in findings(needing(system().file("usr/lib/liba.so.1", broken)))}

    assert found == {"usr/lib/liba.so.1": Severity.LOW, "usr/bin/prog": Severity.MEDIUM}


def test_what_a_library_lacks_keeps_the_programs_above_it_from_starting() -> None:
    layer = system().file("usr/lib/liba.so.1", elf(soname="liba.so.1", needed=["libb.so"]))
    layer = layer.file("usr/lib/libb.so", elf(needed=["liba.so.1", "libz.so"]))  # and back: a circle ends

    (finding,) = (item for item in findings(needing(layer)) if item.path == "usr/bin/prog")

    assert finding.message == "cannot start: it needs libz.so (for /usr/lib/libb.so), not in the image"
    assert finding.evidence["missing"] == finding.evidence["nowhere"] == ["libz.so"]
    assert finding.evidence["through"] == {"libz.so": "/usr/lib/libb.so"}


def test_what_a_library_lacks_and_the_image_has_elsewhere_ranks_low() -> None:
    layer = system().file("usr/lib/liba.so.1", elf(needed=["libz.so"])).file("opt/libz.so", elf())

    (finding,) = findings(needing(layer))

    assert (finding.path, finding.severity) == ("usr/bin/prog", Severity.LOW)
    assert finding.evidence["elsewhere"] == {"libz.so": "/opt/libz.so"}


@pytest.mark.parametrize(
    ("what", "needed", "number"),
    [
        ({}, ["liba.so.1"], 1),
        ({"rpath": "/opt/x"}, ["liba.so.1"], 0),  # RPATH holds for the libraries below
        ({"runpath": "/opt/x"}, ["liba.so.1"], 1),  # RUNPATH for the file alone
        ({"runpath": "/opt/x"}, ["libz.so", "liba.so.1"], 0),  # but what it has loaded is loaded
        ({"interpreter": "/lib/ld-musl-x86_64.so.1", "runpath": "/opt/x"}, ["liba.so.1"], 0),
    ],
)
def test_a_library_may_get_what_it_needs_by_its_program(what: dict[str, Any], needed: list[str], number: int) -> None:
    layer = system().file("usr/lib/liba.so.1", elf(needed=["libz.so"])).file("opt/x/libz.so", elf())

    found = findings(layer.file("usr/bin/prog", program(**{**what, "needed": needed}), mode=0o755))

    assert len(found) == number


def test_a_library_for_another_machine_is_not_the_one_that_is_missing() -> None:
    layer = needing(system()).file("usr/local/lib/liba.so.1", elf(soname="liba.so.1", machine=183))

    (finding,) = findings(layer)

    assert (finding.severity, finding.evidence["nowhere"]) == (Severity.MEDIUM, ["liba.so.1"])
    assert finding.message == "cannot start: it needs liba.so.1, not in the image"
    assert finding.remediation == ""
    (other,) = findings(layer.file("opt/liba.so.1", LIB))
    assert other.evidence["elsewhere"] == {"liba.so.1": "/opt/liba.so.1"}


def test_a_wheels_own_libraries_are_found_beside_it() -> None:
    site = "usr/lib/python3/dist-packages"
    layer = system().file(
        f"{site}/numpy.libs/liba-0a1b.so.1", elf(soname="liba-0a1b.so.1", needed=["libb.so"], runpath="$ORIGIN")
    )
    layer = layer.file(f"{site}/numpy.libs/libb.so", elf(soname="libb.so"))
    layer = layer.file(
        f"{site}/numpy/core/x.so", elf(needed=["liba-0a1b.so.1", "libc.so.6"], runpath="$ORIGIN/../../numpy.libs")
    )

    assert findings(layer) == []


def musl() -> TarBuilder:
    loader = elf(soname="libc.musl-x86_64.so.1")
    layer = TarBuilder().file("lib/ld-musl-x86_64.so.1", loader, mode=0o755)
    return layer.symlink("lib/libc.musl-x86_64.so.1", "ld-musl-x86_64.so.1")


def alpine(layer: TarBuilder, *needed: str) -> TarBuilder:
    content = program(interpreter="/lib/ld-musl-x86_64.so.1", needed=["libc.musl-x86_64.so.1", *needed])
    return layer.file("bin/prog", content, mode=0o755)


def test_musl_is_its_own_c_library() -> None:
    assert findings(alpine(musl(), "libc.so", "libpthread.so.0", "libm.so.6")) == []


@pytest.mark.parametrize(
    ("folder", "number"), [("usr/lib", 0), ("usr/local/lib", 0), ("lib", 0), ("lib64", 1), ("opt/x", 1)]
)
def test_musl_looks_in_its_own_directories(folder: str, number: int) -> None:
    assert len(findings(alpine(musl().file(f"{folder}/liba.so.1", LIB), "liba.so.1"))) == number


def test_musls_path_file_replaces_its_directories() -> None:
    for folder, number in (("opt/x", 0), ("usr/lib", 1)):
        layer = musl().file("etc/ld-musl-x86_64.path", b"/lib\n/opt/x\n").file(f"{folder}/liba.so.1", LIB)

        assert len(findings(alpine(layer, "liba.so.1"))) == number


def test_static_programs_need_nothing() -> None:
    assert findings(TarBuilder().file("app", elf(type=2, dynamic=False), mode=0o755)) == []


# Machines


def foreign(layer: TarBuilder, architecture: str) -> list[Finding]:
    config = ImageConfig(present=True, architecture=architecture)
    return [item for item in conclude(Elf(), layer, config=config).findings if item.rule == "elf.foreign-machine"]


def test_a_config_that_does_not_fit_the_files_is_one_finding() -> None:
    (finding,) = foreign(needing(system()), "arm64")

    assert (finding.path, finding.severity) == (None, Severity.HIGH)
    assert finding.message == "the config says arm64, but 3 of 3 ELF files are for others"


def test_a_single_file_for_another_machine_is_told_alone() -> None:
    layer = system().file("bin/a", program()).file("bin/b", program())
    layer = layer.file("opt/tool", elf(type=2, dynamic=False, machine=183), mode=0o755)
    layer = layer.file("opt/lib.so", elf(machine=183))
    layer = layer.file("opt/prog", program(machine=183, interpreter="/lib/ld-linux-aarch64.so.1"), mode=0o755)

    assert [(item.path, item.severity) for item in foreign(layer, "amd64")] == [
        ("opt/tool", Severity.LOW),
        ("opt/lib.so", Severity.INFO),
        ("opt/prog", Severity.LOW),
    ]
    assert findings(layer, "elf.missing-interpreter") == []  # nor a loader that it could not use


@pytest.mark.parametrize(
    ("architecture", "what"),
    [
        ("amd64", {"machine": 62}),
        ("amd64", {"machine": 3, "wide": False}),
        ("amd64", {"machine": 62, "wide": False}),
        ("arm64", {"machine": 183}),
        ("arm64", {"machine": 40, "wide": False}),
        ("ppc64le", {"machine": 21}),
        ("s390x", {"machine": 22, "little": False}),
        ("unheard-of", {"machine": 62}),
        ("amd64", {"machine": 247, "type": 1}),
    ],
)
def test_a_file_that_runs_on_the_configs_machine_is_not_foreign(architecture: str, what: dict[str, Any]) -> None:
    assert foreign(TarBuilder().file("a", elf(dynamic=False, **what)), architecture) == []


@pytest.mark.parametrize(
    ("architecture", "what"),
    [
        ("386", {"machine": 62}),
        ("arm64", {"machine": 62}),
        ("ppc64", {"machine": 21, "little": True}),
        ("arm", {"machine": 183}),
    ],
)
def test_a_file_that_does_not_run_on_the_configs_machine_is_foreign(architecture: str, what: dict[str, Any]) -> None:
    assert len(foreign(TarBuilder().file("a", elf(dynamic=False, **what)), architecture)) == 1


def test_without_a_config_no_machine_is_foreign() -> None:
    found = conclude(Elf(), TarBuilder().file("a", elf(machine=183)))

    assert found.findings == ()


# Preloading


def test_a_library_forced_into_every_process_is_told() -> None:
    layer = system().file("etc/ld.so.preload", b"/lib/libhide.so\n")

    (finding,) = findings(layer, "elf.preload")

    assert (finding.path, finding.severity) == ("etc/ld.so.preload", Severity.MEDIUM)
    assert finding.layer is not None
    assert finding.evidence["libraries"] == ["/lib/libhide.so"]


def test_an_empty_preload_file_forces_nothing() -> None:
    assert findings(system().file("etc/ld.so.preload", b"# none\n"), "elf.preload") == []


def test_the_environment_can_force_libraries_too() -> None:
    (finding,) = findings(system(), "elf.preload", env=("LD_PRELOAD=/usr/lib/libjemalloc.so.2",))

    assert (finding.path, finding.severity) == (None, Severity.LOW)
    assert findings(system(), "elf.preload", env=("LD_PRELOAD=", "LD_PRELOADED=x")) == []


MUSL = elf(soname="libc.musl-x86_64.so.1")
LOADER = "/lib64/ld-linux-x86-64.so.2"


def on_alpine(layer: TarBuilder) -> TarBuilder:
    layer.file("lib/ld-musl-x86_64.so.1", MUSL, mode=0o755)
    layer.symlink("lib/libc.musl-x86_64.so.1", "ld-musl-x86_64.so.1")
    return layer.file("app/server", program(interpreter=LOADER, needed=["libc.so.6", "libpthread.so.0"]), mode=0o755)


@pytest.mark.parametrize(
    ("loader", "missing"),
    [
        (TarBuilder().symlink("lib64/ld-linux-x86-64.so.2", "/lib/libc.musl-x86_64.so.1"), False),
        (TarBuilder().file("lib64/ld-linux-x86-64.so.2", elf(needed=["libc.musl-x86_64.so.1"]), mode=0o755), False),
        (TarBuilder().file("lib64/ld-linux-x86-64.so.2", elf(), mode=0o755), True),
    ],
)
def test_a_loader_that_is_musls_by_another_name_has_the_c_library_in_it(loader: TarBuilder, missing: bool) -> None:
    assert bool(findings(on_alpine(loader))) is missing


def test_long_search_paths_cost_a_bounded_number_of_looks() -> None:
    layer = system()
    path = ":".join(f"/opt/{number}" for number in range(150))
    absent = [f"no{number}.so" for number in range(40)]
    for number in range(120):
        layer.file(f"usr/lib/z{number}.so", elf(rpath=path, needed=[f"z{number + 1}.so", *absent]))
    for number in range(60):
        layer.file(f"usr/bin/p{number}", program(rpath=path, needed=["z0.so"]), mode=0o755)

    found = conclude(Elf(), layer, config=ImageConfig(present=True, architecture="amd64"))

    (item,) = found.items
    assert found.problems == ()
    assert item.data["needs_unchecked"] > 0
