"""From one hit of the window scan to facts: each rule's own expression and checks, on the excerpt alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from imgscan.analyzers.api import Match, Pattern
from imgscan.analyzers.secrets import assignment, encoded, finders, privatekey
from imgscan.analyzers.secrets.confidence import settle_confidence
from imgscan.analyzers.secrets.context import FileKind, file_kind, sample_reason
from imgscan.analyzers.secrets.expression import compile_expression
from imgscan.analyzers.secrets.hashing import keyed_hash, redacted
from imgscan.analyzers.secrets.judge import judge, name_kind
from imgscan.analyzers.secrets.placeholder import is_placeholder
from imgscan.analyzers.secrets.rule import Rule, RuleSet
from imgscan.analyzers.secrets.strength import entropy, is_made_up
from imgscan.analyzers.secrets.structure import CHECKS
from imgscan.analyzers.secrets.text_scan import TextScan
from imgscan.formats.multipattern import Compiler, compile_patterns

Data = dict[str, Any]

_NAMED = "generic:"
_ENCODINGS = frozenset(pattern.id for pattern in encoded.PATTERNS)
_DEPTH = 3
_CHECKSUMMED = frozenset({"github-crc", "npm-crc"})
_PROVED = frozenset({"nkey", "stellar", "macaroon"})
_EXAMPLE_WORDS = (b"example", b"EXAMPLE", b"xxxx", b"XXXX", b"YOUR", b"your-", b"your_", b"PLACEHOLDER", b"....")
_CHOSEN = frozenset({"generic.password", "url.database", "url.userinfo", "url.jdbc", "header.basic"})


class Detector:
    """The rules, compiled when first needed; holds nothing of what it has seen."""

    def __init__(self, rules: RuleSet, compiler: Compiler = compile_patterns) -> None:
        self.rules = rules
        self.by_id = {rule.id: rule for rule in rules.rules}
        generic = "generic.password" in self.by_id
        keyed = tuple(rule for rule in rules.rules if rule.key)
        any_key = "(?i)" + "|".join(f"(?:{rule.key})" for rule in keyed)

        def rules_for(name: str) -> tuple[Rule, ...]:
            text = name.encode("latin-1", "replace")
            if not keyed or not compile_expression(any_key).search(text):
                return ()
            return tuple(rule for rule in keyed if compile_expression("(?i)" + rule.key).search(text))

        # Names repeat, and there are some hundred keys to try: a bounded memory of names, not of values.
        self._rules_for = lru_cache(maxsize=32768)(rules_for)
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
            *(finders.PATTERNS if generic else ()),
        )
        self._text_scan = TextScan(self.patterns, compiler)

    def facts(self, path: str, match: Match) -> Iterator[Data]:
        """Yield what a hit in the file ``path`` proves to be: never the value, only its place, hash and strength."""
        if match.pattern.startswith(_NAMED):
            yield from self._assignment(path, match)
        elif match.pattern == privatekey.PATTERN.id:
            yield from self._key(path, match)
        elif match.pattern in _ENCODINGS:
            yield from self._encoded(path, match)
        else:
            yield from self._token(path, match)

    def scan(self, path: str, data: bytes) -> Iterator[Data]:
        """Yield the facts of bytes in memory as if they were the file ``path``; offsets and lines are theirs."""
        for match in self._text_scan.matches(data):
            yield from self.facts(path, match)

    # Formats of their own

    def _token(self, path: str, match: Match) -> Iterator[Data]:
        rule = self.by_id[match.pattern]
        excerpt, end = match.excerpt, match.end - match.start
        if rule.text and not _is_text(excerpt, end):
            return
        expression = compile_expression(rule.expression)
        group = rule.group if rule.group is not None else 1 if expression.groups else 0
        for found in expression.finditer(excerpt):
            if found.start() >= end:
                return
            if not found.start() < end <= found.end():
                continue
            value, start = found.group(group), found.start(group)
            if value and self._holds(rule, value):
                confidence: str = rule.confidence
                if rule.check in _CHECKSUMMED and not CHECKS[rule.check](value):
                    confidence = "low"  # of the right form, but its checksum is not
                proved = rule.check in _CHECKSUMMED | _PROVED
                confidence = settle_confidence(confidence, rule.id, path, excerpt, start, value, proved)
                yield self._fact(rule, confidence, path, match, start, value)

    def _holds(self, rule: Rule, value: bytes) -> bool:
        if rule.entropy and entropy(value) < rule.entropy:
            return False
        if rule.check and rule.check not in _CHECKSUMMED and not CHECKS[rule.check](value):
            return False
        if rule.check not in _PROVED and any(word in value for word in _EXAMPLE_WORDS):
            return False
        if (
            rule.check not in _PROVED
            and "AAAAA" not in rule.find
            and "A{22}" not in rule.find
            and is_made_up(value.decode("latin-1"))
        ):
            return False
        return not any(compile_expression(text).search(value) for text in rule.allow)

    # Assignments

    def _assignment(self, path: str, match: Match) -> Iterator[Data]:
        syntax = match.pattern[len(_NAMED) :]
        kind = file_kind(path)
        if syntax == finders.BARE and kind is FileKind.SOURCE:
            return
        excerpt, end = match.excerpt, match.end - match.start
        if syntax == finders.QUOTED:
            found = assignment.quoted(excerpt, end)
        elif syntax == finders.BARE:
            found = assignment.bare(excerpt, end)
        else:
            found = assignment.local(syntax, excerpt, end)
        if found is None:
            return
        rules = self._rules_for(found.name)
        if not (rules or name_kind(found.name)) or not _is_text(excerpt, end):
            return
        for rule in rules:
            if self._keyed_holds(rule, found.value):
                confidence = "medium" if rule.confidence == "high" else "low"
                confidence = settle_confidence(confidence, rule.id, path, excerpt, found.start, found.value, False)
                yield self._fact(rule, confidence, path, match, found.start, found.value)
                return
        if not name_kind(found.name):
            return
        verdict = judge(found, syntax, kind)
        if verdict is not None:
            rule_id, confidence = verdict
            confidence = settle_confidence(confidence, rule_id, path, excerpt, found.start, found.value, False)
            yield self._fact(self.by_id[verdict.rule], confidence, path, match, found.start, found.value)

    def _keyed_holds(self, rule: Rule, value: bytes) -> bool:
        if not compile_expression(rule.expression).fullmatch(value):
            return False
        text = value.decode("latin-1")
        return self._holds(rule, value) and not is_placeholder(text) and not is_made_up(text)

    # Encodings

    def _encoded(self, path: str, match: Match) -> Iterator[Data]:
        if path.count("!") >= _DEPTH:
            return
        found = encoded.decoded(match.pattern, match.excerpt, match.end - match.start)
        if found is None:
            return
        data, start, length = found
        chain = "!" + match.pattern.partition(":")[2]
        line = match.line - match.excerpt.count(b"\n", start, match.end - match.start)
        for fact in self.scan(path + chain, data):
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
        confidence = "low" if sample_reason(path) else "high"
        data = self._fact(rule, confidence, path, match, found.start, found.body)
        data |= {"length": found.length, "shown": found.label}
        yield data

    def _fact(self, rule: Rule, confidence: str, path: str, match: Match, start: int, value: bytes) -> Data:
        guessable = rule.id in _CHOSEN or rule.id.startswith("command.")
        behind = match.end - match.start
        if start <= behind:
            line = match.line - match.excerpt.count(b"\n", start, behind)
        else:
            line = match.line + match.excerpt.count(b"\n", behind, start)
        return {
            "rule": rule.id,
            "confidence": confidence,
            "offset": match.start + start,
            "length": len(value),
            "line": line,
            "shown": redacted(value, guessable),
            "hash": keyed_hash(value, guessable),
            "why": sample_reason(path),
        }


def _is_text(excerpt: bytes, end: int) -> bool:
    """Whether the bytes around are text in any encoding of single bytes: no controls but white space."""
    around = excerpt[max(end - 64, 0) : end + 32]
    return not around.translate(None, _TEXT_BYTES)


_TEXT_BYTES = bytes(code for code in range(256) if (code >= 32 and code != 127) or code in b"\t\r\n\x0c\x1b")
