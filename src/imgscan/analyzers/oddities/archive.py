"""Documents of the archive that readers take in different ways: what is audited must be what runs."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.model.finding import Finding, Severity, State
from imgscan.model.image import Disagreement, DisagreementClass, ImageManifest
from imgscan.wording import counted

_MAX_TEXTS = 20
_SEVERITIES = {
    DisagreementClass.AMBIGUOUS_KEY: Severity.HIGH,
    DisagreementClass.FOLDED_KEY: Severity.MEDIUM,
    DisagreementClass.TWO_MANIFESTS: Severity.HIGH,
    DisagreementClass.DESCRIPTOR: Severity.MEDIUM,
}


def document_findings(manifest: ImageManifest) -> Iterator[Finding]:
    """Yield one finding for each document and way in which readers take it differently."""
    groups: dict[tuple[DisagreementClass, str], list[Disagreement]] = {}
    for disagreement in manifest.disagreements:
        groups.setdefault((disagreement.type, disagreement.document), []).append(disagreement)
    for (type_, document), group in groups.items():
        others = f" (and {counted(len(group) - 1, 'other')} like it)" if len(group) > 1 else ""
        yield Finding(
            rule=f"oddities.{type_}",
            analyzer="oddities",
            severity=_SEVERITIES[type_],
            state=State.ARCHIVE,
            message=f"{document}: {group[0].text}{others}",
            evidence={"document": document, "texts": [item.text for item in group[:_MAX_TEXTS]]},
            identity=group[0].text,
        )
