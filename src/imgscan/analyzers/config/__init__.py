"""The image's run settings, held against the files that they need."""

from __future__ import annotations

from imgscan.analyzers.config.analyzer import Config

__all__ = ["Config"]
