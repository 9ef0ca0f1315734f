"""Many images on the processes of this machine, a cluster, or any executor: each unique layer is surveyed once."""

from imgscan.fleet.dask_workers import DaskWorkers
from imgscan.fleet.driver import FleetProgress, FleetRun
from imgscan.fleet.fleet import FleetReport, scan_fleet
from imgscan.fleet.summary import FleetSummary
from imgscan.fleet.workers import ExecutorWorkers, LocalProcesses, Workers

__all__ = [
    "DaskWorkers",
    "ExecutorWorkers",
    "FleetProgress",
    "FleetReport",
    "FleetRun",
    "FleetSummary",
    "LocalProcesses",
    "Workers",
    "scan_fleet",
]
