from __future__ import annotations

import pytest

from imgscan.analyzers.api import Analyzer
from imgscan.analyzers.config.analyzer import Config
from imgscan.analyzers.elf.analyzer import Elf
from imgscan.system.accounts.access import Actor
from imgscan.system.programs.config_commands import follow
from imgscan.testing import TarBuilder, elf, program, static_program
from tests.unit.analyzers.support import view_of

APP = Actor(999, frozenset({999}))
IMAGE = {
    "bin/sh": (0o755, static_program()),
    "usr/bin/env": (0o755, static_program()),
    "usr/bin/tini": (0o755, static_program()),
    "usr/bin/python3": (0o755, static_program()),
    "app/run": (0o755, b"#!/bin/sh -e\n"),
    "app/tool": (0o755, b"#!/usr/bin/env python3\n"),
    "app/windows": (0o755, b"#!/bin/sh\r\n"),
    "app/orphan": (0o755, b"#!/opt/missing\n"),
    "app/envless": (0o755, b"#!/usr/bin/env ruby\n"),
    "app/data": (0o644, b"x"),
    "app/mine": (0o700, static_program()),
    "app/unreadable": (0o711, b"#!/bin/sh\n"),
    "app/main.py": (0o644, b""),
    "opt/tools/elsewhere": (0o755, static_program()),
    "secret/": (0o700, b""),
    "secret/run": (0o755, static_program()),
}


def faults(*words: str, actor: Actor | None = APP, workdir: str = "/app") -> list[str]:
    view = view_of(IMAGE, analyzers=(Config(),), settings={"WorkingDir": workdir})
    return [f"{step.name} {step.fault}" for step in follow(view, words, actor) if step.fault]


@pytest.mark.parametrize(
    "words",
    [
        ("/app/run",),
        ("./run",),
        ("sh", "-c", "set -e; exec ./run --flag"),
        ("sh", "-c", "if test -f /x; then missing1; fi; missing2"),  # a script: not ours to guess
        ("sh", "-c", "$JAVA -jar x"),
        ("tini", "--", "/app/run"),
        ("tini", "-e", "143", "--", "/app/run"),
        ("env", "-u", "HOME", "/app/run"),
        ("env", "A=b", "python3", "main.py"),
        ("/app/tool",),
        ("python3", "-m", "whatever"),
        ("python3", "/app/main.py"),
        ("sh", "-c", "cd /srv/app && ./missing"),
        ("sh", "-c", "cd /srv/app && python3 missing.py"),
        ("sh", "-c", "export PATH=/srv/app:$PATH; missing"),
        ("sh", "-c", "PATH=$PATH:/srv/app missing"),
        ("sh", "-c", "command -v ls"),
        ("sh", "-c", "mapfile -t x </dev/null"),
        ("sh", "-c", "tini -- $SERVER"),
        ("env", "PATH=/srv", "missing"),
        ("env", "-C", "/srv", "./missing"),
        ("sh", "-l", "-c", "elsewhere"),  # a profile may add its directory to PATH
        ("sh", "-c", "tini -- /app/run | env python3 -"),
    ],
)
def test_what_can_be_run_has_no_fault(words: tuple[str, ...]) -> None:
    assert faults(*words) == []


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("/app/missing",), "/app/missing is not in the image"),
        (("missing",), "missing is in no directory of PATH"),
        (("/app",), "/app is a directory"),
        (("/app/data",), "/app/data is not executable (mode 0644)"),
        (("/app/mine",), "/app/mine may not be run by uid 999 (mode 0700, owner 0:0)"),
        (("/secret/run",), "/secret/run cannot be reached by uid 999, who may not search /secret"),
        (("/app/unreadable",), "/app/unreadable is a script that uid 999 may not read (mode 0711)"),
        (("/app/orphan",), "/opt/missing is not in the image, and /app/orphan needs it"),
        (("/app/windows",), "/bin/sh\r is not in the image, and /app/windows, whose lines end in CR LF needs it"),
        (("/app/envless",), "ruby is in no directory of PATH, and /app/envless needs it"),
        (("sh", "-c", "exec missing"), "missing is in no directory of PATH"),
        (("tini", "-e", "143", "--", "missing"), "missing is in no directory of PATH"),
        (("tini", "-g", "--", "/app/missing"), "/app/missing is not in the image"),
        (("python3", "other.py"), "other.py is not in the image, and python3 is to run it"),
        (("",), " is an empty command"),
        (("sh", "-e", "-c", "missing"), "missing is in no directory of PATH"),
        (("sh", "-l", "-c", "missing"), "missing is in no directory of PATH"),
        (("sh", "-c", "elsewhere"), "elsewhere is in no directory of PATH"),
        (("sh", "-c", "cd /srv && missing"), "missing is in no directory of PATH"),
        (("sh", "-c", "cd /srv && /missing"), "/missing is not in the image"),
        (("sh", "-c", "PATH=/srv /missing"), "/missing is not in the image"),
        (("sh", "-c", "missing x 2>&1 | python3 -"), "missing is in no directory of PATH"),
        (("sh", "-c", "python3 - | missing"), "missing is in no directory of PATH"),
        (("tini", "--", "$SERVER"), "$SERVER is in no directory of PATH"),
    ],
)
def test_what_cannot_be_run_says_why(words: tuple[str, ...], fault: str) -> None:
    assert faults(*words) == [fault]


