"""The ledger of one image: what its documents lack, what no analyzer looked at, what problems and analyzers say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgscan.model.finding import Finding
from imgscan.model.image import ImageManifest
from imgscan.model.ledger import FILES, Cause, Gap, folded, gap_of
from imgscan.model.problem import Problem

UNMATCHED = "history.layers-unknown"


def ledger_of(
    manifest: ImageManifest,
    problems: Sequence[Problem],
    concluded: Sequence[Gap],
    findings: Sequence[Finding],
    absent: Sequence[str],
) -> tuple[Gap, ...]:
    """Return all gaps, the widest first; ``absent`` are ids of analyzers that were not chosen."""
    layers = {layer.diff_id: layer.index for layer in reversed(manifest.layers) if layer.diff_id}
    description = [gap for problem in problems if (gap := gap_of(problem, layers)) is not None]
    gaps = folded([*map(_not_run, absent), *_of_documents(manifest, findings), *description, *concluded])
    return tuple(sorted(gaps, key=lambda gap: ("*" not in gap.rules, gap.rules != FILES)))


def _not_run(name: str) -> Gap:
    why = "not chosen (--analyzers, --skip)"
    return Gap(cause=Cause.NOT_RUN, what=f"analyzer {name}", why=why, rules=(f"{name}.*",))


def _of_documents(manifest: ImageManifest, findings: Sequence[Finding]) -> Iterator[Gap]:
    """Yield what config and history do not hold, or hold in a form that is not judged."""
    config = manifest.config
    if not config.present:
        yield Gap(
            cause=Cause.MISSING,
            what="config and history",
            why="the source has no config: it is a root filesystem",
            rules=("config.*", "history.*", "secrets.*", "permissions.*"),
        )
        return
    if not config.history:
        yield Gap(
            cause=Cause.MISSING, what="history", why="the config has no history", rules=("history.*", "secrets.*")
        )
    if any(finding.rule == UNMATCHED for finding in findings):
        yield Gap(
            cause=Cause.AMBIGUOUS,
            what="instructions of layers",
            why="history and layers do not match in number",
            rules=("history.*",),
        )
    if config.is_windows:
        yield Gap(
            cause=Cause.UNSUPPORTED,
            what="files and accounts of Windows",
            why="modes, owners, links and programs of Windows are not judged",
            rules=FILES,
        )
