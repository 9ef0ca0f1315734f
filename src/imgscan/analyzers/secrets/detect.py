"""From one hit of the window scan to facts: each rule's own expression and checks, on the excerpt alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from imgscan.analyzers.secrets import encoded, finders, kubernetes, privatekey
from imgscan.analyzers.secrets.assigned import Assignments
from imgscan.analyzers.secrets.confidence import adjusted
from imgscan.analyzers.secrets.context import FileKind, file_kind, reads_like_settings, sample_reason
from imgscan.analyzers.secrets.facts import SecretFact, secret_fact
from imgscan.analyzers.secrets.named import named_facts
from imgscan.analyzers.secrets.rating import Confidence, Doubt, Rating
from imgscan.analyzers.secrets.rule import RuleSet
from imgscan.analyzers.secrets.text_scan import TextScan
from imgscan.matching.multipattern import Compiler, compile_patterns
from imgscan.model.interest import Pattern
from imgscan.model.observed import Match

# What is read around a hit that says what kind of document it is.
_SECRET_MANIFEST = kubernetes.PATTERN.id
_ENCODINGS = frozenset(pattern.id for pattern in encoded.PATTERNS)
_DEPTH = 3
# Sources and pages that show a key mostly explain one.
_KEY_RATINGS = {
    FileKind.SOURCE: Rating(Confidence.MEDIUM, Doubt.SOURCE),
    FileKind.MARKUP: Rating(Confidence.LOW, Doubt.MARKUP),
}


class Detector:
    """The rules, compiled when first needed; holds nothing of what it has seen."""

    def __init__(self, rules: RuleSet, compiler: Compiler = compile_patterns) -> None:
        self.rules = rules
        self.by_id = {rule.id: rule for rule in rules.rules}
        self.judges_assignments = "generic.password" in self.by_id
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
            *((kubernetes.PATTERN,) if kubernetes.RULE in self.by_id else ()),
            *encoded.PATTERNS,
            *(finders.PATTERNS if assigned else ()),
        )
        self._text_scan = TextScan(self.patterns, compiler)

    def facts(self, path: str, match: Match, depth: int = 0) -> Iterable[SecretFact]:
        """Return what a hit in the file ``path`` proves to be: never the value, only its place, hash and strength.

        ``depth`` is how many encodings were taken off already.
        """
        if match.pattern in finders.BY_ID:
            return self._assignments.facts(path, match)
        if match.pattern == privatekey.PATTERN.id:
            return self._key(path, match)
        if match.pattern == _SECRET_MANIFEST:
            return self._manifest(path, match, depth)
        if match.pattern in _ENCODINGS:
            return self._encoded(path, match, depth)
        return named_facts(self.by_id[match.pattern], path, match)

    def scan(self, path: str, data: bytes, depth: int = 0, skipped: Counter[str] | None = None) -> Iterator[SecretFact]:
        """Yield the facts of bytes in memory as if they were the file ``path``; offsets and lines are theirs.

        With ``skipped`` the hits are bounded, and what is left out is counted there.
        """
        for match in self._text_scan.matches(data, skipped, path):
            yield from self.facts(path, match, depth)

    # Encodings

    def _encoded(self, path: str, match: Match, depth: int) -> Iterator[SecretFact]:
        if depth >= _DEPTH:
            return
        result = encoded.decoded(match.pattern, match.excerpt, match.end - match.start)
        if result is None:
            return
        data, start, length = result
        chain = "!" + match.pattern.partition(":")[2]
        line = match.line_at(start)
        # A text that a program carries is read as what it is: settings are no source.
        inside = f"{path}{chain}.conf" if reads_like_settings(data) else path + chain
        for fact in self.scan(inside, data, depth + 1):
            yield replace(fact, chain=chain + fact.chain, offset=match.start + start, length=length, line=line)

    # Kubernetes

    def _manifest(self, path: str, match: Match, depth: int) -> Iterator[SecretFact]:
        """Yield the facts on the values of a Secret: on what they hold, or on one as a whole where that is nothing."""
        if depth >= _DEPTH:
            return
        rule = self.by_id[kubernetes.RULE]
        for value in kubernetes.secret_values(match.excerpt, match.end - match.start):
            inside = f"{path}!base64.conf" if reads_like_settings(value.data) else f"{path}!base64"
            held = list(self.scan(inside, value.data, depth + 1)) if value.encoded else []
            for fact in held:
                yield replace(
                    fact,
                    chain="!base64" + fact.chain,
                    offset=match.start + value.start,
                    length=value.length,
                    line=match.line_at(value.start),
                )
            rating = kubernetes.rating_of(value)
            if held or rating is None:
                continue
            rating = adjusted(rating, rule.id, path, match.excerpt, value.start, value.data, False)
            fact = secret_fact(rule, rating, match, value.start, value.data)
            yield replace(fact, length=value.length)

    # Private keys

    def _key(self, path: str, match: Match) -> Iterator[SecretFact]:
        result = privatekey.private_key(match.excerpt, match.end - match.start)
        if result is None:
            return
        rule = self.by_id["key.encrypted" if result.encrypted else "key.private"]
        rating = _KEY_RATINGS.get(file_kind(path), Rating(Confidence.HIGH))
        doubt = Doubt.PUBLISHED if privatekey.is_published(result) else sample_reason(path)
        rating = rating.at_most(Confidence.LOW, doubt) if doubt else rating
        fact = secret_fact(rule, rating, match, result.start, result.body)
        yield replace(fact, length=result.length, shown=result.label)
