"""Secrets in every byte of every layer, in the config and in the history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct

from imgscan.analyzers.secrets.conclusion import findings
from imgscan.analyzers.secrets.config import Looked, config_occurrences, config_values, looked_at, sure_values
from imgscan.analyzers.secrets.detect import Detector
from imgscan.analyzers.secrets.facts import ContentFact, SecretFact
from imgscan.analyzers.secrets.files import INTEREST_NAMES, MAGICS, MAX_CONTENT, SUFFIXES, observe_file, read_as
from imgscan.analyzers.secrets.in_files import file_occurrences
from imgscan.analyzers.secrets.occurrence import Occurrence
from imgscan.analyzers.secrets.outside import outside_occurrences
from imgscan.analyzers.secrets.quoted import quotes_one
from imgscan.analyzers.secrets.rule import RuleSet, builtin_rules
from imgscan.matching.multipattern import Compiler, compile_patterns
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding
from imgscan.model.hidden import Hidden
from imgscan.model.interest import Interest, Links
from imgscan.model.ledger import Gap
from imgscan.model.observed import Content, Match
from imgscan.rootfs.view import ImageView
from imgscan.system.packages.files import PackageFiles


class Secrets:
    """Finds credentials by rules that are data; a finding tells place, strength and life of each, never its value."""

    id = "secrets"
    version = 11
    fact = ContentFact
    needs = (PackageFiles,)  # what a package brought, unchanged, is no secret of this image

    def __init__(self, rules: RuleSet | None = None, compiler: Compiler = compile_patterns) -> None:
        self._given = rules
        self._compiler = compiler

    @cached_property
    def detector(self) -> Detector:
        """The rules, read when first needed: starting up does not pay for them."""
        return Detector(self._given or builtin_rules(), self._compiler)

    @cached_property
    def interest(self) -> Interest:
        """Patterns over all bytes; the content of archives and of files that are known by name or first bytes."""
        return Interest(
            links=Links(read_as, ("root", "etc")),
            names=INTEREST_NAMES,
            suffixes=SUFFIXES,
            magics=MAGICS,
            max_content_bytes=MAX_CONTENT,
            patterns=self.detector.patterns,
        )

    @property
    def rules_digest(self) -> str:
        """What identifies the rules in use."""
        return self.detector.rules.digest

    def match(self, entry: Entry, match: Match) -> Iterable[SecretFact]:
        """Return the facts that one hit proves."""
        return self.detector.facts(entry.path, match)

    def match_outside(self, path: str, match: Match) -> Iterable[SecretFact]:
        """Return the facts that one hit proves in bytes that are no file's content."""
        return self.detector.facts(path, match)

    def observe(self, entry: Entry, content: Content) -> Iterator[ContentFact]:
        """Yield facts on files that must be unpacked or decoded first, or that are secret by their kind."""
        yield from observe_file(self.detector, entry, content)

    def conclude(self, view: ImageView) -> Iterator[Finding | Gap]:
        """Yield one finding a secret, with all its places in files, config and history; then what was left out."""
        rules = self.detector.rules
        result = [
            *file_occurrences(view.facts(self), rules, view),
            *outside_occurrences(view.outside(self), rules),
            *config_occurrences(self.detector, view.derived(self._looked_at)),
        ]
        yield from findings(self.id, rules, (item for item in result if isinstance(item, Occurrence)))
        yield from (item for item in result if isinstance(item, Gap))

    def _looked_at(self, view: ImageView) -> list[Looked]:
        """Return the texts of config and history with what they hold, which is asked for twice."""
        return list(looked_at(self.detector, view))

    def redactions(self, view: ImageView) -> tuple[str | Hidden, ...]:
        """Return the secret values of config and history, for the report to leave out wherever they stand."""
        return config_values(view.derived(self._looked_at))

    def redactions_in(self, text: str) -> tuple[str | Hidden, ...]:
        """Return the secrets in ``text`` that have a form of their own, whatever stands around them."""
        return sure_values(self.detector, text)

    def holds_secret(self, data: bytes) -> bool:
        """Whether anything in a text of facts is a secret: such a text is not kept."""
        return next(iter(self.detector.scan("facts.txt", data)), None) is not None

    def quotes_secret(self, data: bytes, facts: Iterable[Struct]) -> bool:
        """Whether one of the words of a text is a value that one of these facts is about."""
        return quotes_one(data, (fact for fact in facts if isinstance(fact, SecretFact)))
