"""The explorer under Textual's own pilot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

pytest.importorskip("textual", reason="the extra tui is not installed")

from textual.pilot import Pilot
from textual.widgets import DataTable, Static

from imgscan.explore.app import Explorer
from imgscan.explore.snapshot import FileRow
from imgscan.image import open_image

from .made import TOKEN, image, snapshot

Steps = Callable[[Pilot[None], Explorer], Awaitable[None]]


def walked(folder: Path, steps: Steps) -> None:
    path = image(folder)

    def read(row: FileRow) -> bytes:
        if row.path == "etc/motd":
            raise OSError("cannot \x1b[31m be read")
        with open_image(path) as opened:
            return b"".join(opened.filesystem().open(row.path, row.holder))

    async def run() -> None:
        app = Explorer(snapshot(folder), read)
        async with app.run_test(size=(140, 40)) as pilot:
            await pilot.pause()
            await steps(pilot, app)

    asyncio.run(run())


def text_of(app: Explorer, name: str) -> str:
    return str(app.query_one(f"#{name}", Static).content)


def names(app: Explorer) -> list[str]:
    table = app.query_one("#files", DataTable)
    return [str(table.get_row_at(number)[3]) for number in range(table.row_count)]


def test_it_begins_with_what_a_container_sees_and_nothing_acts(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], app: Explorer) -> None:
        assert names(app) == ["/bin/su", "/etc/evil\\x1b[31mred", "/etc/motd"]
        assert "setuid.suid-file" in text_of(app, "about")
        assert "2 layers" in text_of(app, "heading")
        layers = app.query_one("#layers", DataTable)
        assert str(layers.get_row_at(2)[2]) == "RUN rm \\x1b[2J"

    walked(tmp_path, steps)


def test_keys_filter_and_take_back(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], app: Explorer) -> None:
        await pilot.press("u")
        assert names(app) == ["/bin/su"]
        await pilot.press("u", "w")
        assert names(app) == ["/srv/.env", "/etc/motd"]
        await pilot.press("escape")
        assert len(names(app)) == 3
        await pilot.press("slash", "m", "o", "t", "enter")
        assert names(app) == ["/etc/motd"]
        assert '"mot"' in text_of(app, "filters")

    walked(tmp_path, steps)


def test_a_layer_is_chosen_on_the_left(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], app: Explorer) -> None:
        app.query_one("#layers", DataTable).focus()
        await pilot.press("down", "down")
        await pilot.pause()
        assert app.filters.layer == 1
        assert names(app) == ["/etc/motd", "/srv/.env"]
        assert str(app.query_one("#files", DataTable).get_row_at(1)[0]) == "-"

    walked(tmp_path, steps)


def test_a_content_is_shown_with_its_secret_masked(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], app: Explorer) -> None:
        await pilot.press("s", "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        content = text_of(app, "content")
        assert "GITHUB_TOKEN=" + "*" * len(TOKEN) in content
        assert TOKEN not in content
        assert "B=2" in content

    walked(tmp_path, steps)


def test_markup_and_escapes_of_a_content_are_text(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], app: Explorer) -> None:
        await pilot.press("down", "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "[bold]text[/bold] \\x1b]0;title\\x07" in text_of(app, "content")
        await pilot.press("down", "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "cannot \\x1b[31m be read" in text_of(app, "content")

    walked(tmp_path, steps)


def test_nothing_on_the_screen_is_an_escape_of_the_image(tmp_path: Path) -> None:
    async def steps(pilot: Pilot[None], app: Explorer) -> None:
        picture = app.export_screenshot()
        assert "evil" in picture
        assert "\x1b" not in picture
        assert TOKEN not in picture

    walked(tmp_path, steps)
