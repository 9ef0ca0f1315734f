"""Which image this is, where it comes from, and what was read of it."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.model.image import ImageConfig
from imgscan.model.items import ReleaseItem, read_item
from imgscan.model.vulnerability import Vulnerabilities
from imgscan.printable import printable
from imgscan.report.document import LayerReport, Report
from imgscan.report.text.page import LABEL, Page
from imgscan.wording import counted, human_bytes, quoted


def identity_lines(report: Report, page: Page) -> Iterator[str]:
    """Yield names, digests, platform, what it runs, sizes, and how much of it was read."""
    for label, text in _rows(report, page):
        shown = page.heading(label) if label.isupper() else f"{label:<11}"
        yield from page.wrapped(shown, text)


def _rows(report: Report, page: Page) -> Iterator[tuple[str, str]]:
    image, config = report.image, report.image.config
    yield "IMAGE", ", ".join(image.references) or "(no name)"
    yield "source", f"{report.source} ({report.format})"
    if image.image_id:
        yield "id", image.image_id
    if image.manifest_digest:
        yield "manifest", image.manifest_digest
    if config.present:
        yield "platform", f"{image.platform or 'unknown'}, created {config.created or 'unknown'}"
    system = _system(report)
    if system:
        yield "system", system
    if config.present:
        user = quoted(config.user) if config.user else "root (no USER)"
        yield "runs", f"{_command(config, page)} as {user}"
    else:
        yield "config", "none: a bare root filesystem; user, ports and history are unknown"
    yield from details(report)
    yield "size", _size(report)
    yield "read", _read(report)
    if report.vulnerabilities is not None:
        yield "known", _vulnerabilities(report, report.vulnerabilities)


def details(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what whoever hands the report over added: the date, and free fields with their names."""
    if report.date is not None:
        yield "date", f"{report.date}, by {report.tool.name} {report.tool.version}"
    for name, text in report.details.items():
        label = printable(name)
        yield (label, text) if len(label) < LABEL else ("", f"{label}: {text}")


def _system(report: Report) -> str:
    release = read_item(report.inventory, ReleaseItem)
    if release is None:
        return ""
    name, end = release.name or release.id, release.end_of_life
    return f"{name}, {'support ended' if release.supported is False else 'supported until'} {end}" if end else name


def _command(config: ImageConfig, page: Page) -> str:
    words = (*(config.entrypoint or ()), *(config.cmd or ()))
    return page.cut(" ".join(words), 80) if words else "(no command)"


def _size(report: Report) -> str:
    stored = human_bytes(sum(layer.stored_bytes for layer in report.layers))
    unpacked = human_bytes(sum(layer.uncompressed_bytes for layer in report.layers))
    layers = counted(len(report.layers), "layer")
    visible = f"{counted(report.files, 'file')} of {human_bytes(report.merged_bytes)} visible"
    return f"{layers}, {stored} stored, {unpacked} unpacked; {visible}"


def _read(report: Report) -> str:
    coverage = report.coverage
    word = "whole" if coverage.complete else "IN PART"
    entries = f"{counted(coverage.entries, 'entry')}, {human_bytes(coverage.bytes_read)}"
    layers = f"{coverage.layers} of {counted(len(report.layers), 'layer')}"
    return f"{word}: {layers}, {entries}; {verification(report.layers)}"


def verification(layers: tuple[LayerReport, ...]) -> str:
    """Return in words what came of the layers' digests."""
    answers = [answer for layer in layers for answer in layer.verified.values()]
    if False in answers:
        return "digests do NOT match"
    if layers and all(True in layer.verified.values() for layer in layers):
        return "all layer digests verified"
    return "digests verified in part" if True in answers else "no digests to verify"


def _vulnerabilities(report: Report, result: Vulnerabilities) -> str:
    counts = [f"{count} {rating.lower()}" for rating, count in result.counts().items() if count]
    described = f"{counted(len(result.items), 'vulnerability')} by {result.tool}"
    if result.as_of:
        described = f"{counted(len(result.items), 'vulnerability')} by the advisories of {result.as_of}"
    if counts:
        described += f": {', '.join(counts)}; {sum(result.counts(fixable=True).values())} fixable"
    lower = sum(item.deleted for item in result.items)
    if lower:
        described += f"; {lower} in lower layers alone"
    return described + ("; THAT REPORT IS ABOUT ANOTHER IMAGE" if report.same_image is False else "")
