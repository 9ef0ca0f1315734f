"""From a hit of an assignment to a fact: by a rule for its name, or by judging name, value and place."""

from __future__ import annotations

from imgscan.analyzers.secrets import assignment, finders
from imgscan.analyzers.secrets.assignment import Assignment
from imgscan.analyzers.secrets.assignment_rules import match_assignment
from imgscan.analyzers.secrets.confidence import adjusted
from imgscan.analyzers.secrets.context import FileKind, file_kind, is_credential_file, sample_reason
from imgscan.analyzers.secrets.excerpts import is_text
from imgscan.analyzers.secrets.facts import SecretFact, secret_fact
from imgscan.analyzers.secrets.keyed import KeyedRules
from imgscan.analyzers.secrets.rating import Confidence, Doubt, Rating
from imgscan.analyzers.secrets.rule import RuleSet, SecretRule
from imgscan.model.observed import Match


class Assignments:
    """The rules that judge assignments; holds names it has seen, never values."""

    def __init__(self, rules: RuleSet) -> None:
        self._by_id = {rule.id: rule for rule in rules.rules}
        self._keyed = KeyedRules(rules.rules)

    def facts(self, path: str, match: Match) -> tuple[SecretFact, ...]:
        """Return the fact of the assignment that a finder's hit tells, none unless its value is a secret.

        Nearly all hits tell of none: what is asked first costs least.
        """
        finder = finders.BY_ID[match.pattern]
        kind = file_kind(path)
        if finder.syntax == finders.BARE and kind is FileKind.SOURCE:
            return ()
        result = assignment.read(
            finder.syntax, match.excerpt, match.end - match.start, finder.reach, kind is FileKind.CONFIG
        )
        if result is None or finders.family_of(result.name) < finder.family:
            return ()
        verdict = self._by_rule(result) or self._by_judgement(result, finder.syntax, kind)
        if verdict is None or not is_text(match.excerpt, match.end - match.start):
            return ()
        rule, rating = verdict
        if rating.doubt is Doubt.DEFAULT and sample_reason(path):
            return ()  # the word that examples are written with
        if match.lines is None:  # its texts stand side by side, and what precedes one need not be its name
            rating = rating.at_most(Confidence.LOW, Doubt.BINARY)
        rating = adjusted(rating, rule.id, path, match.excerpt, result.start, result.value, False)
        if rating == Rating(Confidence.MEDIUM) and is_credential_file(path):
            rating = Rating(Confidence.HIGH)
        return (secret_fact(rule, rating, match, result.start, result.value),)

    def _by_rule(self, assignment: Assignment) -> tuple[SecretRule, Rating] | None:
        rule = self._keyed.rule_for(assignment.name, assignment.value)
        return (
            None
            if rule is None
            else (
                rule,
                Rating(Confidence.MEDIUM) if rule.confidence == Confidence.HIGH else Rating(Confidence.LOW, Doubt.NAME),
            )
        )

    def _by_judgement(self, assignment: Assignment, syntax: str, kind: FileKind) -> tuple[SecretRule, Rating] | None:
        verdict = match_assignment(assignment, syntax, kind)
        rule = self._by_id.get(verdict.rule) if verdict is not None else None  # a set may lack the generic rules
        return None if verdict is None or rule is None else (rule, verdict.rating)
