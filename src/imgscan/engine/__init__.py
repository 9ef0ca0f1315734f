"""The stages of a scan and their order."""

from imgscan.engine.engine import Engine, iter_scan, scan, scan_all
from imgscan.engine.stages import ScanEvent

__all__ = ["Engine", "ScanEvent", "iter_scan", "scan", "scan_all"]
