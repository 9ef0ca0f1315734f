"""One image for the tests of the explorer."""

from __future__ import annotations

from pathlib import Path

from imgscan.explore.snapshot import Snapshot, snapshot_of
from imgscan.model.options import ScanOptions
from imgscan.testing import ImageBuilder, TarBuilder

TOKEN = "ghp_" + "k3JdR9xQ2mW7vT5bN8cZ1yL4pS6hF0gA".ljust(36, "q")
ESCAPE = "etc/evil\x1b[31mred"


def image(folder: Path) -> str:
    """Return the file of an image with a SUID file, a deleted secret, a changed file, and a name that acts."""
    lower = (
        TarBuilder()
        .file("bin/su", b"\x7fELF" + bytes(60), mode=0o4755)
        .file("srv/.env", f"A=1\nGITHUB_TOKEN={TOKEN}\nB=2\n".encode())
        .file("etc/motd", b"old")
        .file(ESCAPE, b"[bold]text[/bold] \x1b]0;title\x07\n")
    )
    upper = TarBuilder().file("etc/motd", b"newer").whiteout("srv/.env")
    built = ImageBuilder().layer(lower.build(), created_by="COPY . /").layer(upper.build(), created_by="RUN rm \x1b[2J")
    path = folder / "image.tar"
    path.write_bytes(built.docker_archive())
    return str(path)


def snapshot(folder: Path) -> Snapshot:
    return snapshot_of(image(folder), ScanOptions())
