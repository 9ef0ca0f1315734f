from __future__ import annotations

from collections.abc import Iterator
from typing import Never

import pytest

from imgscan.analyzers.access import Actor
from imgscan.analyzers.api import Content, Data, Interest
from imgscan.analyzers.commands import follow
from imgscan.analyzers.config.analyzer import Config
from imgscan.model.entry import Entry
from imgscan.rootfs.view import ImageView
from imgscan.testing import TarBuilder

from .support import view_of

APP = Actor(999, frozenset({999}))
IMAGE = {
    "bin/sh": (0o755, b"\x7fELF"),
    "usr/bin/env": (0o755, b"\x7fELF"),
    "usr/bin/tini": (0o755, b"\x7fELF"),
    "usr/bin/python3": (0o755, b"\x7fELF"),
    "app/run": (0o755, b"#!/bin/sh -e\n"),
    "app/tool": (0o755, b"#!/usr/bin/env python3\n"),
    "app/windows": (0o755, b"#!/bin/sh\r\n"),
    "app/orphan": (0o755, b"#!/opt/missing\n"),
    "app/envless": (0o755, b"#!/usr/bin/env ruby\n"),
    "app/data": (0o644, b"x"),
    "app/mine": (0o700, b"\x7fELF"),
    "app/unreadable": (0o711, b"#!/bin/sh\n"),
    "app/main.py": (0o644, b""),
    "opt/tools/elsewhere": (0o755, b"\x7fELF"),
    "secret/": (0o700, b""),
    "secret/run": (0o755, b"\x7fELF"),
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


class Loaders:
    """Tells of every ELF file that it names a loader, as the analyzer of ELF files does."""

    id = "elf"
    version = 1
    interest = Interest(magics=(b"\x7fELF",))

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        yield {"elf": {"interpreter": "/lib/ld.so"}}

    def conclude(self, view: ImageView) -> Iterator[Never]:
        return iter(())


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"app": (0o755, b"\x7fELF")}, "is not in the image, and /app needs it"),
        ({"app": (0o755, b"\x7fELF"), "lib/ld.so": (0o755, b"")}, ""),
    ],
)
def test_the_loader_of_an_elf_file_must_be_there(files: dict[str, tuple[int, bytes]], fault: str) -> None:
    view = view_of(files, analyzers=(Loaders(),), settings={})
    assert [(step.name, step.fault) for step in follow(view, ("/app",), APP)] == [("/app", ""), ("/lib/ld.so", fault)]
