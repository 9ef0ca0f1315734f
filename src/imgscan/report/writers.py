"""The report's formats by name: each is written by one module, loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from typing import TypeAlias, TypeVar

import msgspec

from imgscan.errors import UsageError
from imgscan.report.document import Report
from imgscan.report.summary import Unread

GROUP = "imgscan.reports"
"""The entry-point group for formats of other packages: a name and a ``Writer``."""


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How to write: terminal colours, ``width`` in columns, ``unicode`` for signs beyond ASCII, ``verbose``.

    ``every`` is true where all images of an archive were asked for: the form of the output then does not depend on
    how many there are. ``summary`` is true where the text is the table of the images alone (``verbose`` adds the
    reports); ``unread`` are the sources that gave no report. ``failing`` are the statuses of controls that fail a
    build.
    """

    color: bool = False
    width: int = 80
    unicode: bool = True
    verbose: bool = False
    every: bool = False
    summary: bool = False
    unread: tuple[Unread, ...] = ()
    failing: frozenset[str] = frozenset({"FAIL"})


_Kind = TypeVar("_Kind")

Writer: TypeAlias = Callable[[Sequence[Report], Style], bytes]
"""Turns reports (at least one) into the bytes of a file; UTF-8 where it is text."""

_BUILTIN = {
    "text": "imgscan.report.text.report",
    "json": "imgscan.report.json",
    "jsonl": "imgscan.report.jsonl",
    "sarif": "imgscan.report.sarif",
    "junit": "imgscan.report.junit",
    "codequality": "imgscan.report.codequality",
    "container-scanning": "imgscan.report.containerscanning",
    "html": "imgscan.report.html",
    "markdown": "imgscan.report.markdown",
    "cyclonedx": "imgscan.report.sbom.cyclonedx",
    "spdx": "imgscan.report.sbom.spdx",
    "summary": "imgscan.report.overview",
    "index": "imgscan.report.html.index",
}
FORMATS = tuple(_BUILTIN)

_LIBRARIES = {"cyclonedx": "cyclonedx-python-lib", "spdx": "spdx-tools"}
"""Formats whose library an installation may lack where nothing else needs it, and the library's name."""


def writer_of(name: str) -> Writer:
    """Return the writer of a format.

    Raises:
        UsageError: there is no such format, its library is not installed, or another package's cannot be loaded.
    """
    if name in _BUILTIN:
        try:
            result: Writer = import_module(_BUILTIN[name]).write
        except ModuleNotFoundError as error:
            if name not in _LIBRARIES:
                raise
            command = f"pip install {_LIBRARIES[name]}"
            raise UsageError(f"the format {name} needs the package {error.name}: {command}") from error
        return result
    offered = {point.name: point for point in entry_points(group=GROUP)}
    if name not in offered:
        raise UsageError(f"no format {name}; there are: {', '.join((*FORMATS, *sorted(offered)))}")
    try:
        loaded: Writer = offered[name].load()
    except Exception as error:
        raise UsageError(f"the format {name} cannot be loaded ({type(error).__name__}: {error})") from error
    return loaded


def one_of(writers: Mapping[str, _Kind], name: str, what: str) -> _Kind:
    """Return the writer called ``name`` of those for another kind of document (``what``, as in "a comparison").

    Raises:
        UsageError: there is none.
    """
    if name not in writers:
        raise UsageError(f"no format {name} for {what}; there are: {', '.join(writers)}")
    return writers[name]
