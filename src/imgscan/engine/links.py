"""Contents that the merged image shows under names that observers ask for: read once more, from their layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from imgscan.archive.blobs.archive import Archive
from imgscan.layer.decompress import Buffer
from imgscan.model.fact import Fact
from imgscan.model.problem import Problem
from imgscan.rootfs.view import ImageView
from imgscan.survey.linked import linked_contents, read_linked
from imgscan.survey.survey import Surveyor


def with_linked(archive: Archive, view: ImageView, surveyor: Surveyor) -> tuple[ImageView, tuple[Problem, ...]]:
    """Return the image with the facts on contents that links lead to, and what could not be read again."""
    added: dict[int, Mapping[str, Sequence[Fact]]] = {}
    problems: list[Problem] = []
    for layer, wanted in sorted(linked_contents(view, surveyor.observers).items()):
        ref = view.manifest.layers[layer]
        if ref.blob is not None:
            result = read_linked(_chunks(archive, ref.blob), wanted, surveyor.limits, ref.diff_id or None)
            added[layer] = result.facts
            problems += result.problems
    return (view.with_facts(added) if added else view), tuple(problems)


def _chunks(archive: Archive, blob: str) -> Iterator[Buffer]:
    yield from archive.chunks(blob)
