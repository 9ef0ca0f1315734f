"""Where the base image ends, and by what evidence: no archive proves it without a list of trusted layers.

Sources: OCI image-spec, annotations.md, ``org.opencontainers.image.base.*``; Buildah's comment ``FROM name``; a CMD in
the middle of a Dockerfile is mostly the last line of the base's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from imgscan.analyzers.history.lines import Line, history_lines
from imgscan.formats.image.history import Dialect
from imgscan.rootfs.view import ImageView

_NAME, _DIGEST = "org.opencontainers.image.base.name", "org.opencontainers.image.base.digest"
_WHOLE_IMAGES = frozenset(
    {
        Dialect.BAZEL,
        Dialect.APKO,
        Dialect.DEBUERREOTYPE,
        Dialect.KO,
        Dialect.JIB,
        Dialect.UMOCI,
        Dialect.NIX,
        Dialect.IMPORT,
        Dialect.BUILDPACKS,
    }
)
"""Builders that make whole images rather than add to one: a Dockerfile's lines above theirs are another's."""


_OF_A_SYSTEM = frozenset(
    "etc/os-release usr/lib/os-release etc/passwd etc/debian_version etc/alpine-release etc/redhat-release bin/sh "
    "usr/bin/sh bin/busybox usr/bin/busybox lib/apk/db/installed var/lib/dpkg/status".split()
)
_ROOTFS = re.compile(r"rootfs|\.(?:tar|tgz|txz|tbz2)\b", re.IGNORECASE)


class Evidence(StrEnum):
    """What a boundary rests on, the surest first; ROOTFS knows only that the first layer is a root filesystem."""

    BUILDAH_COMMENT = "buildah-comment"
    COMMAND = "command-in-the-middle"
    OTHER_BUILDER = "other-builder"
    ROOTFS = "rootfs"
    NONE = "none"


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """The base image: the history lines and layers that it has, as far as told, and its declared name and digest.

    ``lines`` and ``layers`` are counts from the bottom; ``layers`` is None where history and layers do not match.
    """

    evidence: Evidence
    lines: int = 0
    layers: int | None = None
    name: str | None = None
    digest: str | None = None


def base_image(view: ImageView) -> Base:
    """Return what is known of the base image; call it through ``view.derived``."""
    named = {**view.manifest.annotations, **view.config.labels}
    lines = view.derived(history_lines)
    evidence, count, name = _boundary(view, lines)
    made = [line for line in lines if not line.item.empty_layer]
    known = any(line.layer is not None for line in made)
    return Base(
        evidence=evidence,
        lines=count,
        layers=sum(not line.item.empty_layer for line in lines[:count]) if known else None,
        name=named.get(_NAME) or name,
        digest=named.get(_DIGEST),
    )


def _boundary(view: ImageView, lines: tuple[Line, ...]) -> tuple[Evidence, int, str | None]:
    for line in reversed(lines):
        # Buildah writes the name of what it built on into the first line of its own.
        if line.said.dialect is Dialect.BUILDAH and line.item.comment.startswith("FROM ") and line.number:
            name = line.item.comment[5:].strip()
            first = line.number
            while first and lines[first - 1].item.comment == line.item.comment:
                first -= 1
            if first:
                return Evidence.BUILDAH_COMMENT, first, name[:300]
    middle = [
        line.number
        for line in lines
        if line.said.instruction in ("CMD", "ENTRYPOINT")
        and any(not later.item.empty_layer for later in lines[line.number + 1 :])
    ]
    if middle:
        return Evidence.COMMAND, middle[-1] + 1, None
    other = next((line.number for line in lines if line.said.dialect not in _WHOLE_IMAGES), 0)
    if other:
        return Evidence.OTHER_BUILDER, other, None
    lowest = first_layer(lines)
    if lowest is not None and is_rootfs(view, lowest):
        return Evidence.ROOTFS, lowest.number + 1, None
    return Evidence.NONE, 0, None


def first_layer(lines: Sequence[Line]) -> Line | None:
    """Return the first line that made a layer: a LABEL or ARG may stand before it."""
    return next((line for line in lines if not line.item.empty_layer), None)


def is_rootfs(view: ImageView, line: Line) -> bool:
    """Whether a line puts a whole root filesystem in place, as the first one of a distribution's image does.

    The name of what was added tells, or its layer where that is known: a system says in a file what it is, or has a
    shell.
    """
    said = line.said
    if said.dialect is Dialect.DEBUERREOTYPE:
        return True
    parts = said.arguments.split()
    if said.instruction not in ("ADD", "COPY") or not parts or parts[-1] != "/":
        return False
    if _ROOTFS.search(parts[0]):
        return True
    if line.layer is None:
        return parts[0].startswith(("file:", "multi:"))
    return any(entry.path in _OF_A_SYSTEM for entry in view.layer_entries(line.layer))
