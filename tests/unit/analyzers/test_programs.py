"""Shells, package managers and network tools: found and not found."""

from __future__ import annotations

import pytest

from imgscan.analyzers.programs import Programs
from imgscan.model.image import ImageConfig
from imgscan.testing import TarBuilder, conclude, elf
from imgscan.testing.elf import ET_EXEC
from imgscan.testing.image import LayerSource

APPLETS = (b"[", b"[[", b"ash", b"cat", b"httpd", b"nc", b"sh", b"wget")
BUSYBOX = elf(type=ET_EXEC, dynamic=False, contents={".rodata": b"\0" + b"".join(name + b"\0" for name in APPLETS)})


def found(*layers: LayerSource, config: ImageConfig | None = None) -> dict[str, list[tuple[str, list[str], list[str]]]]:
    """Return path, names and applets of each item, by section; every item has its finding."""
    result = conclude(Programs(), *layers, config=config)
    listed: dict[str, list[tuple[str, list[str], list[str]]]] = {}
    for item in result.items:
        row = (item.data["path"], item.data["names"], item.data["applets"])
        listed.setdefault(item.section, []).append(row)
    assert len(result.findings) == len(result.items)
    assert {"/" + (finding.path or "") for finding in result.findings} == {item.data["path"] for item in result.items}
    return listed


def program(*paths: str) -> TarBuilder:
    tar = TarBuilder()
    for path in paths:
        tar.file(path, b"\x7fELF", mode=0o755)
    return tar


# What it finds


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("bin/bash", "shells"),
        ("usr/bin/zsh", "shells"),
        ("usr/local/bin/pwsh", "shells"),
        ("usr/bin/apt-get", "package_managers"),
        ("sbin/apk", "package_managers"),
        ("opt/venv/bin/pip", "package_managers"),
        ("usr/bin/curl", "network_tools"),
        ("usr/sbin/tcpdump", "network_tools"),
    ],
)
def test_it_finds_a_program_where_it_can_be_run(path: str, section: str) -> None:
    assert found(program(path)) == {section: [(f"/{path}", [f"/{path}"], [])]}


def test_a_finding_names_rule_layer_and_remedy() -> None:
    (finding,) = conclude(Programs(), {"x": b""}, program("usr/bin/curl")).findings

    assert finding.rule == "programs.network-tool"
    assert finding.layer is not None
    assert finding.layer.index == 1
    assert finding.remediation == "RUN rm -f /usr/bin/curl"


def test_a_directory_of_path_counts() -> None:
    config = ImageConfig(present=True, env=("PATH=/opt/tools:/bin",))

    assert found(program("opt/tools/curl"), config=config) == {
        "network_tools": [("/opt/tools/curl", ["/opt/tools/curl"], [])]
    }
    assert found(program("opt/tools/curl")) == {}


def test_a_symlink_is_another_name_of_its_file() -> None:
    tar = program("usr/bin/dash").symlink("usr/bin/sh", "dash")

    assert found(tar) == {"shells": [("/usr/bin/dash", ["/usr/bin/dash", "/usr/bin/sh"], [])]}


def test_a_symlink_makes_a_program_of_a_file_with_another_name() -> None:
    tar = program("usr/lib/shell-real").symlink("bin/sh", "/usr/lib/shell-real")

    assert found(tar) == {"shells": [("/usr/lib/shell-real", ["/bin/sh"], [])]}


def test_merged_usr_links_list_nothing_twice() -> None:
    tar = program("usr/bin/bash").symlink("bin", "usr/bin").symlink("sbin", "usr/sbin").directory("usr/sbin")

    assert found(tar) == {"shells": [("/usr/bin/bash", ["/usr/bin/bash"], [])]}


def test_hardlinks_are_one_file() -> None:
    tar = program("usr/bin/bash").hardlink("usr/bin/sh", "usr/bin/bash", mode=0o755)

    assert found(tar) == {"shells": [("/usr/bin/bash", ["/usr/bin/bash", "/usr/bin/sh"], [])]}


