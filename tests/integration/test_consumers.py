"""A program that uses imgscan passes the strict checkers of types: mypy, and pyright where it is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
from __future__ import annotations

from collections.abc import Iterator

import msgspec

import imgscan


class Fact(msgspec.Struct, frozen=True):
    size: int


class Mine:
    id = "mine"
    version = 1
    fact = Fact
    interest = imgscan.Interest(names=frozenset({"x"}))

    def observe(self, entry: imgscan.Entry, content: imgscan.Content) -> Iterator[Fact]:
        yield Fact(content.size + len(content.data))

    def conclude(self, view: imgscan.ImageView) -> Iterator[imgscan.Finding | imgscan.Item]:
        for fact in view.visible(self):
            text = f"{fact.data.size} in {fact.path}"
            yield imgscan.Finding(rule="mine.x", analyzer="mine", severity=imgscan.Severity.LOW, message=text)


class Blobs:
    name = "blobs"

    def find(self, name: str) -> str | None:
        return name

    def size(self, key: str) -> int:
        return 0

    def chunks(self, key: str) -> Iterator[bytes]:
        yield b""


def progress(at: imgscan.Progress) -> None:
    print(at.stage, at.done, at.total)


async def later() -> imgscan.Report:
    return await imgscan.scan_async("a.tar")


def use(analyzer: imgscan.Analyzer, source: imgscan.Source) -> None:
    options = imgscan.ScanOptions(analyzers=("secrets",), limits=imgscan.Limits(findings_per_rule=3))
    report = imgscan.scan(source, options, progress=progress)
    print(report.exit_code(imgscan.Severity.HIGH), [item.fingerprint for item in report.findings])
    print([gap.why for gap in report.coverage.skipped], [problem.code for problem in report.problems])
    print([control.id for control in report.controls if control.status is imgscan.Status.FAIL])
    with imgscan.open_image(b"") as image:
        files = image.filesystem()
        print([(node.path, node.kind, node.entry.mode) for node in files.glob("etc/*")])
        with files.open("/etc/passwd") as file:
            print(file.read(3), file.seek(0))
    for event in imgscan.iter_scan("a.tar"):
        if isinstance(event, imgscan.LayerDone):
            print(event.done, event.total)
    engine = imgscan.Engine(imgscan.ScanOptions(store=imgscan.DirectoryStore("/tmp/x")))
    saved = imgscan.read_report(imgscan.write(engine.scan("a.tar")))
    print(imgscan.diff(saved, report).findings.new, imgscan.hardening(report), analyzer.id)


use(Mine(), Blobs())
"""


def test_mypy_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "mypy", "--strict", str(tmp_path / "use.py")]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_mypy_finds_a_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(PROGRAM + "imgscan.scan(3)\n")
    command = [sys.executable, "-m", "mypy", "--strict", str(tmp_path / "use.py")]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert 'Argument 1 to "scan" has incompatible type "int"' in done.stdout


@pytest.mark.skipif(shutil.which("pyright") is None, reason="no pyright on PATH")
def test_pyright_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(PROGRAM)
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict", "include": ["use.py"]}))
    command = ["pyright", "--pythonpath", sys.executable, "--outputjson"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert [item["message"] for item in json.loads(done.stdout)["generalDiagnostics"]] == []
