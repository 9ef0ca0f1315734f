from __future__ import annotations

from pathlib import Path

import pytest

from imgscan.explore.selection import Filters, Selection

from .made import snapshot


@pytest.fixture
def selection(tmp_path: Path) -> Selection:
    return Selection(snapshot(tmp_path))


def paths(selection: Selection, filters: Filters) -> list[str]:
    return [row.path for row in selection.rows(filters)]


def test_without_filters_it_is_what_a_container_sees(selection: Selection) -> None:
    assert paths(selection, Filters()) == ["bin/su", "etc/evil\x1b[31mred", "etc/motd"]


def test_a_layer_shows_what_it_did(selection: Selection) -> None:
    assert paths(selection, Filters(layer=1)) == ["etc/motd", "srv/.env"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(suid=True), ["bin/su"]),
        (Filters(secrets=True), ["srv/.env"]),
        (Filters(wasted=True), ["srv/.env", "etc/motd"]),
        (Filters(text="mot"), ["etc/motd"]),
        (Filters(layer=1, suid=True), []),
        (Filters(layer=1, secrets=True), ["srv/.env"]),
    ],
)
def test_each_filter_takes_its_files(selection: Selection, filters: Filters, expected: list[str]) -> None:
    assert paths(selection, filters) == expected


def test_findings_are_told_at_their_file_and_names_are_safe_to_show(selection: Selection) -> None:
    (su,) = selection.rows(Filters(suid=True))
    assert "setuid.suid-file" in selection.about(su)
    assert "su" in paths(selection, Filters(findings=True))[0]

    (evil,) = selection.rows(Filters(text="evil"))
    assert "\x1b" not in selection.about(evil)
    assert "\x1b" not in selection.heading()


def test_the_heading_counts(selection: Selection) -> None:
    assert "2 layers" in selection.heading()
    assert "wasted" in selection.heading()
    assert "read in part" not in selection.heading()
