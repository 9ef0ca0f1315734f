"""Which analyzers run: the built-in ones and those that other packages offer."""

from __future__ import annotations

from importlib.metadata import entry_points

from imgscan.analyzers.api import Analyzer
from imgscan.analyzers.builtin import BUILTIN
from imgscan.errors import UsageError
from imgscan.model.options import ScanOptions

GROUP = "imgscan.analyzers"


def choose_analyzers(options: ScanOptions) -> tuple[Analyzer, ...]:
    """Return the analyzers that the options ask for, in the report's order.

    Raises:
        UsageError: an id is unknown, or one of another package cannot be loaded or has an id that is taken.
    """
    known: dict[str, Analyzer] = {}
    for analyzer in (*BUILTIN, *_offered()):
        if known.setdefault(analyzer.id, analyzer) is not analyzer:
            raise UsageError(f"two analyzers are called {analyzer.id}; uninstall one of their packages")
    asked = {*(options.analyzers or ()), *options.skip}
    unknown = sorted(asked - known.keys())
    if unknown:
        raise UsageError(f"no analyzer {', '.join(unknown)}; there are: {', '.join(known)}")
    return tuple(
        analyzer
        for name, analyzer in known.items()
        if (options.analyzers is None or name in options.analyzers) and name not in options.skip
    )


def _offered() -> list[Analyzer]:
    """Return the analyzers of other packages: an entry point names a class or a made analyzer."""
    found: list[Analyzer] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            loaded = point.load()
            found.append(loaded() if isinstance(loaded, type) else loaded)
        except Exception as error:
            raise UsageError(f"the analyzer {point.name} cannot be loaded ({type(error).__name__}: {error})") from error
    return found
