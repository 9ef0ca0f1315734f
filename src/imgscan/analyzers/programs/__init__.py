"""Programs that serve an intruder and seldom a service, and daemons with what starts them."""

from __future__ import annotations

from imgscan.analyzers.programs.analyzer import Programs

__all__ = ["Programs"]
