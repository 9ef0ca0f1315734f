"""From one hit of the window scan to facts: each rule's own expression and checks, on the excerpt alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from imgscan.analyzers.secrets import encoded, finders, privatekey
from imgscan.analyzers.secrets.assigned import Assignments
from imgscan.analyzers.secrets.context import FileKind, file_kind, sample_reason
from imgscan.analyzers.secrets.facts import Data, secret_fact
from imgscan.analyzers.secrets.named import named_facts
from imgscan.analyzers.secrets.rule import RuleSet
from imgscan.analyzers.secrets.text_scan import TextScan
from imgscan.formats.path import ending_of
from imgscan.matching.multipattern import Compiler, compile_patterns
from imgscan.model.interest import Pattern
from imgscan.model.observed import Match

_ENCODINGS = frozenset(pattern.id for pattern in encoded.PATTERNS)
_DEPTH = 3
# Sources and pages that show a key mostly explain one.
_KEY_CONFIDENCE = {FileKind.SOURCE: "medium", FileKind.MARKUP: "low"}


class Detector:
    """The rules, compiled when first needed; holds nothing of what it has seen."""

    def __init__(self, rules: RuleSet, compiler: Compiler = compile_patterns) -> None:
        self.rules = rules
        self.by_id = {rule.id: rule for rule in rules.rules}
        assigned = "generic.password" in self.by_id or any(rule.key for rule in rules.rules)
        self._assignments = Assignments(rules)
        self.patterns: tuple[Pattern, ...] = (
            *(
                Pattern(
                    id=rule.id,
                    expression=rule.find,
                    before=rule.before,
                    after=rule.after,
                    ignore_case=rule.ignore_case,
                )
                for rule in rules.rules
                if rule.find
            ),
            *((privatekey.PATTERN,) if "key.private" in self.by_id else ()),
            *encoded.PATTERNS,
            *(finders.PATTERNS if assigned else ()),
        )
        self._text_scan = TextScan(self.patterns, compiler)

    def facts(self, path: str, match: Match, depth: int = 0) -> Iterable[Data]:
        """Return what a hit in the file ``path`` proves to be: never the value, only its place, hash and strength.

        ``depth`` is how many encodings were taken off already.
        """
        if match.pattern in finders.BY_ID:
            return self._assignments.facts(path, match)
        if match.pattern == privatekey.PATTERN.id:
            return self._key(path, match)
        if match.pattern in _ENCODINGS:
            return self._encoded(path, match, depth)
        return named_facts(self.by_id[match.pattern], path, match)

    def scan(self, path: str, data: bytes, depth: int = 0, skipped: Counter[str] | None = None) -> Iterator[Data]:
        """Yield the facts of bytes in memory as if they were the file ``path``; offsets and lines are theirs.

        With ``skipped`` the hits are bounded, and what is left out is counted there.
        """
        for match in self._text_scan.matches(data, skipped, _ending(path)):
            yield from self.facts(path, match, depth)

    # Encodings

    def _encoded(self, path: str, match: Match, depth: int) -> Iterator[Data]:
        if depth >= _DEPTH:
            return
        found = encoded.decoded(match.pattern, match.excerpt, match.end - match.start)
        if found is None:
            return
        data, start, length = found
        chain = "!" + match.pattern.partition(":")[2]
        line = match.line_at(start)
        for fact in self.scan(path + chain, data, depth + 1):
            yield fact | {
                "chain": chain + fact.get("chain", ""),
                "offset": match.start + start,
                "length": length,
                "line": line,
            }

    # Private keys

    def _key(self, path: str, match: Match) -> Iterator[Data]:
        found = privatekey.private_key(match.excerpt, match.end - match.start)
        if found is None:
            return
        rule = self.by_id["key.encrypted" if found.encrypted else "key.private"]
        sample = sample_reason(path) or privatekey.is_published(found)
        confidence = "low" if sample else _KEY_CONFIDENCE.get(file_kind(path), "high")
        data = secret_fact(rule, confidence, path, match, found.start, found.body)
        data |= {"length": found.length, "shown": found.label}
        yield data


def _ending(path: str) -> str:
    """Return how a name ends, of what is only compressed without the compression's: ``.py`` for ``x.py.gz!``."""
    return ending_of(path[:-1].rpartition(".")[0] if path.endswith("!") else path)
