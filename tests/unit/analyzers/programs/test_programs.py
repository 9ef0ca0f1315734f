"""Programs by name and by content, each once, wherever they can be run from."""

from __future__ import annotations

from typing import Any

import pytest

from imgscan.analyzers.programs.analyzer import Programs
from imgscan.model.finding import Finding, Severity
from imgscan.model.image import ImageConfig
from imgscan.system.programs.files import ProgramFact, ProgramFiles
from imgscan.testing import Concluded, TarBuilder, conclude, elf, facts_of, program, tar_of
from imgscan.testing.elf import ET_EXEC

PLAIN = program()
BASH = program(imports=["execve", "tcsetpgrp"], contents={".rodata": b"\0BASH_VERSINFO\0"})
DASH = elf(type=ET_EXEC, dynamic=False, contents={".rodata": b"PS4=+ \0OPTIND=1\0"})
BUSYBOX = elf(type=ET_EXEC, dynamic=False, contents={".rodata": b"\0[\0[[\0ash\0nc\0sh\0telnetd\0vi\0wget\0"})


def programs(*layers: Any, config: ImageConfig | None = None) -> Concluded:
    found = conclude(Programs(), *layers, config=config)
    assert found.problems == ()
    return found


def items(found: Concluded, section: str) -> list[dict[str, Any]]:
    return [item.data for item in found.items if item.section == section]


def paths(found: Concluded, section: str) -> list[str]:
    return sorted(item["path"] for item in items(found, section))


def findings(found: Concluded, rule: str) -> list[Finding]:
    return [finding for finding in found.findings if finding.rule == rule]


@pytest.mark.parametrize(
    ("name", "section", "rule"),
    [
        ("bash", "shells", "programs.shell"),
        ("python3.11", "interpreters", "programs.interpreter"),
        ("apt-get", "package_managers", "programs.package-manager"),
        ("curl", "network_tools", "programs.network-tool"),
        ("strace", "debug_tools", "programs.debug-tool"),
        ("x86_64-linux-gnu-gcc-12", "compilers", "programs.compiler"),
        ("docker", "container_tools", "programs.container-tool"),
        ("nginx", "daemons", "programs.daemon"),
        ("dropbear", "daemons", "programs.remote-daemon"),
    ],
)
def test_each_class_is_found_by_name(name: str, section: str, rule: str) -> None:
    found = programs(tar_of({f"usr/bin/{name}": (0o755, PLAIN)}))

    assert paths(found, section) == [f"/usr/bin/{name}"]
    (finding,) = findings(found, rule)
    assert finding.path == f"usr/bin/{name}"
    assert finding.remediation == f"RUN rm -f /usr/bin/{name}"


@pytest.mark.parametrize(
    "files",
    [
        {"usr/bin/bash": (0o644, PLAIN)},  # cannot be run
        {"etc/init.d/sshd": (0o755, b"#!/bin/sh\n")},  # a script of that name that starts it
        {"usr/share/bash-completion/completions/curl": (0o755, b"# curl")},
        {"usr/share/doc/strace/examples/strace": (0o755, b"#!/bin/sh\n")},
        {"usr/lib/apt/methods/http": (0o755, PLAIN)},
        {"app/node_modules/x/bin/npm": (0o755, b"#!/usr/bin/env node\n")},
        {"srv/app/sh": (0o755, b"#!/usr/bin/python3\n")},
        {"usr/bin/nologin": (0o755, PLAIN)},
        {"usr/bin/python3-config": (0o755, b"#!/bin/sh\n")},
    ],
)
def test_what_only_has_a_name_is_no_program(files: dict[str, Any]) -> None:
    found = programs(tar_of(files))

    assert found.items == ()
    assert found.findings == ()


@pytest.mark.parametrize("path", ["opt/curl", "curl", "app/bin/node", "usr/libexec/x/gdb", "usr/lib/gcc/x/12/cc1"])
def test_an_elf_program_counts_outside_the_usual_directories_too(path: str) -> None:
    assert programs(tar_of({path: (0o755, PLAIN)})).items != ()


def test_a_script_counts_in_a_directory_of_the_images_path() -> None:
    layer = tar_of({"opt/my/pip": (0o755, b"#!/usr/bin/python3\n")})

    assert programs(layer).items == ()
    assert paths(programs(layer, config=ImageConfig(env=("PATH=/opt/my:/usr/bin",))), "package_managers") == [
        "/opt/my/pip"
    ]


@pytest.mark.parametrize("name", ["su", "chroot", "nsenter", "od", "more"])
def test_what_every_distribution_has_is_listed_and_no_finding(name: str) -> None:
    found = programs(tar_of({f"usr/bin/{name}": (0o755, PLAIN)}))

    assert len(found.items) == 1
    assert found.findings == ()


def test_all_names_of_a_file_are_one_item() -> None:
    layer = TarBuilder().file("usr/bin/python3.11", PLAIN, mode=0o755).symlink("usr/bin/python3", "python3.11")
    layer = layer.symlink("usr/bin/python", "/usr/bin/python3")
    layer = layer.hardlink("usr/bin/pypy", "usr/bin/python3.11", mode=0o755)
    layer = layer.symlink("bin", "usr/bin")

    (item,) = items(programs(layer), "interpreters")

    assert item["path"] == "/usr/bin/pypy"
    assert item["names"] == ["/usr/bin/pypy", "/usr/bin/python", "/usr/bin/python3", "/usr/bin/python3.11"]


