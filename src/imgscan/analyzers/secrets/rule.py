"""Rules as data: what a rule file holds, and the shipped set."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import msgspec

from imgscan.analyzers.secrets.rating import Confidence
from imgscan.errors import UsageError
from imgscan.formats.toml import parse_toml

Level = Literal["info", "low", "medium", "high", "critical"]


class SecretRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of secret.

    A rule with ``find`` is searched for in every byte: ``find`` is what the window scan looks for (short, of fixed
    length where it can be), ``expression`` then decides on the excerpt that reaches from ``before`` bytes ahead of
    the end of ``find`` to ``after`` bytes behind; ``text`` leaves out binaries. A rule with ``key`` judges an
    assignment: ``key`` is searched for in the name, ``expression`` must be the whole value, of 8 bytes or more,
    with spaces only where it has 32. Expressions are in the RE2 dialect, on bytes. ``group`` is the group that holds the secret. ``check`` names a structure check, ``entropy``
    is the least Shannon entropy of the secret, in bits a character; of ``needs`` (small letters) one must stand ahead
    of the end of ``find``, and none of ``unless``, or ``expression`` is not even tried; ``allow`` are expressions of what is none.
    ``examples`` and ``counterexamples`` are templates (see ``examples.py``).
    """

    id: str
    title: str
    expression: str
    provider: str = ""
    severity: Level = "high"
    confidence: Confidence = Confidence.HIGH
    find: str = ""
    key: str = ""
    ignore_case: bool = False
    text: bool = False
    group: int | None = None
    before: int = 64
    after: int = 64
    check: str = ""
    entropy: float = 0.0
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    remediation: str = ""
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()


class Provider(msgspec.Struct, frozen=True):
    """Who issued a secret, and how it is revoked there."""

    name: str
    revoke: str = ""


class RuleSet(msgspec.Struct, frozen=True):
    """Rules in their order and by id; ``digest`` is that of their content."""

    rules: tuple[SecretRule, ...]
    providers: dict[str, Provider]
    digest: str
    by_id: dict[str, SecretRule]

    def remediation(self, rule: SecretRule) -> str:
        """Return what to do about a secret of ``rule``."""
        provider = self.providers.get(rule.provider)
        text = rule.remediation or (provider.revoke if provider else "")
        if not text:
            text = f"Revoke it{f' at {provider.name}' if provider else ''} and issue a new one."
        return text + " Build the image without it: a later layer only hides it."


def parse_rules(text: str, source: str) -> tuple[SecretRule, ...]:
    """Return the rules of a file in imgscan's own format (TOML, a list of ``[[rule]]``).

    Raises:
        UsageError: it is no TOML, or a rule lacks or misspells a field; the message names file and fault.
    """
    try:
        document: dict[str, object] = parse_toml(text)
        return tuple(msgspec.convert(document.get("rule", []), list[SecretRule]))
    except ValueError as error:  # msgspec's too
        raise UsageError(f"{source}: {error}") from error


def make_rule_set(rules: tuple[SecretRule, ...], providers: dict[str, Provider]) -> RuleSet:
    """Return the set, with the digest of what decides its findings."""
    digest = "sha256:" + hashlib.sha256(msgspec.json.encode(rules)).hexdigest()
    return RuleSet(rules, providers, digest, {rule.id: rule for rule in rules})


@lru_cache(maxsize=1)
def builtin_rules() -> RuleSet:
    """Return the rules that come with imgscan."""
    folder = files("imgscan.analyzers.secrets") / "rules"
    texts = {item.name: item.read_text("utf-8") for item in folder.iterdir() if item.name.endswith(".toml")}
    providers = msgspec.convert(parse_toml(texts.pop("providers.toml")), dict[str, Provider])
    rules = tuple(rule for name in sorted(texts) for rule in parse_rules(texts[name], name))
    return make_rule_set(rules, providers)
