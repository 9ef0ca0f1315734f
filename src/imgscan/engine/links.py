"""Contents that the merged image shows under names that observers ask for: read once more, from their layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from imgscan.archive.blobs.archive import Archive
from imgscan.errors import LimitError
from imgscan.kept.linked import KeptLinks
from imgscan.layer.decompress import Buffer
from imgscan.model.deadline import Check, Deadline
from imgscan.model.fact import Fact, LayerFacts
from imgscan.model.problem import Problem, problem_from
from imgscan.rootfs.view import ImageView
from imgscan.survey.linked import linked_contents, read_linked
from imgscan.survey.survey import Surveyor


def with_linked(
    archive: Archive,
    view: ImageView,
    layers: Sequence[LayerFacts],
    surveyor: Surveyor,
    deadline: Deadline,
    kept: KeptLinks | None = None,
) -> tuple[ImageView, tuple[Problem, ...]]:
    """Return the image with the facts on contents that links lead to, and what could not be read again.

    After the ``deadline`` nothing is looked up any more. ``kept`` has what earlier scans read again.
    """
    added: dict[int, Mapping[str, Sequence[Fact]]] = {}
    problems: list[Problem] = []
    try:
        with view.watched(deadline.often()):
            contents, beyond = linked_contents(view, surveyor.observers, surveyor.limits)
        problems += beyond
        for layer, wanted in sorted(contents.items()):
            ref = view.manifest.layers[layer]
            if ref.blob is not None:
                deadline.check()
                chunks = _chunks(archive, ref.blob, deadline.check)
                again = partial(read_linked, chunks, wanted, surveyor.limits, ref.diff_id or None)
                result = again() if kept is None else kept.read(layers[layer], wanted, again)
                added[layer] = result.facts
                problems += result.problems
    except LimitError as error:
        problems.append(problem_from(error, "survey"))
    return (view.with_facts(added) if added else view), tuple(problems)


def _chunks(archive: Archive, blob: str, check: Check) -> Iterator[Buffer]:
    for chunk in archive.chunks(blob):
        check()
        yield chunk
