"""Many images on the processes of this machine, a cluster, or any executor: each unique layer is surveyed once."""

from imgscan.fleet.fleet import FleetReport, scan_fleet

__all__ = ["FleetReport", "scan_fleet"]
