"""Analyzers run together on layers in memory, with a config written as its document has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from imgscan.analyzers.accounts.analyzer import Accounts
from imgscan.analyzers.api import Analyzer
from imgscan.formats.image.manifest import parse_config
from imgscan.model.finding import Finding, Item
from imgscan.rootfs.view import ImageView
from imgscan.testing import Concluded, merged
from imgscan.testing.image import LayerSource


def view_of(
    *layers: LayerSource,
    analyzers: Sequence[Analyzer] = (),
    settings: dict[str, Any] | None = None,
    **document: Any,
) -> ImageView:
    """Return a merged image; without ``settings`` it has no config. ``document`` are further keys of the config."""
    config = None
    if settings is not None:
        config = parse_config({"os": "linux", "config": settings, **document}, "config.json")
    view, _ = merged(*layers, analyzers=analyzers, config=config)
    return view


def concluded(
    analyzer: Analyzer, *layers: LayerSource, settings: dict[str, Any] | None = None, **document: Any
) -> Concluded:
    """Return what an analyzer says beside the analyzer of accounts, whose facts it may need."""
    others = () if isinstance(analyzer, Accounts) else (Accounts(),)
    view = view_of(*layers, analyzers=(analyzer, *others), settings=settings, **document)
    found = list(analyzer.conclude(view))
    return Concluded(
        tuple(item for item in found if isinstance(item, Finding)),
        tuple(item for item in found if isinstance(item, Item)),
        (),
    )
