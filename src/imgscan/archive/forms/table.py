"""The forms that are known, one row each; the first that bids reads a source."""

from __future__ import annotations

from imgscan.archive.blobs.archive import Archive
from imgscan.archive.blobs.opened import Opened
from imgscan.archive.forms.docker_archive import DockerArchive
from imgscan.archive.forms.docker_archive_v1 import DockerArchiveV1
from imgscan.archive.forms.docker_dir import DockerDir
from imgscan.archive.forms.form import Form
from imgscan.archive.forms.no_manifest import NoManifest
from imgscan.archive.forms.oci_layout import OciLayout
from imgscan.archive.forms.root_filesystem import RootFilesystem

FORMS: tuple[Form, ...] = (
    OciLayout(),
    DockerDir(),
    DockerArchive(),
    DockerArchiveV1(),
    NoManifest(),
    RootFilesystem(),
)

AMBIGUOUS = "an image's manifest and the folders of a root filesystem: read as the image, the rest was not looked into"


def form_of(opened: Opened) -> Form:
    """Return the form of a source: whatever is no image is a root filesystem."""
    return next(form for form in FORMS if form.bid(opened))


def read_images(opened: Opened) -> Archive | None:
    """Return the archive of images that a source is, None for a root filesystem.

    Raises:
        InputError: a document that its form cannot do without is missing or malformed.
    """
    form = form_of(opened)
    if isinstance(form, RootFilesystem):
        return None
    archive = form.read(opened)
    if opened.evidence.system:
        opened.log.error("ambiguous-archive", AMBIGUOUS)
    return archive
