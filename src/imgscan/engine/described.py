"""What a report says of the program that made it, and of each layer."""

from __future__ import annotations

from collections.abc import Sequence

from imgscan.analyzers.api import Analyzer
from imgscan.analyzers.registry import BUILTIN_IDS
from imgscan.model.fact import LayerFacts
from imgscan.model.image import LayerRef
from imgscan.model.options import ScanOptions
from imgscan.report.document import LayerReport, Tool
from imgscan.survey.promises import equal
from imgscan.version import __version__


def described_tool(analyzers: Sequence[Analyzer], options: ScanOptions) -> Tool:
    """Return imgscan's version, what ran and what did not."""
    ran = {analyzer.id: analyzer.version for analyzer in analyzers}
    return Tool(
        name="imgscan",
        version=__version__,
        analyzers=ran,
        rules_digest=_rules_digest(analyzers),
        not_run=tuple(name for name in BUILTIN_IDS if name not in ran),
        controls_off=tuple(sorted(options.policy.controls_off)),
    )


def _rules_digest(analyzers: Sequence[Analyzer]) -> str | None:
    return next((digest for analyzer in analyzers if (digest := getattr(analyzer, "rules_digest", None))), None)


def described_layer(layer: LayerRef, facts: LayerFacts) -> LayerReport:
    """Return what the manifest says of a layer, beside what was read."""
    return LayerReport(
        index=layer.index,
        diff_id=layer.diff_id or facts.diff_id,
        digest=layer.descriptor.digest or facts.digest,
        media_type=layer.descriptor.media_type,
        compression=facts.compression,
        stored_bytes=facts.stored_bytes,
        uncompressed_bytes=facts.uncompressed_bytes,
        entries=len(facts.entries),
        created_by=layer.created_by,
        verified={
            "digest": equal(layer.descriptor.digest, facts.digest),
            "diff_id": equal(layer.diff_id, facts.diff_id),
        },
        complete=facts.complete,
    )
