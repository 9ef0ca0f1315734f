"""Which analyzers run: the built-in ones and those that other packages offer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points

from imgscan.analyzers.api import Analyzer, Redactor
from imgscan.analyzers.builtin import BUILTIN
from imgscan.analyzers.integrity.analyzer import Integrity
from imgscan.errors import AnalyzerError, UsageError
from imgscan.matching.multipattern import Compiler, compile_patterns
from imgscan.model.finding import Finding, Item
from imgscan.model.ledger import Gap
from imgscan.model.limits import Limits
from imgscan.model.observer import Observer
from imgscan.model.options import ScanOptions
from imgscan.rootfs.view import ImageView

GROUP = "imgscan.analyzers"
ALL = "all"
"""In place of an id: every analyzer that runs by default."""

SECRETS = "secrets"
BUILTIN_IDS = (*(analyzer.id for analyzer in BUILTIN), SECRETS)


def choose_analyzers(options: ScanOptions, compiler: Compiler = compile_patterns) -> tuple[Analyzer, ...]:
    """Return the analyzers that the options ask for, in the report's order; ``compiler`` is for their patterns.

    Raises:
        UsageError: an id is unknown, or one of another package cannot be loaded or has an id that is taken.
    """
    known: dict[str, Analyzer | None] = {analyzer.id: analyzer for analyzer in BUILTIN}
    known |= {Integrity.id: Integrity(options.limits.hashed_bytes), SECRETS: None}
    for analyzer in _offered(options):
        if analyzer.id in known:
            raise UsageError(f"two analyzers are called {analyzer.id}; uninstall one of their packages")
        known[analyzer.id] = analyzer
    asked = {*(options.analyzers or ()), *options.skip} - {ALL}
    unknown = sorted(asked - known.keys())
    if unknown:
        raise UsageError(f"no analyzer {', '.join(unknown)}; there are: {', '.join(known)}")
    every = options.analyzers is None or ALL in options.analyzers
    chosen = set(known if every else options.analyzers or ()) - set(options.skip)
    if SECRETS in chosen:
        known[SECRETS] = _secrets(options.rules, compiler)
    return tuple(analyzer for name, analyzer in known.items() if name in chosen and analyzer is not None)


def observers_of(analyzers: Sequence[Analyzer | Observer], limits: Limits) -> tuple[Observer, ...]:
    """Return what must observe for these analyzers: the observers that they need, and those of them that observe.

    Each once, and all that an observer's own index needs: a finding never depends on which other analyzers run.
    """
    result: dict[str, Observer] = {}
    for analyzer in analyzers:
        for needed in getattr(analyzer, "needs", ()):
            if needed.id not in result:
                result[needed.id] = _made(needed, limits) if isinstance(needed, type) else needed
        if isinstance(analyzer, Observer):
            result[analyzer.id] = analyzer
    return tuple(result.values())


def rules_resting_on(analyzers: Sequence[Analyzer]) -> dict[str, tuple[str, ...]]:
    """Return by observer which rules rest on what it observes: what it did not see leaves all of these open."""
    result: dict[str, dict[str, None]] = {}
    for analyzer in analyzers:
        observers = [*getattr(analyzer, "needs", ()), *([analyzer] if isinstance(analyzer, Observer) else [])]
        for observer in observers:
            result.setdefault(observer.id, {})[f"{analyzer.id}.*"] = None
    return {name: tuple(rules) for name, rules in result.items()}


def _made(observer: type, limits: Limits) -> Observer:
    """Return the observer of a scan; one that the limits concern is made by its method ``of``."""
    made: Observer = observer.of(limits) if hasattr(observer, "of") else observer()
    return made


def choose_observers(options: ScanOptions, compiler: Compiler = compile_patterns) -> tuple[Observer, ...]:
    """Return the observers of the analyzers that the options ask for: the roster of a survey in another process.

    Raises:
        UsageError: as ``choose_analyzers``.
    """
    return observers_of(choose_analyzers(options, compiler), options.limits)


def hiders(analyzers: Sequence[Analyzer], compiler: Compiler = compile_patterns) -> tuple[Redactor, ...]:
    """Return who knows what to hide when the analyzer of secrets is not among those that run: no report shows one."""
    if any(analyzer.id == SECRETS for analyzer in analyzers):
        return ()
    from imgscan.analyzers.secrets import Secrets

    return (Secrets(compiler=compiler),)


def _secrets(rules: tuple[str, ...], compiler: Compiler) -> Analyzer:
    """Return the analyzer of secrets; imported here, since who leaves it out need not pay for its rules."""
    from imgscan.analyzers.secrets import Secrets
    from imgscan.analyzers.secrets.foreign import with_files

    return Secrets(with_files(rules) if rules else None, compiler)


class Unloaded:
    """In place of an analyzer of another package that cannot be loaded: a problem of the report, and nobody else's."""

    version = 0

    def __init__(self, name: str, error: Exception) -> None:
        self.id = name
        self._error = error

    def conclude(self, view: ImageView) -> Iterator[Finding | Item | Gap]:
        """Raise AnalyzerError, which says why."""
        raise AnalyzerError(_why_unloaded(self.id, self._error)) from self._error


def _why_unloaded(name: str, error: Exception) -> str:
    return f"the analyzer {name} cannot be loaded ({type(error).__name__}: {error})"


def _offered(options: ScanOptions) -> list[Analyzer]:
    """Return the analyzers of other packages: an entry point names a class or a made analyzer.

    Raises:
        UsageError: one that the options name cannot be loaded.
    """
    result: list[Analyzer] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            loaded = point.load()
            result.append(loaded() if isinstance(loaded, type) else loaded)
        except Exception as error:
            if point.name in (options.analyzers or ()):
                raise UsageError(_why_unloaded(point.name, error)) from error
            result.append(Unloaded(point.name, error))
    return result
