"""Entries that an ordinary build does not make: devices, pipes, strange names and times, holes, links to SUID files."""

from __future__ import annotations

from imgscan.analyzers.oddities.analyzer import Oddities

__all__ = ["Oddities"]
