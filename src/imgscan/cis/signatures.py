"""4.5, 4.12, archive-integrity: signatures beside the image, and whether its parts are what is promised of them."""

from __future__ import annotations

from imgscan.cis.evidence import named
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict, unknown, verdict
from imgscan.model.control import Status
from imgscan.model.image import DisagreementClass
from imgscan.model.items import BillItem
from imgscan.wording import counted

_MISMATCHES = ("digest-mismatch", "size-mismatch", "digest-unverified")
_TWO_IMAGES = (DisagreementClass.TWO_MANIFESTS, DisagreementClass.AMBIGUOUS_KEY)
_VERIFY = "cosign verify --key cosign.pub <image>@<digest>   # or: notation verify <image>@<digest>"
_TRUST = "export DOCKER_CONTENT_TRUST=1   # where images are pulled"

RESTS_ARCHIVE = ("archive.*",)
GIVES_TRUST = {
    Status.INFO: "the archive holds signatures or attestations beside the image; they are listed, not verified",
    Status.NOT_EVALUABLE: "content trust is a setting of the host that pulls",
}
GIVES_SIGNED = {
    Status.NOT_EVALUABLE: "without a key no signature can be validated; what can be compared is in archive-integrity"
}
GIVES_ARCHIVE = {
    Status.PASS: "every layer hashes to the digest or diff_id promised of it, and no part of the archive differs",
    Status.FAIL: "a blob or layer is not what its digest, diff_id or size says, or documents describe two images",
    Status.UNKNOWN: "nothing promises digests (a root filesystem), or a layer is missing or was not read to its end",
}


def check_trust(subject: Subject) -> ControlVerdict:
    """Return what the archive has to support content trust."""
    look = "whether content trust is on shows where images are pulled: echo $DOCKER_CONTENT_TRUST"
    if subject.artifacts:
        text = f"the archive holds what may be signatures or attestations; they were not verified; {look}"
        return verdict(Status.INFO, text, _artifacts(subject), remediation=_TRUST)
    return verdict(
        Status.NOT_EVALUABLE, f"a setting of the host that pulls, not of an image; {look}", remediation=_TRUST
    )


def check_signed(subject: Subject) -> ControlVerdict:
    """Return what there is to validate."""
    lines = [f"archive integrity: {check_archive(subject).reason}", *_artifacts(subject), *_bills(subject)]
    text = "a signature is validated with its maker's key, which no archive proves to be the right one"
    return verdict(Status.NOT_EVALUABLE, text, lines, remediation=_VERIFY)


def _bills(subject: Subject) -> list[str]:
    """Return a line on each bill of materials in the image, and what it has that is not there."""
    return [
        f"{item.path}: a bill ({item.form}) of {counted(item.packages, 'package')}, {item.absent} of them not installed"
        for item in subject.items(BillItem)
    ]


def check_archive(subject: Subject) -> ControlVerdict:
    """Return whether all parts of the image are what the parts above them promise."""
    differs = [problem for problem in subject.problems if problem.code in _MISMATCHES]
    wrong = [number for number, layer in enumerate(subject.verified) if False in layer.values()]
    twofold = [item for item in subject.manifest.disagreements if item.type in _TWO_IMAGES]
    if differs or wrong or twofold:
        lines = [f"{problem.source or 'the image'}: {problem.message}" for problem in differs]
        lines += [f"{item.document}: {item.text}" for item in twofold]
        text = "parts of the image are not what is promised of them: it was changed, or damaged"
        return verdict(
            Status.FAIL, text, lines, remediation="docker pull <image>@<digest> && docker save -o image.tar <image>"
        )
    open_ends = [str(number) for number, layer in enumerate(subject.verified) if True not in layer.values()]
    if not subject.manifest.config.present:
        return unknown("a root filesystem comes without digests to compare with")
    if open_ends:
        return unknown(f"nothing was seen that differs, but nothing is promised of layer {named(open_ends)}")
    if not subject.verified:
        return verdict(Status.PASS, "the image has no layers, and its documents agree")
    description = ", ".join(f"{_count(subject, key)} by {key}" for key in ("digest", "diff_id"))
    return verdict(
        Status.PASS,
        f"every blob is what its digest says: {counted(len(subject.verified), 'layer')}",
        [f"compared: {description}"],
    )


def _count(subject: Subject, key: str) -> int:
    return sum(layer.get(key) is True for layer in subject.verified)


def _artifacts(subject: Subject) -> list[str]:
    return [f"beside the image: {kind or 'a manifest of no stated kind'}" for kind in subject.artifacts]
