"""What a build left behind: caches, documentation, repositories, headers, bytes that nobody sees any more."""

from __future__ import annotations

from imgscan.analyzers.leftovers.analyzer import Leftovers

__all__ = ["Leftovers"]
