"""Shells and interpreters under other names: whoever is asked in one report gives the same answer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from imgscan.engine import scan
from imgscan.report.document import Report
from imgscan.shell.known import TABLE, KnownProgram
from imgscan.testing import ImageBuilder, TarBuilder
from imgscan.testing.elf import elf

SETUID = "opt/healthd"
CAPABLE = "opt/capd"
# cap_setuid=ep
CAPABILITY = {"security.capability": bytes.fromhex("0100000280000000000000000000000000000000")}
MARKED = [(row, number) for row in TABLE for number in range(len(row.marks))]


def report_on(folder: Path, content: bytes) -> Report:
    tar = TarBuilder().file(SETUID, content, mode=0o4755).file(CAPABLE, content, mode=0o755, xattrs=CAPABILITY)
    path = folder / "image.tar"
    path.write_bytes(ImageBuilder().layer(tar).docker_archive())
    return scan(path)


def answers(report: Report) -> dict[str, set[str]]:
    """Return what each analyzer calls the two files."""
    result: dict[str, set[str]] = {"programs": set(), "capabilities": set(), "setuid": set()}
    for item in report.findings:
        if item.rule in ("programs.renamed-shell", "programs.renamed-interpreter"):
            result["programs"].add(item.evidence["by_content"])
        elif item.analyzer == "capabilities":
            result["capabilities"].add(str(item.evidence["interpreter"]))
        elif item.rule == "setuid.suid-file":
            result["setuid"].add(item.severity.name)
    return result


@pytest.mark.parametrize(("row", "number"), MARKED, ids=lambda value: getattr(value, "name", str(value)))
def test_each_program_of_the_table_is_the_same_to_all(tmp_path: Path, row: KnownProgram, number: int) -> None:
    content = elf(contents={".rodata": b"..".join((b"", *row.marks[number], b""))})

    found = answers(report_on(tmp_path, content))

    assert found == {"programs": {row.name}, "capabilities": {row.name}, "setuid": {"CRITICAL"}}


def test_a_program_that_is_none_of_them_is_none_to_all(tmp_path: Path) -> None:
    found = answers(report_on(tmp_path, elf(contents={".rodata": b"nothing that is known"})))

    assert found["programs"] == set()
    assert found["capabilities"] == {"None"}
    assert "CRITICAL" not in found["setuid"]


@pytest.mark.parametrize(
    "name", ["bash", "dash", "perl", "python3", "mawk", "gawk", "vim.basic", "gdb", "busybox", "node"]
)
def test_the_programs_of_this_machine_are_the_same_to_all(tmp_path: Path, name: str) -> None:
    path = shutil.which(name)
    if path is None or Path(path).read_bytes()[:4] != b"\x7fELF":
        pytest.skip(f"no {name} here")
    content = Path(path).resolve().read_bytes()

    found = answers(report_on(tmp_path, content))

    assert len(found["programs"]) == 1
    assert found["programs"] == found["capabilities"]
    assert found["setuid"] == {"CRITICAL"}
