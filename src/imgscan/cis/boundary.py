"""Where the base image ends, and what says so: a proof by trusted layers, or the history's own look."""

from __future__ import annotations

import msgspec

from imgscan.cis.subject import Subject
from imgscan.model.items import BaseItem, HistoryItem
from imgscan.model.policy import TrustedBase
from imgscan.wording import counted

_TOLD = {
    "buildah-comment": "Buildah's comment FROM in the history",
    "command-in-the-middle": "the last CMD or ENTRYPOINT in the history before more layers (a guess)",
    "other-builder": "another builder's lines at the start of the history (a guess)",
    "rootfs": "the first line of the history, which puts a root filesystem in place (more of the base is not told)",
}


class Boundary(msgspec.Struct, frozen=True):
    """How many history lines and layers are the base's, from the bottom, and what says so; None: not known."""

    lines: int
    layers: int | None
    source: str


def trusted_base(subject: Subject) -> TrustedBase | None:
    """Return the trusted base that the image's bottom layers are, as the config promises them; the longest."""
    promised = tuple(layer.diff_id for layer in subject.manifest.layers)
    fits = [
        base
        for base in subject.policy.trusted_bases
        if base.diff_ids and promised[: len(base.diff_ids)] == base.diff_ids
    ]
    return max(fits, key=lambda base: len(base.diff_ids), default=None)


def boundary(subject: Subject) -> Boundary:
    """Return the base's end: proved by a trusted base where one fits, else what the history analyzer concluded."""
    base = trusted_base(subject)
    if base is not None:
        count = len(base.diff_ids)
        lines = [int(item.line) for item in subject.items(HistoryItem) if item.layer is not None and item.layer < count]
        return Boundary(
            max(lines, default=-1) + 1, count, f"the trusted base {base.name} of the policy (proved by diff_id)"
        )
    item = subject.item(BaseItem)
    if item is None or item.evidence not in _TOLD:
        return Boundary(0, None, "")
    return Boundary(item.lines, item.layers, _TOLD[item.evidence])


def boundary_line(line: Boundary) -> str:
    """Return a line of evidence on the boundary."""
    if not line.source:
        return "base boundary: not known; all instructions are taken as the image's own"
    layers = (
        counted(line.layers, "layer") if line.layers is not None else f"{counted(line.lines, 'line')} of the history"
    )
    return f"base boundary: {layers}, by {line.source}"
