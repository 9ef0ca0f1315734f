"""4.2 and base-pinned: what the image is built upon."""

from __future__ import annotations

import re

from imgscan.cis.boundary import boundary, boundary_line, trusted_base
from imgscan.cis.evidence import named
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict, unknown, verdict
from imgscan.model.control import Status
from imgscan.model.items import BaseItem, ReleaseItem
from imgscan.wording import counted

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_SCRATCH = "scratch"
_MAX_NAME = 200
_PIN = "FROM <name>@sha256:<digest>"
_LABEL = "docker buildx build --annotation org.opencontainers.image.base.digest=sha256:<digest> ."
_VENDOR = ("org.opencontainers.image.vendor", "vendor", "maintainer")

RESTS_PINNED = ("history.*",)
GIVES = {
    Status.PASS: "the bottom layers are, diff_id by diff_id as computed, those of a base that the policy trusts",
    Status.FAIL: "the policy names trusted bases and the image starts with none of them, or a layer that claims to "
    "be one of theirs is not",
    Status.INFO: "the policy names none: what the image declares of its base is listed",
    Status.UNKNOWN: "the policy names trusted bases, but no config promises diff_ids, or the layers were not read",
}
GIVES_PINNED = {
    Status.PASS: "the bottom layers are a trusted base's; or the FROM of this very build names a digest (Buildah's "
    "comment), or scratch",
    Status.WARN: "the base is declared by a name without a digest",
    Status.UNKNOWN: "nothing declares the base; or labels and annotations record its digest "
    "(org.opencontainers.image.base.digest), which says what was used, not that it was pinned",
}


def check_base(subject: Subject) -> ControlVerdict:
    """Return whether the base image is one that is trusted."""
    declared = _declared(subject)
    names = [base.name for base in subject.policy.trusted_bases]
    if not names:
        text = "the policy names no trusted base; what the image declares of its own is listed"
        return verdict(Status.INFO, text, declared, remediation=_PIN)
    base = trusted_base(subject)
    if base is None:
        if not any(layer.diff_id for layer in subject.manifest.layers):
            return unknown("no config promises the diff_ids to compare with those of the trusted bases", declared)
        text = f"the image starts with the layers of none of the trusted bases: {named(names)}"
        return verdict(Status.FAIL, text, declared, remediation=f"FROM {names[0]}")
    count = len(base.diff_ids)
    checked = [layer["diff_id"] for layer in subject.verified[:count]]
    wrong = [str(number) for number, fits in enumerate(checked) if fits is False]
    if wrong:
        text = f"layer {named(wrong)} is promised to be one of {base.name} and is not: its bytes give another diff_id"
        return verdict(Status.FAIL, text, declared, remediation=f"FROM {base.name}")
    if not all(checked):
        return unknown(
            f"the config promises the layers of {base.name}, but not all of them could be verified", declared
        )
    return verdict(Status.PASS, f"the bottom {counted(count, 'layer')} match {base.name} by diff_id", declared)


def check_pinned(subject: Subject) -> ControlVerdict:
    """Return whether the base image is named by its digest."""
    base = trusted_base(subject)
    if base is not None and all(layer["diff_id"] for layer in subject.verified[: len(base.diff_ids)]):
        return verdict(Status.PASS, f"the bottom layers are those of {base.name}, by diff_id", _declared(subject))
    item = subject.item(BaseItem)
    if item is None:
        return unknown("nothing was concluded on the base", remediation=_PIN)
    source, declared = str(item.source or ""), _declared(subject)
    if source == _SCRATCH and not item.lines:
        return verdict(Status.PASS, "the image is built from scratch: there is no base to pin", declared)
    if _DIGEST.fullmatch(source.partition("@")[2]):
        text = f"this build's own FROM names its base by digest: {source[:_MAX_NAME]}"
        return verdict(Status.PASS, text, declared)
    name = source or str(item.name or "")
    digest = str(item.digest or "") or name.partition("@")[2]
    if digest and not source:
        text = f"the image records the digest of a base ({digest[:_MAX_NAME]}): that says what was used, perhaps below "
        return unknown(f"{text}its own base, and not that FROM names it so", declared, _PIN)
    if name:
        text = f"the image declares its base as {name[:_MAX_NAME]}, without a digest: the name can move"
        return verdict(Status.WARN, text, declared, remediation=_PIN)
    text = "nothing in the image says what it was built upon"
    return unknown(text, declared, f"{_PIN}  # and so that the image says it: {_LABEL}")


def _declared(subject: Subject) -> list[str]:
    """Return what the image says of its base, and how far the base reaches."""
    lines = [boundary_line(boundary(subject))]
    release = subject.item(ReleaseItem)
    if release is not None:
        lines.append(f"os-release: {release.name or release.id} {release.version_id or ''}".rstrip())
    item = subject.item(BaseItem)
    if item is not None:
        declared = {"name": item.name, "digest": item.digest}
        lines += [f"declared base {key}: {value}" for key, value in declared.items() if value]
    labels = subject.manifest.config.labels
    lines += [f"label {key}: {labels[key]}" for key in _VENDOR if labels.get(key)]
    if subject.manifest.references:
        lines.append(f"references: {named(subject.manifest.references)}")
    return lines
