from __future__ import annotations

from pathlib import Path

import pytest

from imgscan.cli.diff import is_report


@pytest.mark.parametrize(("content", "is_one"), [(b'{"a": 1}', True), (b"  {}", True), (b"x", False), (b"", False)])
def test_a_saved_report_is_known_by_its_start(content: bytes, is_one: bool, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)

    assert is_report(str(tmp_path / "file")) is is_one


def test_what_is_no_file_is_no_report(tmp_path: Path) -> None:
    assert not is_report(str(tmp_path))
    assert not is_report(str(tmp_path / "none"))
    assert not is_report("-")
    assert not is_report("a\0b")
