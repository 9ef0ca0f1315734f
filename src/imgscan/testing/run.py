"""Single stages run on layers in memory: the survey, the merge, one analyzer's conclusions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from imgscan.analyzers.api import Analyzer
from imgscan.analyzers.registry import observers_of
from imgscan.model.entry import EntryKind
from imgscan.model.fact import LayerFacts
from imgscan.model.finding import Finding, Item
from imgscan.model.image import Descriptor, ImageConfig, ImageManifest, LayerRef
from imgscan.model.limits import Limits
from imgscan.model.observer import Observer
from imgscan.model.problem import Problem
from imgscan.rootfs.view import ImageView, merge_layers
from imgscan.survey.survey import Surveyor
from imgscan.testing.image import LayerSource, tar_bytes

_LIMITS = Limits()


def survey(
    layer: LayerSource,
    *analyzers: Analyzer | Observer,
    limits: Limits = _LIMITS,
    digests: bool = True,
    chunk_bytes: int = 1 << 20,
) -> LayerFacts:
    """Return the facts of one layer, as stored (a compressed one as bytes), read in chunks of ``chunk_bytes``."""
    return Surveyor(observers_of(analyzers, limits), limits, digests).survey(_chunks(tar_bytes(layer), chunk_bytes))


def _chunks(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def merged(
    *layers: LayerSource,
    analyzers: Sequence[Analyzer | Observer] = (),
    config: ImageConfig | None = None,
    limits: Limits = _LIMITS,
) -> tuple[ImageView, tuple[Problem, ...]]:
    """Return the merged image of ``layers``, from the bottom up, and the problems of reading and merging them."""
    facts = [survey(layer, *analyzers, limits=limits) for layer in layers]
    steps = (config.created_by() if config is not None else None) or (None,) * len(facts)
    manifest = ImageManifest(
        references=(),
        manifest_digest=None,
        image_id=None,
        platform=None,
        config=config or ImageConfig(),
        layers=tuple(
            LayerRef(index=index, blob=None, descriptor=Descriptor(), diff_id=item.diff_id or "", created_by=step)
            for index, (item, step) in enumerate(zip(facts, steps, strict=True))
        ),
    )
    view, problems = merge_layers(manifest, facts, limits)
    return view, (*(problem for item in facts for problem in item.problems), *problems)


@dataclass(frozen=True)
class Concluded:
    """What one analyzer said of an image."""

    findings: tuple[Finding, ...]
    items: tuple[Item, ...]
    problems: tuple[Problem, ...]


def conclude(
    analyzer: Analyzer, *layers: LayerSource, config: ImageConfig | None = None, limits: Limits = _LIMITS
) -> Concluded:
    """Return what ``analyzer`` finds in an image of these layers."""
    view, problems = merged(*layers, analyzers=(analyzer,), config=config, limits=limits)
    result = list(analyzer.conclude(view))
    return Concluded(
        tuple(item for item in result if isinstance(item, Finding)),
        tuple(item for item in result if isinstance(item, Item)),
        problems,
    )


def facts_of(analyzer: Observer, layer: LayerSource) -> list[tuple[str, Any]]:
    """Return what ``analyzer`` observes in one layer: path and data of each fact."""
    result = survey(layer, analyzer)
    return [(result.entries[fact.entry].path, fact.data) for fact in result.facts.get(analyzer.id, ())]


def listing(view: ImageView) -> dict[str, str]:
    """Return what each visible path but the root is, in one word and what tells it from others of its kind.

    ``dir 0755``, ``file 4755 <first 8 digits of its SHA-256>``, ``symlink -> target``, ``char 1,3``, ``fifo``.
    """
    return {node.path: _described(view, node.path) for node in view.walk() if node.path}


def _described(view: ImageView, path: str) -> str:
    node = view.stat(path, follow=False)
    assert node is not None
    entry = node.entry
    if node.kind is EntryKind.FILE:
        return f"file {entry.mode:04o} {(view.sha256(node) or 'unknown')[:8]}"
    if node.kind is EntryKind.DIRECTORY:
        return f"dir {entry.mode:04o}"
    if node.kind is EntryKind.SYMLINK:
        return f"symlink -> {entry.link_target}"
    return f"{node.kind} {entry.device[0]},{entry.device[1]}" if entry.device else str(node.kind)
