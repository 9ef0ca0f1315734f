"""The marks of known programs, searched for all at once."""

from __future__ import annotations

import pytest

from imgscan.shell.known import TABLE, KnownProgram, marks_of_programs, program_by_content
from imgscan.system.elf import marks
from imgscan.system.elf.marks import program_by_search

_ROWS = [pytest.param(row, marks, id=row.name) for row in TABLE for marks in row.marks]
_FILLING = bytes(marks._ONE_BY_ONE)


@pytest.mark.parametrize(("row", "row_marks"), _ROWS)
def test_a_large_program_is_known_by_each_set_of_its_marks(row: KnownProgram, row_marks: tuple[bytes, ...]) -> None:
    content = _FILLING.join((b"", *row_marks, b""))

    assert program_by_search(content) == program_by_content(content)
    assert program_by_search(content) is not None


@pytest.mark.parametrize(("row", "row_marks"), _ROWS)
def test_a_large_program_is_not_known_by_a_part_of_a_mark(row: KnownProgram, row_marks: tuple[bytes, ...]) -> None:
    content = _FILLING.join((b"", *(mark[:-1] for mark in row_marks), b""))

    assert program_by_search(content) == program_by_content(content)


def test_one_known_to_be_no_shell_is_not_searched_for_shells() -> None:
    content = b"\0BASH_VERSINFO\0" + _FILLING

    assert program_by_search(content, no_shell=True) is None
    assert program_by_search(content) is not None


def test_a_compiler_of_scripts_made_of_a_shell_is_none() -> None:
    content = b"@(#)$Id: Version AJM 93" + _FILLING + b"?shcomp - "

    assert program_by_search(content) is None


def test_a_mark_that_comes_a_million_times_counts_once() -> None:
    content = b"\0[\0" * 1_000_000

    assert program_by_search(content) is None
    assert len(marks._compiled(False).new_scan()(content)) == 1


def test_without_hyperscan_marks_are_looked_for_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "SLOW", "hyperscan")
    content = b"\0BASH_VERSINFO\0" + _FILLING

    assert program_by_search(content) == program_by_content(content)


def test_no_mark_is_searched_for_twice() -> None:
    assert len(set(marks_of_programs())) == len(marks_of_programs())
    assert set(marks_of_programs(no_shell=True)) < set(marks_of_programs())
