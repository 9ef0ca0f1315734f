"""Subjects made by hand: what analyzers would have left of an image."""

from __future__ import annotations

from typing import Any

from imgscan.cis.subject import Subject
from imgscan.model.finding import Finding, LayerPoint, Severity
from imgscan.model.image import Descriptor, HistoryItem, ImageConfig, ImageManifest, LayerRef

CONFIG = ImageConfig(
    present=True, os="linux", history=(HistoryItem("COPY / / # buildkit", False),), diff_ids=("sha256:1",)
)
LAYER = LayerPoint(1, "sha256:1", "/bin/sh -c apt-get install -y x")


def subject(
    *findings: Finding,
    config: ImageConfig = CONFIG,
    complete: bool = True,
    inventory: dict[str, tuple[dict[str, Any], ...]] | None = None,
    **more: Any,
) -> Subject:
    """Return a subject with one layer, read whole and verified unless told otherwise."""
    manifest = ImageManifest(
        references=(),
        manifest_digest=None,
        image_id=None,
        platform=None,
        config=config,
        layers=tuple(
            LayerRef(index=number, blob="x", descriptor=Descriptor(), diff_id=diff_id)
            for number, diff_id in enumerate(config.diff_ids)
        ),
    )
    more.setdefault("verified", tuple({"digest": None, "diff_id": True} for _ in config.diff_ids))
    more.setdefault("problems", ())
    return Subject(manifest=manifest, findings=findings, inventory=inventory or {}, complete=complete, **more)


def finding(rule: str, **more: Any) -> Finding:
    """Return a finding of a rule, of MEDIUM severity in layer 1 unless told otherwise."""
    values = {"analyzer": rule.partition(".")[0], "severity": Severity.MEDIUM, "message": "found", "layer": LAYER}
    return Finding(rule=rule, **{**values, **more})
