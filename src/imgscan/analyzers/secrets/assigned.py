"""From a hit of an assignment to a fact: by a rule for its name, or by judging name, value and place."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from imgscan.analyzers.api import Match
from imgscan.analyzers.secrets import assignment, finders
from imgscan.analyzers.secrets.assignment import Assignment
from imgscan.analyzers.secrets.confidence import settle_confidence
from imgscan.analyzers.secrets.context import FileKind, file_kind
from imgscan.analyzers.secrets.excerpts import is_text
from imgscan.analyzers.secrets.expression import compile_expression, compile_set
from imgscan.analyzers.secrets.facts import Data, secret_fact
from imgscan.analyzers.secrets.judge import judge
from imgscan.analyzers.secrets.named import holds
from imgscan.analyzers.secrets.names import name_kind
from imgscan.analyzers.secrets.placeholder import is_placeholder
from imgscan.analyzers.secrets.rule import Rule, RuleSet
from imgscan.analyzers.secrets.strength import is_made_up
from imgscan.formats.pattern_width import width

PREFIX = "generic:"
_SHORTEST = 8
_LONG = 32  # salts of this length hold spaces


class Assignments:
    """The rules that judge assignments; holds names it has seen, never values."""

    def __init__(self, rules: RuleSet) -> None:
        self._by_id = {rule.id: rule for rule in rules.rules}
        keyed = tuple(rule for rule in rules.rules if rule.key)
        keys = tuple("(?i)" + rule.key for rule in keyed)

        def rules_for(name: str) -> tuple[Rule, ...]:
            return tuple(keyed[number] for number in compile_set(keys)(name.encode("latin-1", "replace")))

        # Names repeat, and there are some hundred keys to try.
        self._rules_for = lru_cache(maxsize=32768)(rules_for)

    def facts(self, path: str, match: Match) -> Iterator[Data]:
        """Yield the fact of the assignment that a finder's hit tells, if its value is a secret."""
        syntax = match.pattern[len(PREFIX) :]
        kind = file_kind(path)
        if syntax == finders.BARE and kind is FileKind.SOURCE:
            return
        excerpt, end = match.excerpt, match.end - match.start
        found = assignment.read(syntax, excerpt, end)
        if found is None:
            return
        rules = self._rules_for(found.name) if _has_form(found.value) else ()
        if not (rules or name_kind(found.name)) or not is_text(excerpt, end):
            return
        verdict = self._by_rule(rules, found) or self._by_judgement(found, syntax, kind)
        if verdict is not None:
            rule, confidence = verdict
            confidence = settle_confidence(confidence, rule.id, path, excerpt, found.start, found.value, False)
            yield secret_fact(rule, confidence, path, match, found.start, found.value)

    def _by_rule(self, rules: tuple[Rule, ...], found: Assignment) -> tuple[Rule, str] | None:
        for rule in rules:
            if _holds(rule, found.value):
                return rule, "medium" if rule.confidence == "high" else "low"
        return None

    def _by_judgement(self, found: Assignment, syntax: str, kind: FileKind) -> tuple[Rule, str] | None:
        verdict = judge(found, syntax, kind)
        rule = self._by_id.get(verdict.rule) if verdict is not None else None  # a set may lack the generic rules
        return None if verdict is None or rule is None else (rule, verdict.confidence)


def _has_form(value: bytes) -> bool:
    """Whether a value may have a provider's form: the cheap question first, for there are many names."""
    return len(value) >= _SHORTEST and (b" " not in value or len(value) >= _LONG)


def _holds(rule: Rule, value: bytes) -> bool:
    least, most = width(rule.expression)
    if not least <= len(value) <= most or not compile_expression(rule.expression).fullmatch(value):
        return False
    text = value.decode("latin-1")
    return holds(rule, value) and not is_placeholder(text) and not is_made_up(text)
