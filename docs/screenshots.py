"""Take the pictures of docs/images: the HTML report of the sample image in a browser, and the explorer.

python docs/screenshots.py         needs chromium on PATH and the extra tui

Pictures depend on fonts and versions: they are looked at, and no test compares them.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from pathlib import Path

import imgscan
from imgscan.explore.app import Explorer
from imgscan.explore.snapshot import FileRow, snapshot_of

DOCS = Path(__file__).parent
ROOT = DOCS.parent
IMAGES = DOCS / "images"
SAMPLE = "testdata/alpine-3.10.tar.gz"
_WIDTH, _HEIGHT = 1280, 1600


def report_picture() -> None:
    """Write the upper part of the HTML report."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        raise SystemExit("no chromium on PATH")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_bytes(imgscan.write(imgscan.scan(SAMPLE), "html"))
        command = [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *(f"--user-data-dir={folder}/profile", f"--window-size={_WIDTH},{_HEIGHT}"),
            *(f"--screenshot={IMAGES / 'report.png'}", page.as_uri()),
        ]
        subprocess.run(command, check=True, capture_output=True)


def explorer_picture() -> None:
    """Write the explorer's screen, a file with findings chosen."""
    with imgscan.open_image(SAMPLE) as image:
        filesystem = image.filesystem()

        def read(row: FileRow) -> bytes:
            return filesystem.read(row.path)[:4096]

        async def shown() -> str:
            app = Explorer(snapshot_of(SAMPLE, imgscan.ScanOptions(), None), read)
            async with app.run_test(size=(130, 36)) as pilot:
                await pilot.pause()
                await pilot.press("f")
                await pilot.pause()
                return app.export_screenshot(title="imgscan explore")

        (IMAGES / "explore.svg").write_text(asyncio.run(shown()))


def main() -> None:
    """Take them all."""
    IMAGES.mkdir(exist_ok=True)
    report_picture()
    explorer_picture()


if __name__ == "__main__":
    main()
