"""ADD where COPY would do (CIS Docker 4.9): what an ADD of the history took, as far as history and layer tell."""

from __future__ import annotations

from imgscan.analyzers.history.lines import Line
from imgscan.analyzers.history.run_instructions import Admission
from imgscan.model.entry import EntryKind
from imgscan.model.finding import Severity
from imgscan.rootfs.view import ImageView

_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tar.zst")
_REMOTE = ("http://", "https://", "ftp://", "git://", "git@", "ssh://")


def assess_add(view: ImageView, line: Line) -> Admission | None:
    """Return what is wrong with an ADD; None for one that extracts an archive, which COPY cannot."""
    sources, options = _sources(line.said.arguments)
    remote = [source for source in sources if source.startswith(_REMOTE)]
    if remote:
        scheme = remote[0].partition(":")[0]
        checked = any(option.startswith("--checksum=") for option in options)
        if checked:
            return Admission("add-url", Severity.INFO, "ADD of a URL, with a checksum", checksum=True)
        severity = Severity.HIGH if scheme in ("http", "ftp") else Severity.MEDIUM
        return Admission("add-url", severity, f"ADD of a URL ({scheme}), without a checksum")
    if not sources or all(source.lower().endswith(_ARCHIVES) for source in sources):
        return None
    if sources[0].startswith("file:") and _extracted(view, line):
        return None
    return Admission("add-local", Severity.LOW, "ADD of local files, where COPY would do")


def _sources(arguments: str) -> tuple[list[str], list[str]]:
    """Return sources and options: of ``SRC... DST``, or of the classic builder's ``SRC in DST``."""
    words = arguments.split()
    options = [word for word in words if word.startswith("--")]
    plain = [word.strip('[],"') for word in words if not word.startswith("--")]
    if "in" in plain:
        return plain[: plain.index("in")], options
    return plain[:-1], options


def _extracted(view: ImageView, line: Line) -> bool:
    """Whether the layer of an ADD of one file holds several: then the file was an archive."""
    if line.layer is None:
        return True  # not known, so not told
    entries = view.layer_entries(line.layer)[:10_000]
    return sum(entry.kind is not EntryKind.DIRECTORY for entry in entries) > 1
