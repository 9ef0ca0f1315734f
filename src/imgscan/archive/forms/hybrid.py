"""Archives with two tables of contents: docker load follows manifest.json, containerd and podman index.json.

What is scanned is what manifest.json says; where index.json says something else, other runtimes get another image.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from imgscan.archive.blobs.archive import Artifact
from imgscan.archive.blobs.documents import Documents
from imgscan.archive.blobs.opened import INDEX
from imgscan.archive.forms.oci_index import oci_images
from imgscan.errors import InputError
from imgscan.model.image import Disagreement, DisagreementClass, ImageManifest, LayerRef
from imgscan.model.problem import Level, ProblemLog

_DISAGREES = "index-disagrees"


def held_against_index(
    images: Sequence[ImageManifest], documents: Documents
) -> tuple[list[ImageManifest], list[Artifact]]:
    """Return the images of manifest.json with what index.json knows of them, and the artifacts of the index.

    Each way in which the two disagree is a problem, and a disagreement of the image.
    """
    problems = documents.problems
    quiet = ProblemLog("archive", documents.limits.problems_per_kind)
    try:
        others, artifacts = oci_images(Documents(documents.store, documents.limits, quiet))
    except InputError as error:
        problems.warn(_DISAGREES, f"{INDEX} cannot be followed ({error}); manifest.json was")
        return list(images), []
    for problem in quiet.problems():
        # Nothing that was read depends on them: what manifest.json says does not.
        text = problem.message if problem.level is Level.WARNING else f"{INDEX}: {problem.message}"
        problems.note(replace(problem, level=Level.WARNING, message=text))
    by_id = {image.image_id: image for image in others}
    result = [_compared(image, by_id.get(image.image_id), documents) for image in images]
    extra = _others(images, others, documents)
    return [replace(image, disagreements=(*image.disagreements, *extra)) for image in result], artifacts


def _others(
    images: Sequence[ImageManifest], others: Sequence[ImageManifest], documents: Documents
) -> tuple[Disagreement, ...]:
    """Return a disagreement for each name whose image in index.json is not in manifest.json; note what was not read."""
    known = {image.image_id for image in images}
    scanned = {image.group for image in others if image.image_id in known}
    result = []
    for image in others:
        if image.image_id in known:
            continue
        text = f"lists {image.title()}, manifest.json does not; loaders differ in which they follow"
        if image.group in scanned:  # another platform of an image that is in both
            documents.problems.warn(_DISAGREES, f"{INDEX} {text}")
        else:
            documents.problems.error(_DISAGREES, f"{INDEX} {text}")
            result.append(Disagreement(DisagreementClass.TWO_MANIFESTS, INDEX, text))
    return tuple(dict.fromkeys(result))


def _compared(image: ImageManifest, other: ImageManifest | None, documents: Documents) -> ImageManifest:
    """Return an image of manifest.json with what the one of index.json that has its config says otherwise."""
    title = image.title()
    if other is None:
        text = f"does not list {title}, which manifest.json lists; loaders differ in which they follow"
        documents.problems.warn(_DISAGREES, f"{INDEX} {text}")
        return _with(image, DisagreementClass.TWO_MANIFESTS, text)
    image = replace(
        image,
        manifest_digest=other.manifest_digest,
        annotations=other.annotations,
        documents=tuple(dict.fromkeys((*image.documents, *other.documents[1:]))),
        index_annotations=other.index_annotations,
        disagreements=tuple(dict.fromkeys((*image.disagreements, *other.disagreements))),
    )
    if not other.layers and image.layers:  # as Docker 25.0.0 wrote it
        text = f"the manifest of {title} that {INDEX} lists has no layers; manifest.json was followed"
        documents.problems.warn("index-without-layers", text)
        return image
    here, there = ([layer.blob for layer in one.layers] for one in (image, other))
    if set(there) - set(here):
        text = f"has layers for {title} that manifest.json does not have, and that were not read"
        documents.problems.error(_DISAGREES, f"{INDEX} {text}")
        image = _with(image, DisagreementClass.TWO_MANIFESTS, text)
    elif here != there:
        text = f"has fewer layers for {title} than manifest.json, or another order of them"
        documents.problems.warn(_DISAGREES, f"{INDEX} {text}")
        image = _with(image, DisagreementClass.TWO_MANIFESTS, text)
    for layer in other.layers:
        size = _size(layer, documents)
        if size is not None and layer.descriptor.size not in (-1, size):
            text = f"says {layer.descriptor.size} bytes of layer {layer.index} of {title}, which has {size}"
            documents.problems.warn(_DISAGREES, f"{INDEX} {text}")
            image = _with(image, DisagreementClass.DESCRIPTOR, text)
    return image


def _size(layer: LayerRef, documents: Documents) -> int | None:
    if layer.blob is None:
        return None
    try:
        return documents.store.size(layer.blob)
    except InputError:  # it is told where the layer is read
        return None


def _with(image: ImageManifest, type_: DisagreementClass, text: str) -> ImageManifest:
    return replace(image, disagreements=(*image.disagreements, Disagreement(type_, INDEX, text)))
