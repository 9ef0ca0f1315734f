"""What was read of an image's layers held against what its manifest and config promise of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from imgscan.archive.blobs.archive import WHOLE, Archive, shown_source
from imgscan.errors import ArchiveError, Position
from imgscan.model.fact import LayerFacts
from imgscan.model.image import Disagreement, DisagreementClass, ImageManifest, LayerRef
from imgscan.model.problem import Level, Problem
from imgscan.survey.survey import NOT_A_TAR

_NO_TARS = (
    "erofs",
    "squashfs",
    "ext2",
    "ext3",
    "ext4",
    "iso9660",
    ".iso",
    "+iso",
    "sif",
    "btrfs",
    "xfs",
    "wasm",
    "nydus",
)
"""Words in media types of what runtimes mount or run as it is: a tar there is a decoy."""
_PACKINGS = {"gzip": "gzip", "zstd": "zstd", "tar": "none"}
"""What a media type of OCI's ends in, and how its blob is compressed (image-spec 1.1, media-types.md)."""


def equal(promised: str, computed: str | None) -> bool | None:
    """Whether a computed digest is the promised one; None where the two cannot be compared."""
    if not promised or computed is None or promised.partition(":")[0] != computed.partition(":")[0]:
        return None
    return promised == computed


def layer_problems(manifest: ImageManifest, layers: Sequence[LayerFacts]) -> list[Problem]:
    """Return the layers' own problems, completed with their place, and what does not verify."""
    result: list[Problem] = []
    for ref, facts in zip(manifest.layers, layers, strict=True):
        diff_id = ref.diff_id or facts.diff_id
        source = ref.blob if ref.blob not in (None, WHOLE) else None
        result += [
            replace(_named(problem, ref), source=problem.source or source, diff_id=problem.diff_id or diff_id)
            for problem in facts.problems
        ]
        for what, promised, computed in (
            ("digest", ref.descriptor.digest, facts.digest),
            ("diff_id", ref.diff_id, facts.diff_id),
        ):
            if equal(promised, computed) is False:
                text = f"layer {ref.index}: its {what} is {computed}, promised was {promised}"
                result.append(_layer_error("digest-mismatch", text, source, diff_id))
            elif promised and computed is not None and equal(promised, computed) is None:
                text = f"layer {ref.index}: its {what} is promised as {promised}, which could not be verified"
                result.append(_layer_error("digest-unverified", text, source, diff_id))
        if _size_differs(ref, facts):
            text = f"layer {ref.index}: {facts.stored_bytes} stored bytes, its descriptor says {ref.descriptor.size}"
            result.append(_layer_error("size-mismatch", text, source, diff_id))
        if facts.entries and any(word in ref.descriptor.media_type for word in _NO_TARS):
            text = f"layer {ref.index}: read as a tar, which its media type ({ref.descriptor.media_type}) does not say"
            result.append(_layer_error("media-type", text, source, diff_id))
    return list(dict.fromkeys(result))


def disagreeing(manifest: ImageManifest, layers: Sequence[LayerFacts]) -> ImageManifest:
    """Return the manifest with those of its descriptors that do not fit the blobs that were read."""
    result = [
        Disagreement(DisagreementClass.DESCRIPTOR, ref.name or ref.descriptor.digest or f"layer {ref.index}", text)
        for ref, facts in zip(manifest.layers, layers, strict=True)
        for text in _misfits(ref, facts)
    ]
    return replace(manifest, disagreements=(*manifest.disagreements, *dict.fromkeys(result))) if result else manifest


def _misfits(ref: LayerRef, facts: LayerFacts) -> Iterator[str]:
    descriptor = ref.descriptor
    if _size_differs(ref, facts):
        yield f"{facts.stored_bytes} bytes where the descriptor of layer {ref.index} says {descriptor.size}"
    if not facts.entries:
        return
    media_type = descriptor.media_type
    if media_type and "tar" not in media_type:
        yield f"a tar where layer {ref.index} has the media type {media_type}"
    elif media_type.startswith("application/vnd.oci."):
        # Docker's types are used for any compression, and OCI has none for xz and bzip2: runtimes go by the content.
        packing = _PACKINGS.get(media_type.replace("+", ".").rpartition(".")[2])
        if packing is not None and packing != facts.compression and facts.compression in _PACKINGS.values():
            yield f"compression {facts.compression} where layer {ref.index} has the media type {media_type}"


def _size_differs(ref: LayerRef, facts: LayerFacts) -> bool:
    return ref.descriptor.size not in (-1, facts.stored_bytes) and facts.digest is not None


def _named(problem: Problem, ref: LayerRef) -> Problem:
    """Return the problem of a layer that is no tar with the layer's media type, which the layer's bytes do not say."""
    if problem.code != NOT_A_TAR or not ref.descriptor.media_type:
        return problem
    return replace(problem, message=f"layer {ref.index} ({ref.descriptor.media_type}): {problem.message}")


def _layer_error(code: str, text: str, source: str | None, diff_id: str | None) -> Problem:
    return Problem(level=Level.ERROR, stage="layer", code=code, message=text, source=source, diff_id=diff_id)


def refuse_unread(archive: Archive, manifest: ImageManifest, layers: Sequence[LayerFacts]) -> None:
    """Raise ArchiveError for a root filesystem of which not one entry could be read: it is none."""
    if [layer.blob for layer in manifest.layers] != [WHOLE] or layers[0].entries:
        return
    if not layers[0].complete or not layers[0].problems:
        problem = next((problem for problem in layers[0].problems if problem.level is Level.ERROR), None)
        message = problem.message if problem else "a tar without entries"
        where = Position(source=shown_source(archive.source), offset=problem.offset if problem else 0)
        raise ArchiveError(f"neither an image nor a root filesystem: {message}", where)