def test_root_may_run_what_its_owner_may() -> None:
    assert faults("/app/mine", actor=Actor(0, frozenset({0}))) == []
    assert faults("/secret/run", actor=None) == []


def test_the_first_runnable_file_in_path_counts() -> None:
    layer = TarBuilder().file("a/x", mode=0o644).file("b/x", mode=0o755).symlink("c", "b")
    view = view_of(layer, settings={"Env": ["PATH=/a:/c"]})
    (step,) = follow(view, ("x",), APP)
    assert step.node is not None
    assert step.node.path == "b/x"


def test_a_relative_element_of_path_is_one_of_the_working_directory() -> None:
    view = view_of({"w/bin/x": (0o755, b"")}, settings={"Env": ["PATH=bin"], "WorkingDir": "/w/"})
    (step,) = follow(view, ("x",), APP)
    assert not step.fault


def test_wrappers_in_wrappers_end() -> None:
    view = view_of(IMAGE, settings={})
    assert len(follow(view, ("env",) * 50, APP)) <= 8


# Files that may be run and cannot be started

LOADER = ("lib64/ld-linux-x86-64.so.2", (0o755, elf(soname="ld-linux-x86-64.so.2")))
LIBC = ("lib/libc.so.6", (0o755, elf(soname="libc.so.6")))
SYSTEM = dict((LOADER, LIBC, ("bin/sh", (0o755, static_program()))))


def started(
    files: dict[str, tuple[int, bytes]], *words: str, analyzers: tuple[Analyzer, ...] = (Config(), Elf())
) -> list[str]:
    """Return the faults of a command; without one, of ``/app``, in an image for amd64."""
    view = view_of({**SYSTEM, **files}, analyzers=analyzers, settings={}, architecture="amd64")
    return [f"{step.name} {step.fault}" for step in follow(view, words or ("/app",), APP) if step.fault]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "is empty, neither a program nor a script"),
        (b"echo x\n", "is neither an ELF file nor a script that begins with #! and an interpreter"),
        (b"#!\necho x\n", "is neither an ELF file nor a script that begins with #! and an interpreter"),
        (b"\n#!/bin/sh\n", "is neither an ELF file nor a script that begins with #! and an interpreter"),
        (b"\xef\xbb\xbf#!/bin/sh\n", "begins with a byte order mark, which hides its #! from the kernel"),
        (b"MZ\0\0", "is neither an ELF file nor a script"),
        (static_program()[:20], "is a damaged ELF file"),
        (static_program()[:70], "is a damaged ELF file"),
        (elf(type=1, dynamic=False), "is an object file, no program"),
        (elf(type=2, machine=183, dynamic=False), "is for aarch64, 64 bits, and the image for amd64"),
    ],
)
def test_a_file_that_the_kernel_does_not_know_does_not_start(content: bytes, fault: str) -> None:
    assert started({"app": (0o755, content)}) == [f"/app {fault}"]


