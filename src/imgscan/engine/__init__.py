"""The stages of a scan and their order."""

from imgscan.engine.engine import Engine, iter_scan, iter_scan_all, scan, scan_all, scan_async
from imgscan.engine.stages import ScanEvent

__all__ = ["Engine", "ScanEvent", "iter_scan", "iter_scan_all", "scan", "scan_all", "scan_async"]
