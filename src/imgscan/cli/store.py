"""Where the command line keeps facts on layers: in the folder of its cache, or where it is told."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from imgscan.cli.output import complain
from imgscan.errors import UsageError
from imgscan.model.store import FactStore
from imgscan.report.document import Report
from imgscan.stores.directory import DirectoryStore
from imgscan.stores.opened import open_store

OFF = "off"
_VARIABLE = "store"


class ChosenStore(NamedTuple):
    """The store, None without one, and whether somebody named it."""

    store: FactStore | None
    is_named: bool

    def shown(self, report: Report) -> Report:
        """Return a report as it is written: it speaks of a store that was named, or where times are asked for.

        The same image gives the same report, whether it was scanned before or not, unless something was asked for
        that depends on it.
        """
        if self.is_named or report.timing is not None:
            return report
        return replace(report, coverage=replace(report.coverage, from_store=None))


def store_of(arguments: argparse.Namespace, given: Mapping[str, str], cache: str | None) -> ChosenStore:
    """Return the store of a scan: what the words say, then the environment, then the folder of the cache.

    Raises:
        UsageError: the one that was named cannot be used. Without the cache's a scan only takes longer.
    """
    name = arguments.store or given.get(_VARIABLE)
    if name == OFF or (name is None and cache is None):
        return ChosenStore(None, False)
    if name is not None:
        return ChosenStore(open_store(name), True)
    try:
        return ChosenStore(DirectoryStore(cache or ""), False)
    except UsageError as error:
        complain(f"imgscan: warning: {error}")
        return ChosenStore(None, False)


def folder_of(store: FactStore | None) -> str | None:
    """Return the folder that a store writes to."""
    return store.directory if isinstance(store, DirectoryStore) else None
