"""Who may change what: world-writable files, odd owners, loose modes, and what the container's user can write."""

from __future__ import annotations

from imgscan.analyzers.permissions.analyzer import Permissions

__all__ = ["Permissions"]
