"""imgscan inside another scanner: what is installed, and contents of files, without a report.

with Reader("image.tar") as reader:
    reader.packages()               # package URLs, with the layer that brought each
    reader.text("etc/os-release")
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

import imgscan

# Made once: compiled patterns and rules serve every image.
_ENGINE = imgscan.Engine(imgscan.ScanOptions(analyzers=("packages", "golang", "binaries")))


class Reader:
    """One image; layers are read once for ``packages`` and once for the first ``text``."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._image = imgscan.open_image(source)
        self._files: imgscan.Filesystem | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._image.close()

    def packages(self) -> list[tuple[str, int]]:
        """Return the URL of each package, and the index of its layer.

        Raises:
            RuntimeError: the image was read in part, so that a package may be missing.
        """
        report = _ENGINE.scan(self._source)
        if not report.complete:
            raise RuntimeError("; ".join(problem.message for problem in report.problems))
        return [(str(item["purl"]), int(str(item["layer"]))) for item in report.inventory.get("packages", ())]

    def text(self, path: str) -> str | None:
        """Return the content of a file as a container sees it, None where there is none."""
        if self._files is None:
            self._files = self._image.filesystem()
        node = self._files.stat(path)
        if node is None or node.kind is not imgscan.EntryKind.FILE:
            return None
        return self._files.read(path).decode("utf-8", "replace")
