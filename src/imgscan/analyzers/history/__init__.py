"""The history of an image: who wrote it, which layer each line made, where the base ends, what it admits."""

from __future__ import annotations

from imgscan.analyzers.history.analyzer import History

__all__ = ["History"]
