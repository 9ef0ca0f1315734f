"""Facts of all layers to occurrences: overlaps settled, each with the life of its file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from imgscan.analyzers.secrets.archives import FOREIGN, UNREADABLE
from imgscan.analyzers.secrets.facts import ContentFact, DigestsFact, SecretFact, SkippedFact
from imgscan.analyzers.secrets.files import HINT
from imgscan.analyzers.secrets.installed import package_of
from imgscan.analyzers.secrets.occurrence import Occurrence, rank_of
from imgscan.analyzers.secrets.overlaps import without_overlaps
from imgscan.analyzers.secrets.rating import Confidence
from imgscan.analyzers.secrets.rule import RuleSet
from imgscan.model.finding import State
from imgscan.model.ledger import Cause, Gap, folded
from imgscan.rootfs.tree import Ref
from imgscan.rootfs.view import ImageView, LocatedFact

_OPEN = ("secrets.*",)
_CAUSES = {UNREADABLE: Cause.UNSUPPORTED, FOREIGN: Cause.UNSUPPORTED}

PER_RULE_AND_FILE = 20
"""How many secrets of one rule and confidence in one file are told: decoys must not push out what is one."""


def file_occurrences(
    facts_of_files: Iterable[LocatedFact[ContentFact]], rules: RuleSet, view: ImageView
) -> Iterator[Occurrence | Gap]:
    """Yield what stands in files, each value of a rule once a file and chain, by layer; then what was left out."""
    files: dict[Ref, list[LocatedFact[ContentFact]]] = defaultdict(list)
    for fact in facts_of_files:
        files[fact.ref].append(fact)
    settled = {ref: _without_hints(without_overlaps(fact.data for fact in facts)) for ref, facts in files.items()}
    values = _values(files, settled)
    beyond = 0
    gaps: list[Gap] = []
    for ref, facts in files.items():
        package = _Package(view, facts)
        description: set[tuple[str, str, str]] = set()
        counts: Counter[tuple[str, str]] = Counter()
        left_out = Counter[str]()
        for fact in facts:
            if isinstance(fact.data, SkippedFact):
                left_out.update(fact.data.counts)
        if left_out and not package.name():
            gaps += [_gap(facts[0], why, left_out[why]) for why in sorted(left_out)]
        # The bound must not take a sure one because doubtful ones stand before it.
        for data in sorted(settled[ref], key=lambda data: -data.confidence.step):
            key = (data.rule, data.hash, data.chain)
            if data.rule not in rules.by_id or key in description:
                continue
            description.add(key)
            kind = (data.rule, data.confidence)
            counts[kind] += 1
            if counts[kind] > PER_RULE_AND_FILE:
                beyond += not package.name()
                continue
            yield _occurrence(rules, facts[0], data, package.name(), _replaced(facts[0], data, values))
    if beyond:
        why = f"more than {PER_RULE_AND_FILE} of one rule and confidence in one file"
        yield Gap(cause=Cause.LIMIT, what="secrets in files", count=beyond, why=why, rules=_OPEN)
    yield from folded(gaps)


def _gap(fact: LocatedFact[ContentFact], why: str, count: int) -> Gap:
    """Return what was not opened or looked at of a file. Of one that its package recorded nothing is left open."""
    return Gap(
        cause=_CAUSES.get(why, Cause.LIMIT),
        what="packed or encoded content",
        count=count,
        why=why,
        layer=fact.layer.index,
        path=fact.name,
        rules=_OPEN,
    )


def _without_hints(facts: list[SecretFact]) -> list[SecretFact]:
    """Return what was found; that a file usually holds secrets says nothing where some were found in it."""
    return [data for data in facts if data.rule != HINT] or facts


class _Package:
    """The package that installed a file as it is; asked for once, and only where something was found."""

    def __init__(self, view: ImageView, facts: list[LocatedFact[ContentFact]]) -> None:
        self._view = view
        self._facts = facts
        self._name: str | None = None

    def name(self) -> str:
        if self._name is None:
            known = (fact.data.digests for fact in self._facts if isinstance(fact.data, DigestsFact))
            observed: dict[str, str] = next(known, {})
            self._name = package_of(self._view, self._facts[0], observed)
        return self._name


_Values = dict[tuple[str, int, str], set[str]]


def _values(files: dict[Ref, list[LocatedFact[ContentFact]]], settled: dict[Ref, list[SecretFact]]) -> _Values:
    """Return the values by path, layer and rule."""
    result: _Values = defaultdict(set)
    for ref, facts in files.items():
        for data in settled[ref]:
            result[facts[0].path, facts[0].layer.index, data.rule].add(data.hash)
    return result


def _replaced(fact: LocatedFact[ContentFact], data: SecretFact, values: _Values) -> bool:
    if fact.state is not State.OVERWRITTEN or fact.removed_in is None:
        return False
    return bool(values.get((fact.path, fact.removed_in.index, data.rule), set()) - {data.hash})


def _occurrence(
    rules: RuleSet, fact: LocatedFact[ContentFact], data: SecretFact, package: str, replaced: bool
) -> Occurrence:
    confidence = Confidence.LOW if package else data.confidence
    why = f"as the package {package} installed it, its checksum matches" if package else data.why
    rank = rank_of(rules, data.rule, confidence, why)
    return Occurrence(
        rule=data.rule,
        kind=data.title or rules.by_id[data.rule].title,
        severity=rank.severity,
        confidence=confidence,
        length=data.length,
        shown=data.shown,
        hash=data.hash,
        state=fact.state,
        layer=fact.layer,
        removed_in=fact.removed_in,
        path=fact.name,
        stored=fact.entry.path,
        line=data.line,
        offset=data.offset,
        inside=data.chain,
        why=rank.why,
        installed_by=package,
        replaced=replaced,
    )
