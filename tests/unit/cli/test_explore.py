from __future__ import annotations

import sys
from pathlib import Path

import pytest

from imgscan.cli.explore import _packed, content_of, run_explore, unpacked
from imgscan.errors import UsageError
from imgscan.explore.snapshot import FileRow
from tests.unit.explore.made import TOKEN, image, snapshot

from .support import parsed


def row(path: str, holder: int = 0) -> FileRow:
    return FileRow(path, "file", 0o644, "0:0", 1, holder, holder, "added", True)


def test_without_a_terminal_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs a terminal"):
        run_explore(parsed("explore", image(tmp_path)))
    with pytest.raises(UsageError, match="not standard input"):
        run_explore(parsed("explore", "-"))


def test_without_textual_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setitem(sys.modules, "textual", None)
    monkeypatch.delitem(sys.modules, "imgscan.explore.app", raising=False)

    with pytest.raises(UsageError, match=r"pip install 'imgscan\[tui\]'"):
        run_explore(parsed("explore", image(tmp_path)))


def test_a_content_is_read_from_the_layer_that_has_it(tmp_path: Path) -> None:
    arguments = parsed("explore", image(tmp_path))

    assert TOKEN.encode() in content_of(arguments, row("srv/.env"))
    assert content_of(arguments, row("etc/motd", 1)) == b"newer"
    with pytest.raises(OSError, match="no such file in layer 1"):
        content_of(arguments, row("srv/.env", 1))


def test_names_that_are_not_utf8_pass_between_the_processes(tmp_path: Path) -> None:
    import msgspec

    made = snapshot(tmp_path)
    odd = msgspec.structs.replace(made, files=(row("etc/\udcff\u00e4"),), title="\udc80")

    assert unpacked(msgspec.msgpack.decode(msgspec.msgpack.encode(_packed(odd)))) == odd
