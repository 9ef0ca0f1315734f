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
_DOCKERFILE_BUILDERS = frozenset({Dialect.DOCKER, Dialect.BUILDKIT, Dialect.BUILDAH, Dialect.KANIKO})
_BARE = frozenset({Dialect.DOCKER, Dialect.BUILDAH, Dialect.DOCKERFILE, Dialect.UNKNOWN})
"""As what a line of Buildah's without a comment is read: it has the classic builder's form."""
_ID = re.compile(r"(?:sha256:)?(?:[0-9a-f]{12}|[0-9a-f]{64})")
_MAX_NAME = 300
_REMOTE = re.compile(r"(?:https?|ftp|git|ssh)://|git@", re.IGNORECASE)
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
    ``source`` is what the FROM of this very build names, None where nothing says so: annotations and labels may be
    inherited from the base.
    """

    evidence: Evidence
    lines: int = 0
    layers: int | None = None
    name: str | None = None
    digest: str | None = None
    source: str | None = None


def base_image(view: ImageView) -> Base:
    """Return what is known of the base image; call it through ``view.derived``."""
    named = {**view.manifest.annotations, **view.config.labels}
    lines = view.derived(history_lines)
    evidence, count, source = _boundary(view, lines)
    made = [line for line in lines if not line.item.empty_layer]
    known = any(line.layer is not None for line in made)
    return Base(
        evidence=evidence,
        lines=count,
        layers=sum(not line.item.empty_layer for line in lines[:count]) if known else None,
        name=named.get(_NAME) or source,
        digest=named.get(_DIGEST),
        source=source,
    )


def _boundary(view: ImageView, lines: tuple[Line, ...]) -> tuple[Evidence, int, str | None]:
    start, source = _of_buildah(lines)
    if start is not None:
        return (Evidence.BUILDAH_COMMENT if start else Evidence.NONE), start, source
    change = _change_of_builder(lines)
    middle = [
        line.number
        for line in lines[change:]
        if line.said.instruction in ("CMD", "ENTRYPOINT")
        and any(not later.item.empty_layer for later in lines[line.number + 1 :])
    ]
    if middle:
        return Evidence.COMMAND, middle[-1] + 1, None
    other = change or next((line.number for line in lines if line.said.dialect not in _WHOLE_IMAGES), 0)
    if other:
        return Evidence.OTHER_BUILDER, other, None
    lowest = first_layer(lines)
    if lowest is not None and is_rootfs(view, lowest):
        return Evidence.ROOTFS, lowest.number + 1, None
    return Evidence.NONE, 0, None


def _of_buildah(lines: Sequence[Line]) -> tuple[int | None, str | None]:
    """Return the first line of the build that made the image, and what its FROM names, where Buildah built it last.

    Each line that makes a layer has a comment ``FROM ...``: of the first one it is the base as the Dockerfile names
    it; with ``--layers``, podman's default, of each later one the id of the image before it. Lines of an empty layer
    may have none. Below a layer of another builder Buildah built the base, and its FROM is the base's.
    """
    start = None
    for line in reversed(lines):
        source = _from(line)
        if source is not None and not _ID.fullmatch(source):
            start = line.number
            # Without --layers all lines of a build may have the same comment.
            while start and _from(lines[start - 1]) == source:
                start -= 1
            return start, source[:_MAX_NAME]
        if source is not None:
            start = line.number
        elif not line.item.empty_layer or line.said.dialect not in _BARE:
            break
    return start, None


def _from(line: Line) -> str | None:
    comment = line.item.comment
    return comment[5:].strip() if line.said.dialect is Dialect.BUILDAH and comment.startswith("FROM ") else None


def _change_of_builder(lines: Sequence[Line]) -> int:
    """Return where the last builder's lines begin, if another one's are below: one build has one builder."""
    if not lines:
        return 0
    last = lines[-1].said.dialect
    if last not in _DOCKERFILE_BUILDERS:
        return 0
    others = _DOCKERFILE_BUILDERS - {last}
    return next((line.number + 1 for line in reversed(lines) if line.said.dialect in others), 0)


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
    # What comes from an address is not extracted, whatever its name, but where BuildKit is asked to (--unpack).
    is_remote = _REMOTE.match(parts[0]) is not None
    if _ROOTFS.search(parts[0]) and not is_remote:
        return True
    if line.layer is None:
        return parts[0].startswith(("file:", "multi:"))
    return any(entry.path in _OF_A_SYSTEM for entry in view.layer_entries(line.layer))
