"""Read any exported container image, merge its layers right, and say what an auditor must know of it.

    import imgscan
    report = imgscan.scan("image.tar")

Everything public is here; names load on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from imgscan.version import __version__

if TYPE_CHECKING:
    from imgscan.analyzers.api import Analyzer
    from imgscan.archive.source import BinaryFile, RangedSource, Source, SourceLike
    from imgscan.compare.comparison import Comparison
    from imgscan.engine import Engine, ScanEvent, iter_scan, iter_scan_all, scan, scan_all, scan_async
    from imgscan.errors import (
        Cancelled,
        Candidate,
        CollectionError,
        DeadlineExceeded,
        ImgscanError,
        InputError,
        SelectionError,
        UsageError,
    )
    from imgscan.harden.plan import Hardening
    from imgscan.image import Filesystem, Image, open_image
    from imgscan.model.control import Control, Status
    from imgscan.model.deadline import Cancel
    from imgscan.model.entry import Entry, EntryKind
    from imgscan.model.finding import Finding, Item, Severity, State
    from imgscan.model.interest import Interest, Pattern
    from imgscan.model.ledger import Gap
    from imgscan.model.limits import Limits
    from imgscan.model.observed import Content, Match
    from imgscan.model.options import ScanOptions
    from imgscan.model.policy import Policy
    from imgscan.model.problem import Level, Problem
    from imgscan.model.progress import Progress, ProgressCallback, Stage
    from imgscan.model.store import FactStore
    from imgscan.model.timing import AnalyzerTime, StageTime
    from imgscan.model.vulnerability import Vulnerabilities, Vulnerability
    from imgscan.outputs import (
        SavedReport,
        diff,
        hardening,
        list_images,
        load_policy,
        read_report,
        write,
    )
    from imgscan.report.document import Coverage, LayerReport, Report
    from imgscan.report.json import report_schema
    from imgscan.rootfs.view import ImageView
    from imgscan.stores.directory import DirectoryStore
    from imgscan.stores.redis import RedisStore
    from imgscan.survey.layers import LayerDone

_HOMES = {
    "imgscan.analyzers.api": "Analyzer",
    "imgscan.archive.source": "BinaryFile RangedSource Source SourceLike",
    "imgscan.compare.comparison": "Comparison",
    "imgscan.engine": "Engine ScanEvent iter_scan iter_scan_all scan scan_all scan_async",
    "imgscan.errors": """
        Cancelled Candidate CollectionError DeadlineExceeded ImgscanError InputError SelectionError UsageError
    """,
    "imgscan.harden.plan": "Hardening",
    "imgscan.image": "Filesystem Image open_image",
    "imgscan.model.control": "Control Status",
    "imgscan.model.entry": "Entry EntryKind",
    "imgscan.model.finding": "Finding Item Severity State",
    "imgscan.model.interest": "Interest Pattern",
    "imgscan.model.ledger": "Gap",
    "imgscan.model.limits": "Limits",
    "imgscan.model.observed": "Content Match",
    "imgscan.model.options": "ScanOptions",
    "imgscan.model.policy": "Policy",
    "imgscan.model.problem": "Level Problem",
    "imgscan.model.deadline": "Cancel",
    "imgscan.model.progress": "Progress ProgressCallback Stage",
    "imgscan.model.timing": "AnalyzerTime StageTime",
    "imgscan.model.store": "FactStore",
    "imgscan.model.vulnerability": "Vulnerabilities Vulnerability",
    "imgscan.outputs": "SavedReport diff hardening list_images load_policy read_report write",
    "imgscan.report.document": "Coverage LayerReport Report",
    "imgscan.report.json": "report_schema",
    "imgscan.rootfs.view": "ImageView",
    "imgscan.stores.directory": "DirectoryStore",
    "imgscan.stores.redis": "RedisStore",
    "imgscan.survey.layers": "LayerDone",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Analyzer",
    "AnalyzerTime",
    "BinaryFile",
    "Cancel",
    "Cancelled",
    "Candidate",
    "CollectionError",
    "Comparison",
    "Content",
    "Control",
    "Coverage",
    "DeadlineExceeded",
    "DirectoryStore",
    "Engine",
    "Entry",
    "EntryKind",
    "FactStore",
    "Filesystem",
    "Finding",
    "Gap",
    "Hardening",
    "Image",
    "ImageView",
    "ImgscanError",
    "InputError",
    "Interest",
    "Item",
    "LayerDone",
    "LayerReport",
    "Level",
    "Limits",
    "Match",
    "Pattern",
    "Policy",
    "Problem",
    "Progress",
    "ProgressCallback",
    "RangedSource",
    "RedisStore",
    "Report",
    "SavedReport",
    "ScanEvent",
    "ScanOptions",
    "SelectionError",
    "Severity",
    "Source",
    "SourceLike",
    "Stage",
    "StageTime",
    "State",
    "Status",
    "UsageError",
    "Vulnerabilities",
    "Vulnerability",
    "__version__",
    "diff",
    "hardening",
    "iter_scan",
    "iter_scan_all",
    "list_images",
    "load_policy",
    "open_image",
    "read_report",
    "report_schema",
    "scan",
    "scan_all",
    "scan_async",
    "write",
]


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