def test_a_file_may_belong_to_several_sections() -> None:
    tar = program("bin/tool").hardlink("bin/sh", "bin/tool", mode=0o755).hardlink("bin/wget", "bin/tool", mode=0o755)

    assert found(tar) == {
        "shells": [("/bin/sh", ["/bin/sh"], [])],
        "network_tools": [("/bin/sh", ["/bin/wget"], [])],
    }


# BusyBox


def test_the_applets_of_a_busybox_are_programs_without_a_link() -> None:
    tar = TarBuilder().file("bin/busybox", BUSYBOX, mode=0o755)

    assert found(tar) == {
        "shells": [("/bin/busybox", [], ["ash", "sh"])],
        "network_tools": [("/bin/busybox", [], ["nc", "wget"])],
        "daemons": [("/bin/busybox", [], ["httpd"])],
    }


def test_removing_the_links_leaves_the_applets() -> None:
    tar = TarBuilder().file("bin/busybox", BUSYBOX, mode=0o755).symlink("bin/sh", "/bin/busybox")

    listed = found(tar, TarBuilder().whiteout("bin/sh"))

    assert listed["shells"] == [("/bin/busybox", [], ["ash", "sh"])]


def test_a_busybox_whose_names_are_hardlinks_is_told_by_its_own() -> None:
    tar = TarBuilder().file("bin/[", BUSYBOX, mode=0o755)
    for name in ("bin/[[", "bin/busybox", "bin/sh"):
        tar.hardlink(name, "bin/[", mode=0o755)

    assert found(tar)["shells"] == [("/bin/busybox", ["/bin/sh"], ["ash", "sh"])]


def test_a_table_in_what_is_no_binary_is_no_busybox() -> None:
    assert found(TarBuilder().file("bin/busybox", BUSYBOX[4:], mode=0o755)) == {}


# What it does not find


@pytest.mark.parametrize(
    "tar",
    [
        TarBuilder().file("bin/sh", b"x", mode=0o644),  # cannot be run
        program("usr/share/doc/bash"),
        program("etc/bash_completion.d/curl"),
        program("bin/curlx", "bin/mysh", "bin/Curl"),
        TarBuilder().directory("bin/sh"),
        TarBuilder().symlink("bin/sh", "bash"),  # leads nowhere
        TarBuilder().symlink("bin/sh", "sh"),
        TarBuilder().file("bin/sh", b"x", mode=0o644).symlink("bin/bash", "sh"),
        TarBuilder().hardlink("bin/sh", "nothing", mode=0o755),
        TarBuilder().device("bin/sh", 1, 3),
    ],
)
def test_it_does_not_find(tar: TarBuilder) -> None:
    assert found(tar) == {}


@pytest.mark.parametrize(
    "upper",
    [TarBuilder().whiteout("bin/sh"), TarBuilder().file("bin/sh", b"", mode=0o644), TarBuilder().file("bin", b"")],
)
def test_a_program_that_is_gone_is_not_found(upper: TarBuilder) -> None:
    assert found(program("bin/sh"), upper) == {}


def test_a_symlink_whose_file_is_gone_is_not_found() -> None:
    assert found(program("bin/dash").symlink("bin/sh", "dash"), TarBuilder().whiteout("bin/dash")) == {}


def test_a_remedy_can_be_pasted_whatever_the_name() -> None:
    (finding,) = conclude(Programs(), program("opt/a b/bin/sh")).findings

    assert finding.remediation == "RUN rm -f '/opt/a b/bin/sh'"


# Bounds and tables


def test_thousands_of_names_of_one_file_cost_little() -> None:
    tar = TarBuilder().file("d/bin/sh", b"\x7fELF", mode=0o755)
    for number in range(3000):
        tar.hardlink(f"d{number}/bin/sh", "d/bin/sh", mode=0o755)

    ((_, names, _),) = found(tar)["shells"]

    assert len(names) == 3001
