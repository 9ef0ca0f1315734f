"""Which image this is, where it comes from, what it runs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from imgscan.model.items import BaseItem, ConfigItem, ReleaseItem, read_item
from imgscan.report.html.markup import Content, Markup, element, fragment
from imgscan.report.html.scope import Scope
from imgscan.report.html.words import badge, code, folded, number, pairs, prose, remainder, size, table
from imgscan.report.shown import ShownLayer, ShownReport
from imgscan.wording import counted, shortened

_MAX_NAMES = 10
_MAX_LABELS = 60


def name_of(plain: ShownReport) -> str:
    """Return what to call an image: its first name, its digest, or its source."""
    image = plain.image
    names = (*image.references, image.manifest_digest, image.image_id, image.source)
    return next(str(name) for name in names if name)


def identity(plain: ShownReport, scope: Scope) -> Markup:
    """Return the section."""
    image = plain.image
    columns = (pairs(_provenance(plain)), pairs(_runs(plain)))
    labels = image.labels or {}
    rows = ((code(key, 120), code(value, 300)) for key, value in list(labels.items())[:_MAX_LABELS])
    return scope.section(
        "identity",
        "Identity",
        element("div", columns, class_="columns"),
        folded(
            f"Labels ({number(len(labels))})",
            table("Labels of the image", ("Label", "Value"), rows),
            remainder(len(labels) - _MAX_LABELS, "labels"),
        )
        if labels
        else None,
    )


def _provenance(plain: ShownReport) -> list[tuple[str, Content]]:
    image = plain.image
    release = read_item(plain.inventory, ReleaseItem)
    base = read_item(plain.inventory, BaseItem)
    return [
        ("Names", _codes(image.references) or "none"),
        ("Image id", code(image.image_id) if image.image_id else None),
        ("Manifest", code(image.manifest_digest) if image.manifest_digest else None),
        ("Verification", verification(plain.layers)),
        ("Platform", prose(image.platform or "unknown", 60)),
        ("Created", prose(image.created or "unknown", 60)),
        ("System", _system(release) if release is not None and release.name else None),
        ("Base image", _base(base)),
        ("Source", fragment(code(image.source), f" ({image.format})")),
        ("Date of the report", prose(plain.date, 60) if plain.date else None),
        *((shortened(name, 60), prose(text, 400)) for name, text in list((plain.details or {}).items())[:_MAX_LABELS]),
    ]


def _system(release: ReleaseItem) -> Markup:
    end = release.end_of_life
    ended = release.supported is False
    described = (
        badge("fail" if ended else "quiet", f"updates {'ended' if ended else 'until'} {end[:20]}") if end else None
    )
    return fragment(prose(release.name, 100), " ", described)


def _base(base: BaseItem | None) -> Content:
    if base is None or not (base.layers or base.name):
        return "boundary unknown"
    name = [code(base.name, 200), " "] if base.name else None
    return fragment(name, f"{counted(base.layers, 'layer')} (evidence: {base.evidence[:60]})")


def _runs(plain: ShownReport) -> list[tuple[str, Content]]:
    image = plain.image
    if image.user is None and image.labels is None:
        return [("Config", "none: a bare root filesystem; user, ports and history are unknown"), *_sizes(plain)]
    config = read_item(plain.inventory, ConfigItem)
    words = (*(image.entrypoint or ()), *(image.cmd or ()))
    return [
        ("Runs", code(shlex.join(words), 400) if words else "no command"),
        ("User", _user(image.user, config.user.uid if config is not None else None)),
        ("Ports", _codes(image.exposed_ports) or "none"),
        *(_of_config(config) if config is not None else ()),
        *_sizes(plain),
    ]


def _sizes(plain: ShownReport) -> list[tuple[str, Content]]:
    image = plain.image
    visible = fragment(size(image.merged_bytes), f" in {number(image.files)} visible files")
    layers = fragment(
        f"{number(len(plain.layers))}: ",
        size(image.stored_bytes),
        " stored, ",
        size(image.uncompressed_bytes),
        " unpacked",
    )
    return [("Size", visible), ("Layers", layers)]


def _of_config(config: ConfigItem) -> Iterator[tuple[str, Content]]:
    if config.volumes is not None:
        yield "Volumes", _codes(config.volumes)
    if config.healthcheck is not None:
        yield "Health check", config.healthcheck[:60]
    if config.working_dir:
        yield "Working directory", code(config.working_dir)
    if config.env:
        yield "Environment", _codes(config.env)


def _user(spec: str | None, uid: int | None) -> Content:
    named = code(spec, 60) if spec else "root (no USER)"
    return fragment(named, f", uid {uid}") if spec and uid is not None else named


def _codes(values: Sequence[str] | None) -> Content:
    if not values:
        return "none" if values is not None else None
    left = f" and {number(len(values) - _MAX_NAMES)} more" if len(values) > _MAX_NAMES else None
    return fragment([[", " if at else "", code(value, 200)] for at, value in enumerate(values[:_MAX_NAMES])], left)


def _answers(layer: ShownLayer) -> tuple[bool | None, bool | None]:
    return layer.verified.digest, layer.verified.diff_id


def verification(layers: Sequence[ShownLayer]) -> str:
    """Return in words whether the layers are those that config and manifest promise."""
    answers = [answer for layer in layers for answer in _answers(layer)]
    if False in answers:
        return "layer digests do NOT match"
    if layers and all(True in _answers(layer) for layer in layers):
        return "every layer has the digest that the image promises"
    return "layer digests verified in part" if True in answers else "no digests to verify with"
