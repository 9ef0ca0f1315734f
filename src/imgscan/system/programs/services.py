"""Programs that services start as root."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.model.entry import ImagePath
from imgscan.rootfs.view import ImageView
from imgscan.system.programs.files import ProgramFiles
from imgscan.system.programs.lookup import program_at

_UNITS = (
    "etc/systemd/",
    "usr/lib/systemd/",
    "lib/systemd/",
    "etc/init.d/",
    "etc/inittab",
    "etc/supervisor",
    "etc/s6",
    "etc/service",
    "etc/sv/",
    "etc/runit/",
)
_MAX_PATHS = 500


def served(view: ImageView) -> Iterator[ImagePath]:
    """Yield the programs that services start as root, as far as their files were read."""
    for fact in view.visible(ProgramFiles):
        if not fact.data.user and any(name.startswith(_UNITS) for name in fact.names):
            for path in fact.data.starts[:_MAX_PATHS]:
                yield from program_at(view, path)
