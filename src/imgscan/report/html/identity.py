"""Which image this is, where it comes from, what it runs."""

from __future__ import annotations

import shlex
from typing import Any

from imgscan.report.html.markup import Content, Markup, element, fragment
from imgscan.report.html.scope import Scope
from imgscan.report.html.words import badge, code, folded, number, pairs, prose, remainder, size, table
from imgscan.wording import counted, shortened

_MAX_NAMES = 10
_MAX_LABELS = 60


def name_of(plain: dict[str, Any]) -> str:
    """Return what to call an image: its first name, its digest, or its source."""
    image = plain["image"]
    names = (*image["references"], image["manifest_digest"], image["image_id"], image["source"])
    return next(str(name) for name in names if name)


def identity(plain: dict[str, Any], scope: Scope) -> Markup:
    """Return the section."""
    image = plain["image"]
    columns = (pairs(_provenance(plain)), pairs(_runs(plain)))
    labels = image["labels"] or {}
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


def _provenance(plain: dict[str, Any]) -> list[tuple[str, Content]]:
    image = plain["image"]
    release = _only(plain, "release")
    base = _only(plain, "base")
    return [
        ("Names", _codes(image["references"]) or "none"),
        ("Image id", code(image["image_id"]) if image["image_id"] else None),
        ("Manifest", code(image["manifest_digest"]) if image["manifest_digest"] else None),
        ("Verification", verification(plain["layers"])),
        ("Platform", prose(image["platform"] or "unknown", 60)),
        ("Created", prose(image["created"] or "unknown", 60)),
        ("System", _system(release) if release.get("name") else None),
        ("Base image", _base(base)),
        ("Source", fragment(code(image["source"]), f" ({image['format']})")),
        ("Date of the report", prose(plain["date"], 60) if plain.get("date") else None),
        *(
            (shortened(name, 60), prose(text, 400))
            for name, text in list(plain.get("details", {}).items())[:_MAX_LABELS]
        ),
    ]


def _system(release: dict[str, Any]) -> Markup:
    end = release.get("end_of_life")
    ended = release.get("supported") is False
    described = (
        badge("fail" if ended else "quiet", f"updates {'ended' if ended else 'until'} {str(end)[:20]}") if end else None
    )
    return fragment(prose(release["name"], 100), " ", described)


def _base(base: dict[str, Any]) -> Content:
    if not base.get("layers") and not base.get("name"):
        return "boundary unknown"
    name = [code(base["name"], 200), " "] if base.get("name") else None
    return fragment(
        name, f"{counted(int(base.get('layers') or 0), 'layer')} (evidence: {str(base.get('evidence'))[:60]})"
    )


def _runs(plain: dict[str, Any]) -> list[tuple[str, Content]]:
    image = plain["image"]
    if image["user"] is None and image["labels"] is None:
        return [("Config", "none: a bare root filesystem; user, ports and history are unknown"), *_sizes(plain)]
    config = _only(plain, "config")
    described = config.get("user")
    words = (*(image["entrypoint"] or ()), *(image["cmd"] or ()))
    return [
        ("Runs", code(shlex.join(words), 400) if words else "no command"),
        ("User", _user(image["user"], described if isinstance(described, dict) else {})),
        ("Ports", _codes(image["exposed_ports"]) or "none"),
        ("Volumes", _codes(config.get("volumes")) if "volumes" in config else None),
        ("Health check", str(config["healthcheck"])[:60] if "healthcheck" in config else None),
        ("Working directory", code(config["working_dir"]) if config.get("working_dir") else None),
        ("Environment", _codes(config.get("env")) if config.get("env") else None),
        *_sizes(plain),
    ]


def _sizes(plain: dict[str, Any]) -> list[tuple[str, Content]]:
    image = plain["image"]
    visible = fragment(size(image["merged_bytes"]), f" in {number(image['files'])} visible files")
    layers = fragment(
        f"{number(len(plain['layers']))}: ",
        size(image["stored_bytes"]),
        " stored, ",
        size(image["uncompressed_bytes"]),
        " unpacked",
    )
    return [("Size", visible), ("Layers", layers)]


def _user(spec: str | None, result: dict[str, Any]) -> Content:
    named = code(spec, 60) if spec else "root (no USER)"
    return fragment(named, f", uid {result['uid']}") if spec and isinstance(result.get("uid"), int) else named


def _codes(values: list[str] | None) -> Content:
    if not values:
        return "none" if values is not None else None
    left = f" and {number(len(values) - _MAX_NAMES)} more" if len(values) > _MAX_NAMES else None
    return fragment([[", " if at else "", code(value, 200)] for at, value in enumerate(values[:_MAX_NAMES])], left)


def _only(plain: dict[str, Any], section: str) -> dict[str, Any]:
    """Return the one item of a section that holds one, empty where it is not there."""
    items = plain["inventory"].get(section) or [{}]
    return items[0] if isinstance(items, list) and isinstance(items[0], dict) else {}


def verification(layers: list[dict[str, Any]]) -> str:
    """Return in words whether the layers are those that config and manifest promise."""
    answers = [answer for layer in layers for answer in layer["verified"].values()]
    if False in answers:
        return "layer digests do NOT match"
    if layers and all(True in layer["verified"].values() for layer in layers):
        return "every layer has the digest that the image promises"
    return "layer digests verified in part" if True in answers else "no digests to verify with"