def test_a_link_to_another_program_makes_it_count() -> None:
    layer = TarBuilder().file("usr/bin/mawk", PLAIN, mode=0o755).symlink("etc/alternatives/awk", "/usr/bin/mawk")
    layer = layer.symlink("usr/bin/awk", "/etc/alternatives/awk").symlink("usr/bin/sh", "/usr/bin/toolbox")
    layer = layer.file("usr/bin/toolbox", PLAIN, mode=0o755)

    found = programs(layer)

    assert [item["names"] for item in items(found, "interpreters")] == [["/usr/bin/awk", "/usr/bin/mawk"]]
    assert [(item["path"], item["names"]) for item in items(found, "shells")] == [("/usr/bin/toolbox", ["/usr/bin/sh"])]


def test_a_dangling_link_is_no_program() -> None:
    assert programs(TarBuilder().symlink("usr/bin/sh", "/bin/gone")).items == ()


def test_a_deleted_program_is_told_no_more() -> None:
    assert programs(tar_of({"bin/sh": (0o755, PLAIN)}), tar_of({"bin/.wh.sh": b""})).items == ()


def test_busybox_is_every_applet_of_its_table() -> None:
    found = programs(tar_of({"bin/busybox": (0o755, BUSYBOX)}))

    assert {item.section: item.data["applets"] for item in found.items} == {
        "shells": ["ash", "sh"],
        "interpreters": ["vi"],
        "network_tools": ["nc", "wget"],
        "debug_tools": ["vi"],
        "daemons": ["telnetd"],
    }
    assert findings(found, "programs.renamed-shell") == []


def test_busybox_without_a_shell_is_no_shell() -> None:
    small = elf(type=ET_EXEC, dynamic=False, contents={".rodata": b"\0[\0[[\0cat\0ls\0"})

    assert programs(tar_of({"bin/busybox": (0o755, small)})).items == ()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (BASH, "bash"),
        (BUSYBOX, "busybox"),
        (DASH, "dash"),
    ],
)
def test_a_shell_under_another_name_is_known_by_its_content(content: bytes, what: str) -> None:
    found = programs(tar_of({"opt/app/healthcheck": (0o755, content)}))

    (finding,) = findings(found, "programs.renamed-shell")
    assert (finding.path, finding.severity, finding.evidence["by_content"]) == (
        "opt/app/healthcheck",
        Severity.HIGH,
        what,
    )
    assert paths(found, "shells") == ["/opt/app/healthcheck"]


@pytest.mark.parametrize("name", ["bash", "rbash", "bash-static", "bash5.2", "busybox"])
def test_a_shell_under_its_own_name_is_not_disguised(name: str) -> None:
    found = programs(tar_of({f"bin/{name}": (0o755, BASH)}))

    assert findings(found, "programs.renamed-shell") == []
    assert [item["by_content"] for item in items(found, "shells")] == ["bash"]


def test_a_shell_that_cannot_be_run_is_not_told() -> None:
    assert programs(tar_of({"opt/app/data": (0o644, BASH)})).findings == ()


def test_a_program_that_only_holds_a_shells_words_is_none() -> None:
    completions = program(imports=["puts"], contents={".rodata": b"\0BASH_VERSINFO\0"})

    assert programs(tar_of({"bin/tool": (0o755, completions)})).items == ()


def test_an_interpreter_under_another_name_is_known_by_what_it_starts() -> None:
    runner = program(imports=["Py_BytesMain"])

    found = programs(tar_of({"usr/bin/tool": (0o755, runner), "usr/bin/python3": (0o755, runner)}))

    assert [finding.path for finding in findings(found, "programs.renamed-interpreter")] == ["usr/bin/tool"]
    assert paths(found, "interpreters") == ["/usr/bin/python3", "/usr/bin/tool"]


@pytest.mark.parametrize(("name", "only"), [("vi", True), ("less", True), ("perl", False)])
def test_interpreters_that_only_run_commands_on_request_are_marked(name: str, only: bool) -> None:
    (item,) = items(programs(tar_of({f"usr/bin/{name}": (0o755, PLAIN)})), "interpreters")

    assert item["escape_only"] is only


def test_only_names_and_contents_that_are_known_have_facts() -> None:
    files = {"bin/sh": (0o755, BASH), "bin/curl": (0o755, b"#!/bin/sh\ncurl\n"), "bin/other": (0o755, PLAIN)}

    assert facts_of(ProgramFiles(), tar_of(files)) == [
        ("bin/sh", ProgramFact(named=True, shell="bash", elf=True)),
        ("bin/curl", ProgramFact(named=True)),
    ]


def test_names_of_a_hundred_thousand_links_are_work_done_once() -> None:
    layer = TarBuilder().file("bin/sh", BASH, mode=0o755)
    for number in range(3000):
        layer = layer.hardlink(f"bin/bash-{number}", "bin/sh", mode=0o755)

    (item,) = items(programs(layer), "shells")

    assert len(item["names"]) == 3001


def test_a_renamed_busybox_has_remedies_that_name_it() -> None:
    found = programs(tar_of({"opt/healthd": (0o755, BUSYBOX)}))

    remedies = {finding.remediation for finding in found.findings if finding.remediation}
    assert remedies == {"RUN rm -f /opt/healthd"}
