from __future__ import annotations

from imgscan.archive.blobs.streamed_members import StreamedMembers
from imgscan.model.limits import Limits
from imgscan.model.problem import ProblemLog
from imgscan.survey.survey import Surveyor
from imgscan.testing import TarBuilder
from tests.integration.made import as_tar, image_of, oci


def test_layers_are_surveyed_as_they_pass_and_documents_kept() -> None:
    surveyor = Surveyor((), Limits())
    members = StreamedMembers("x", surveyor.survey, Limits(), 1, ProblemLog("archive", 10))

    members.read([as_tar(oci(image_of(TarBuilder().file("one", bytes(8 << 20)).build())))])

    facts = members.surveyed()
    assert [[entry.path for entry in layer.entries] for layer in facts.values() if layer.entries] == [["one"]]
    assert members.store.find("index.json") is not None
