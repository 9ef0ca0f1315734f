"""What scans with the same options share: nothing in it is of an image."""

from __future__ import annotations

from imgscan.analyzers.registry import choose_analyzers, choose_observers, hiders, observers_of
from imgscan.cis.editions import edition_of
from imgscan.kept.facts import KeptFacts
from imgscan.kept.secrecy import Secrecy, SecretKeeper
from imgscan.model.options import ScanOptions
from imgscan.survey.pattern_cache import CompiledOnce, compiler
from imgscan.survey.survey import Surveyor
from imgscan.survey.task import SharedSurveyor, SurveySettings


class Prepared:
    """The analyzers, who hides secrets, and the surveyor with the patterns, as options ask for them.

    May be used for several scans, from several threads.
    """

    def __init__(self, options: ScanOptions) -> None:
        """Choose analyzers and read the files of rules; patterns are compiled when the first content comes.

        Raises:
            UsageError: the options name what does not exist, or a file of rules that cannot be read.
        """
        settings = SurveySettings.of(options, choose_observers)
        compile_patterns = CompiledOnce(compiler(options.pattern_cache))
        self.options = options
        self.analyzers = choose_analyzers(options, compile_patterns)
        observers = observers_of(self.analyzers, options.limits)
        self.surveyor = Surveyor(observers, options.limits, options.digests, compile_patterns)
        self.shared = SharedSurveyor(self.surveyor, settings)
        edition_of(options.edition)  # refused before anything is read
        self.redactors = hiders(self.analyzers, compile_patterns)

    def kept_facts(self) -> KeptFacts | None:
        """Return what one scan takes out of the store and puts into it, None without a store."""
        if self.options.store is None:
            return None
        return KeptFacts(self.options.store, self.surveyor, self.secrecy)

    @property
    def secrecy(self) -> Secrecy:
        """What decides which facts may be kept."""
        return Secrecy([item for item in (*self.analyzers, *self.redactors) if isinstance(item, SecretKeeper)])
