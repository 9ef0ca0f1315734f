"""The command line run inside this process or as a child, and what it printed, taken apart."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple, TypeAlias
from unittest.mock import patch

import jsonschema_rs
import orjson

from imgscan.cli.main import main
from imgscan.report.json import report_schema

ROOT = Path(__file__).parents[2]
TESTDATA = ROOT / "testdata"
CORPUS = ROOT.parent / "shared" / "corpus" / "images"
ALPINE = TESTDATA / "alpine-3.10.tar.gz"

Row: TypeAlias = dict[str, Any]


class Run(NamedTuple):
    """Exit code, standard output as bytes, standard error as text."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report (or collection of them), held against the shipped schema."""
        found: dict[str, Any] = orjson.loads(self.out)
        for report in found.get("reports", [found]):
            validator().validate(report)
        return found

    @property
    def rows(self) -> list[Row]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def by_path(self) -> dict[str, Row]:
        rows = self.rows
        found = {row["path"]: row for row in rows}
        assert len(found) == len(rows), "a path is listed twice"
        return found


@cache
def validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(report_schema())


def imgscan(*words: str | Path, stdin: bytes | None = None) -> Run:
    """Run the command line in this process; ``stdin`` arrives through a pipe, in pieces."""
    out, err = io.BytesIO(), io.StringIO()
    text = io.TextIOWrapper(out, encoding="utf-8", write_through=True)
    with redirect_stdout(text), redirect_stderr(err), _piped(stdin):
        code = main([str(word) for word in words])
    return Run(code, out.getvalue(), err.getvalue())


@contextmanager
def _piped(data: bytes | None) -> Iterator[None]:
    if data is None:
        yield
        return
    reader, writer = os.pipe()

    def feed() -> None:
        # Reading may stop early: at a fault, or behind the end of the tar.
        with os.fdopen(writer, "wb", buffering=0) as pipe:
            try:
                pipe.write(data)
            except BrokenPipeError:
                return

    thread = Thread(target=feed)
    thread.start()
    try:
        with os.fdopen(reader) as file, patch.object(sys, "stdin", file):
            yield
    finally:
        thread.join()


def child(words: Sequence[str | Path], stdin: bytes | None = None, shell: str = "") -> Run:
    """Run the command line as a process of its own; ``shell`` is what a shell adds behind it (``| head -1``)."""
    command = [sys.executable, "-m", "imgscan", *map(str, words)]
    source = subprocess.DEVNULL if stdin is None else None
    if shell:
        command = ["sh", "-c", f'"$@" {shell}', "sh", *command]
    done = subprocess.run(command, input=stdin, stdin=source, capture_output=True, timeout=60, check=False)
    return Run(done.returncode, done.stdout, done.stderr.decode())


COMPARED = ("type", "mode", "uid", "gid", "size", "linkname", "rdev", "sha256", "nlink", "hardlink_of", "xattrs")
"""What a listing must say as the oracles say it; the root's mode and all times differ between engines."""


def differences(expected: dict[str, Row], found: dict[str, Row]) -> list[tuple[Any, ...]]:
    """Return what two listings do not agree on: (path, key, expected, found), or (path, which of them has it)."""
    alone = [(path, "expected only") for path in sorted(expected.keys() - found.keys())]
    alone += [(path, "found only") for path in sorted(found.keys() - expected.keys())]
    return alone + [
        (path, key, expected[path].get(key), found[path].get(key))
        for path in sorted(expected.keys() & found.keys())
        for key in COMPARED
        if expected[path].get(key) != found[path].get(key) and (path, key) != (".", "mode")
    ]


def problems(report: dict[str, Any], level: str = "error") -> list[str]:
    """Return the messages of one level."""
    return [item["message"] for item in report["problems"] if item["level"] == level]


def codes(report: dict[str, Any]) -> list[str]:
    """Return the kinds of problems, each once, in order."""
    return list(dict.fromkeys(item["code"] for item in report["problems"]))


def one_line(run: Run, names: Iterable[str]) -> None:
    """Assert that a run was refused with one line on standard error that holds all of ``names``."""
    lines = run.err.splitlines()
    assert run.code == 3
    assert len(lines) == 1, run.err
    assert lines[0].startswith("imgscan: ")
    assert all(name in lines[0] for name in names), lines[0]
