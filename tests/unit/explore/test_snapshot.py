from __future__ import annotations

from pathlib import Path

from .made import TOKEN, snapshot


def test_each_layer_says_what_it_did(tmp_path: Path) -> None:
    rows = {(row.layer, row.path): row.action for row in snapshot(tmp_path).files}

    assert rows[0, "etc/motd"] == "added"
    assert rows[1, "etc/motd"] == "changed"
    assert rows[0, "srv/.env"] == "added"
    assert rows[1, "srv/.env"] == "removed"
    assert (1, "bin/su") not in rows


def test_a_removal_names_the_layer_that_has_the_content(tmp_path: Path) -> None:
    (row,) = [row for row in snapshot(tmp_path).files if row.action == "removed"]

    assert (row.layer, row.holder, row.visible) == (1, 0, False)


def test_wasted_bytes_are_those_that_no_container_sees(tmp_path: Path) -> None:
    lower, upper = snapshot(tmp_path).layers

    assert lower.wasted == len(f"A=1\nGITHUB_TOKEN={TOKEN}\nB=2\n") + len("old")
    assert upper.wasted == 0


def test_secrets_are_places_and_never_values(tmp_path: Path) -> None:
    result = snapshot(tmp_path)

    assert [(span.path, span.layer, span.length) for span in result.secrets] == [("srv/.env", 0, len(TOKEN))]
    assert TOKEN not in repr(result)
    assert any(item.path == "srv/.env" for item in result.findings)
    assert result.complete
