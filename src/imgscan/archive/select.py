"""Which of an archive's images is meant."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from imgscan.errors import Candidate, SelectionError
from imgscan.model.image import ImageManifest, Platform
from imgscan.printable import printable

_SHORTEST_DIGEST = 12
_MAX_LISTED = 100
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386", "i386": "386"}


def host_platform() -> Platform:
    """Return the platform whose images run here; other systems run Linux images too."""
    machine = platform.machine().lower()
    return Platform("linux", _MACHINES.get(machine, machine))


def select_images(
    images: Sequence[ImageManifest], image: str | None, wanted: str | None, every: bool = False
) -> list[ImageManifest]:
    """Return the images that the options name: all that fit with ``every``, otherwise exactly one.

    Of several platforms of one name the host's is taken, or the only one there is.

    Raises:
        SelectionError: none fits, or several do; the message lists them and says how to choose.
    """
    chosen = list(images)
    if image is not None:
        chosen = _named(images, image)
        if not chosen:
            raise _refused(f"no image {printable(image)!r} here; there is:", images)
    if wanted is not None:
        chosen = [item for item in chosen if _fits(item.platform, wanted)]
        if not chosen:
            raise _refused(f"no image for {printable(wanted)} here; there is:", images)
    if every or len(chosen) == 1:
        return chosen
    if len({item.group for item in chosen}) == 1:
        host = host_platform()
        fitting = [item for item in chosen if _fits(item.platform, f"{host.os}/{host.architecture}")]
        if len(fitting) == 1:
            return fitting
        # Numbered among themselves: the platform is what tells them apart.
        raise _refused("several platforms; choose one with --platform OS/ARCH[/VARIANT]:", chosen)
    raise _refused(
        f"{len(chosen)} images; choose one with --image NAME, DIGEST or @N, or take all with --all-images:",
        images,
        chosen,
    )


def _refused(
    what: str, images: Sequence[ImageManifest], chosen: Sequence[ImageManifest] | None = None
) -> SelectionError:
    """Return the error that lists ``chosen``, or all images where none is given."""
    wanted = {id(item) for item in (images if chosen is None else chosen)}
    pairs = zip(candidates_of(images), images, strict=True)
    candidates = tuple(candidate for candidate, item in pairs if id(item) in wanted)
    return SelectionError(f"{what}\n{_listed(images, chosen)}", candidates)


def candidates_of(images: Sequence[ImageManifest]) -> tuple[Candidate, ...]:
    """Return what images can be chosen by."""
    return tuple(
        Candidate(number, item.references, item.manifest_digest or item.image_id, str(item.platform or "") or None)
        for number, item in enumerate(images)
    )


def _named(images: Sequence[ImageManifest], wanted: str) -> list[ImageManifest]:
    if wanted.startswith("@") and wanted[1:].isdigit():
        number = int(wanted[1:])
        return [images[number]] if number < len(images) else []
    exact = [item for item in images if wanted in item.references or wanted in (item.manifest_digest, item.image_id)]
    if exact:
        return exact
    if ":" not in wanted.rpartition("/")[2] and "@" not in wanted:
        tagged = [item for item in images if f"{wanted}:latest" in item.references]
        if tagged:
            return tagged
    digits = wanted.removeprefix("sha256:")
    if len(digits) < _SHORTEST_DIGEST:
        return []
    return [
        item
        for item in images
        if any(
            (digest or "").removeprefix("sha256:").startswith(digits)
            for digest in (item.manifest_digest, item.image_id)
        )
    ]


def _fits(platform: Platform | None, wanted: str) -> bool:
    parts = wanted.lower().split("/")
    if platform is None or not 2 <= len(parts) <= 3:
        return False
    if [platform.os.lower(), platform.architecture.lower()] != parts[:2]:
        return False
    return len(parts) == 2 or platform.variant.lower() == parts[2]


def _listed(images: Sequence[ImageManifest], chosen: Sequence[ImageManifest] | None = None) -> str:
    lines: list[str] = []
    wanted = None if chosen is None else {id(item) for item in chosen}
    for number, item in enumerate(images):
        if wanted is None or id(item) in wanted:
            if len(lines) == _MAX_LISTED:
                lines.append(f"  and more, {len(wanted or images)} in all")
                break
            names = ", ".join(printable(name) for name in item.references) or "(no name)"
            digest = item.manifest_digest or item.image_id or ""
            lines.append(printable(f"  @{number}  {names}  {item.platform or ''}  {digest}".rstrip()))
    return "\n".join(lines)
