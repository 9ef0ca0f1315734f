from __future__ import annotations

import pytest

from imgscan.cli.progress import progress_bar


class Terminal:
    def isatty(self) -> bool:
        return False


@pytest.mark.parametrize("wanted", [True, False])
def test_no_bar_where_there_is_no_terminal(wanted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", Terminal())

    with progress_bar("x", wanted) as update:
        assert update is None
