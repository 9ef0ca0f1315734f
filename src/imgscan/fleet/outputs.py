"""The summary of a fleet as JSON (contract ``imgscan.fleet/1``), as a page without script, and as Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from imgscan.errors import UsageError
from imgscan.fleet.summary import FleetLayer, FleetSummary, LayerFinding
from imgscan.report.html.index import index_page
from imgscan.report.html.markup import Content, Markup, element, fragment
from imgscan.report.html.scope import Scope
from imgscan.report.html.words import badge, code, number, remainder, table
from imgscan.report.json import json_bytes
from imgscan.version import __version__

CONTRACT = "imgscan.fleet/1"

_PAGE = "html"
"""The format that a browser shows best."""
_MAX_LAYERS = 500
_MAX_FINDINGS = 50
_COLUMNS = ("Rule", "Severity", "Images", "In one image", "For example")
_NUMERIC = ("Images", "In one image")


def json_of(summary: FleetSummary) -> bytes:
    """Return the summary as JSON; the same fleet gives the same bytes."""
    return json_bytes(
        {
            "schema": CONTRACT,
            "tool": {"name": "imgscan", "version": __version__},
            "images": summary.images,
            "unread": summary.unread,
            "findings": summary.findings,
            "layers": summary.layers,
            "config": summary.config,
        }
    )


def index_of(summary: FleetSummary) -> bytes:
    """Return the page: all images, each with a link to its report, and what layers bring to how many of them."""
    links = [image.reports.get(_PAGE) or next(iter(image.reports.values()), None) for image in summary.images]
    return index_page(summary.table(), links, [part for part in (_layers(summary), _config(summary)) if part])


def _layers(summary: FleetSummary) -> Markup | None:
    bringing = [layer for layer in summary.layers if layer.findings]
    if not bringing:
        return None
    lead = "The worst first, then those that most images have: to mend one of these mends all images that have it."
    return Scope().section(
        "layers",
        "What layers bring",
        element("p", lead, class_="lead"),
        map(_layer, bringing[:_MAX_LAYERS]),
        remainder(len(bringing) - _MAX_LAYERS, "layers"),
    )


def _layer(layer: FleetLayer) -> Markup:
    count = f"{number(layer.images)} {'image' if layer.images == 1 else 'images'}"
    made = element("p", code(layer.created_by, 300), class_="meta") if layer.created_by else None
    heading = Scope().heading(1, code(layer.diff_id[:26], 26), " ", element("span", count, class_="count"))
    return fragment(heading, made, _findings(layer.findings))


def _config(summary: FleetSummary) -> Markup | None:
    if not summary.config:
        return None
    return Scope().section("config", "What configurations and archives bring", _findings(summary.config))


def _findings(findings: tuple[LayerFinding, ...]) -> Markup:
    rows = map(_row, findings[:_MAX_FINDINGS])
    return fragment(table("Findings", _COLUMNS, rows, _NUMERIC), remainder(len(findings) - _MAX_FINDINGS, "rules"))


def _row(item: LayerFinding) -> tuple[Content, ...]:
    path: Content = code(item.path, 200) if item.path is not None else None
    return (
        code(item.rule, 100),
        badge(item.severity.lower(), item.severity.capitalize()),
        number(item.images),
        number(item.findings),
        path,
    )


def parquet_writer() -> Callable[[FleetSummary, str], None]:
    """Return what writes a row for each layer and rule; pyarrow is wrapped here.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError("Parquet needs pyarrow: pip install imgscan[parquet]") from error

    def write(summary: FleetSummary, path: str) -> None:
        parquet.write_table(pyarrow.Table.from_pylist(list(_flat(summary)), schema=_schema(pyarrow)), path)

    return write


def _flat(summary: FleetSummary) -> Iterable[dict[str, object]]:
    groups = [(layer.diff_id, layer.created_by, layer.images, layer.findings) for layer in summary.layers]
    for diff_id, created_by, images, findings in (*groups, (None, None, len(summary.images), summary.config)):
        for item in findings:
            yield {
                "diff_id": diff_id,
                "created_by": created_by,
                "layer_images": images,
                "rule": item.rule,
                "severity": item.severity,
                "images": item.images,
                "findings": item.findings,
                "path": item.path,
            }


def _schema(pyarrow: object) -> object:
    text, count = getattr(pyarrow, "string")(), getattr(pyarrow, "int64")()  # noqa: B009
    kinds = {"diff_id": text, "created_by": text, "layer_images": count, "rule": text, "severity": text}
    return getattr(pyarrow, "schema")([*kinds.items(), ("images", count), ("findings", count), ("path", text)])  # noqa: B009
