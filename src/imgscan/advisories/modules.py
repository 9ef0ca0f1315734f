"""Module streams of rpm: of several builds of one package, the one that an advisory is about.

A stream (``nodejs:18``) has versions of its own: a fix for one says nothing of another, though both can be compared.
Source: Fedora docs, "Modularity"; rpm's tag 5096, ``Modularitylabel`` (``NAME:STREAM:VERSION:CONTEXT``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from imgscan.advisories.record import Statement

ANY = "*"
"""A stream that the advisory does not name."""

# What the build service of modules puts into a release: 2.module_el8.6.0+3108, 1.module+el8.7.0+16991.
_BUILT = re.compile(r"\.module[_+]")
_STREAM = re.compile(r"(?<![\w.+/:-])[A-Za-z0-9][\w.+-]*:[A-Za-z0-9](?:[\w.+-]*\w)?")
_LABEL = re.compile(r"([^:]+:[^:]+)(?::|$)")


def stream_of(label: str) -> str:
    """Return name and stream of a label of rpm or of a package URL's ``rpmmod``, empty for none."""
    match = _LABEL.match(label)
    return match[1] if match is not None else ""


def named_streams(text: str, versions: Iterable[str]) -> tuple[str, ...]:
    """Return the streams that a text names, ``ANY`` for none; nothing where none of ``versions`` is a module's."""
    if not any(map(_BUILT.search, versions)):
        return ()
    return tuple(dict.fromkeys(_STREAM.findall(text))) or (ANY,)


def is_about(statement: Statement, version: str, stream: str) -> bool:
    """Whether a statement is about a package's build, ``stream`` being what its database says of it.

    Where either does not say its stream the versions decide: then one too many is shown, and none is missed.
    """
    built = bool(stream) or _BUILT.search(version) is not None
    if not statement.streams:
        # Without a fix there is nothing to compare: it is about every build.
        return not built or not any(event.fixed for events in statement.ranges for event in events)
    return built and (not stream or ANY in statement.streams or stream in statement.streams)