@pytest.mark.parametrize(
    "content",
    [
        static_program(),
        elf(type=2, dynamic=False),
        elf(type=2, dynamic=False, machine=3, wide=False),
        b"#!/bin/sh\n",
        b"#! /bin/sh -e",
    ],
)
def test_programs_and_scripts_start(content: bytes) -> None:
    assert started({"app": (0o755, content)}) == []


def test_what_a_shell_would_run_as_a_script_is_no_fault_behind_one() -> None:
    files = {"app": (0o755, b"echo x\n"), "bin/env": (0o755, static_program())}
    assert started(files, "sh", "-c", "/app") == []
    assert started(files, "env", "/app") == []
    assert started({"app": (0o755, b"#!/run\n"), "run": (0o755, b"echo x\n")}, "sh", "-c", "/app") == []
    assert started({"app": (0o755, elf(type=1, dynamic=False))}, "sh", "-c", "/app") == [
        "/app is an object file, no program"
    ]


def test_what_no_analyzer_looked_at_is_no_fault() -> None:
    for content in (b"", b"echo x", program(interpreter="/gone")[:20], program(interpreter="/gone")):
        assert started({"app": (0o755, content)}, analyzers=()) == []


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        (
            {"app": (0o755, program(interpreter="/lib/ld.so"))},
            ["/lib/ld.so is not in the image, and /app needs it"],
        ),
        ({"app": (0o755, program(interpreter="/lib/ld.so")), "lib/ld.so": (0o755, b"")}, []),
        ({"app": (0o755, program(needed=["libz.so"]))}, ["libz.so is not in the image, and /app needs it"]),
        ({"app": (0o755, program(needed=["libz.so"])), "lib/libz.so": (0o644, elf())}, []),
        (
            {"app": (0o755, program(needed=["libz.so"])), "opt/libz.so": (0o644, elf())},
            ["libz.so is not where its loader looks, and /app needs it"],
        ),
        (
            {"app": (0o755, program(needed=["liba.so"])), "lib/liba.so": (0o644, elf(needed=["libz.so"]))},
            ["libz.so is not in the image, and /lib/liba.so, a library of /app needs it"],
        ),
    ],
)
def test_the_loader_and_the_libraries_of_a_program_must_be_there(
    files: dict[str, tuple[int, bytes]], fault: list[str]
) -> None:
    assert started(files) == fault


def test_behind_a_shell_a_library_may_be_anywhere() -> None:
    files = {"app": (0o755, program(needed=["libz.so"]))}
    assert started({**files, "opt/libz.so": (0o644, elf())}, "sh", "-c", "/app") == []
    assert started(files, "sh", "-c", "/app") == ["libz.so is not in the image, and /app needs it"]


@pytest.mark.parametrize(
    ("interpreter", "faults"),
    [
        (b"#!/bin/sh\n", []),
        (b"#!/gone\n", ["/gone is not in the image, and /run needs it"]),
        (program(interpreter="/gone"), ["/gone is not in the image, and /run needs it"]),
        (
            b"echo x",
            ["/run is neither an ELF file nor a script that begins with #! and an interpreter, and /app needs it"],
        ),
        (b"#!/run\n", []),  # a circle, which ends
    ],
)
def test_an_interpreter_must_start_too(interpreter: bytes, faults: list[str]) -> None:
    assert started({"app": (0o755, b"#!/run\n"), "run": (0o755, interpreter)}) == faults
