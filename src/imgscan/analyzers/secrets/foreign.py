"""Rule files of other tools, read as rules of ours: gitleaks TOML and Trivy's secret YAML."""

from __future__ import annotations

import re
from typing import Any

from imgscan.analyzers.secrets.expression import compile_expression
from imgscan.analyzers.secrets.rating import Confidence
from imgscan.analyzers.secrets.rule import RuleSet, SecretRule, builtin_rules, make_rule_set, parse_rules
from imgscan.errors import UsageError
from imgscan.files import regular_bytes
from imgscan.formats.json import member
from imgscan.formats.toml import parse_toml
from imgscan.model.options import MAX_RULES_BYTES
from imgscan.printable import printable

_REACH = 2048
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_SEVERITIES = {"critical", "high", "medium", "low"}


def read_rules(text: str, source: str) -> tuple[SecretRule, ...]:
    """Return the rules of a file in our format, in gitleaks' or in Trivy's; which it is, its keys say.

    Raises:
        UsageError: it is none of them, or Trivy's and no YAML parser is installed, or an expression is malformed.
    """
    if source.endswith((".yaml", ".yml")):
        rules = _trivy(_yaml(text, source), source)
    else:
        try:
            document = parse_toml(text)
        except ValueError as error:
            raise UsageError(f"{source}: not TOML ({printable(str(error))})") from None
        rules = parse_rules(text, source) if "rule" in document else _gitleaks(document, source)
    for rule in rules:
        if not _ID.fullmatch(rule.id):
            raise UsageError(f"{source}: rule {printable(rule.id)!r}: an id has letters, digits, . _ - alone")
        try:
            compile_expression(rule.expression)
        except ValueError as error:
            raise UsageError(f"{source}: rule {rule.id}: {error}") from error
    if not rules:
        raise UsageError(f"{source}: no rules in it")
    return rules


def read_rule_file(path: str) -> tuple[SecretRule, ...]:
    """Return the rules of a file.

    Raises:
        UsageError: it cannot be read, or as ``read_rules``.
    """
    try:
        data = regular_bytes(path, MAX_RULES_BYTES)
        text = data.decode("utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UsageError(f"{printable(path)}: cannot be read ({reason})") from error
    if len(data) > MAX_RULES_BYTES:
        raise UsageError(f"{printable(path)}: larger than {MAX_RULES_BYTES} bytes")
    return read_rules(text, path)


def with_files(paths: tuple[str, ...]) -> RuleSet:
    """Return the shipped rules and those of files; a file's rule replaces the one of its id.

    Raises:
        UsageError: as ``read_rule_file``.
    """
    shipped = builtin_rules()
    rules = {rule.id: rule for rule in shipped.rules}
    for path in paths:
        rules |= {rule.id: rule for rule in read_rule_file(path)}
    return make_rule_set(tuple(rules.values()), shipped.providers)


def _gitleaks(document: object, source: str) -> tuple[SecretRule, ...]:
    """``[[rules]]`` with id, regex, secretGroup, keywords, entropy, allowlists (gitleaks README, "Configuration")."""
    result = []
    for item in _items(member(document, "rules"), source):
        if not member(item, "regex"):
            continue  # a rule on paths alone
        group, entropy = member(item, "secretGroup"), member(item, "entropy")
        allowed = [member(item, "allowlist"), *_list(member(item, "allowlists"))]
        allow = [text for entry in allowed for text in _list(member(entry, "regexes"))]
        result.append(
            _rule(
                member(item, "id"),
                member(item, "description"),
                member(item, "regex"),
                member(item, "keywords"),
                source,
                group=group if isinstance(group, int) and group > 0 else None,
                entropy=entropy if isinstance(entropy, int | float) else 0.0,
                allow=tuple(map(_dialect, map(str, allow))),
            )
        )
    return tuple(result)


def _trivy(document: object, source: str) -> tuple[SecretRule, ...]:
    """``rules`` with id, title, severity, regex, secret-group-name, keywords (Trivy, "Custom secret rules")."""
    result = []
    for item in _items(member(document, "rules"), source):
        severity = str(member(item, "severity") or "high").lower()
        expression = str(member(item, "regex") or "")
        name = member(item, "secret-group-name")
        group = _group_number(expression, str(name)) if name else 0
        allow = [member(entry, "regex") for entry in _list(member(item, "allow-rules"))]
        result.append(
            _rule(
                member(item, "id"),
                member(item, "title"),
                expression,
                member(item, "keywords"),
                source,
                group=group,
                severity=severity if severity in _SEVERITIES else "high",
                allow=tuple(_dialect(str(text)) for text in allow if text),
            )
        )
    return tuple(result)


def _rule(name: object, title: object, expression: object, keywords: object, source: str, **more: Any) -> SecretRule:
    if not isinstance(name, str) or not isinstance(expression, str) or not expression:
        raise UsageError(f"{source}: a rule without id or regex")
    words = [str(word) for word in _list(keywords) if word]
    text = _dialect(expression)
    # Keywords stand anywhere near; without them the expression itself is what is searched for.
    find = "|".join(re.escape(word) for word in words) if words else text.replace("(?i)", "")
    return SecretRule(
        id=name,
        title=str(title or name),
        expression=text,
        find=find,
        ignore_case=bool(words) or "(?i)" in text,
        before=_REACH,
        after=_REACH,
        confidence=Confidence.MEDIUM,
        **more,
    )


def _dialect(text: str) -> str:
    """Return a Go expression without names of groups, which RE2 for Python spells otherwise."""
    return re.sub(r"\(\?P?<\w+>", "(", text)


def _group_number(expression: str, name: str) -> int:
    before = re.split(rf"\(\?P?<{re.escape(name)}>", expression, maxsplit=1)[0]
    return len(re.findall(r"(?<!\\)\((?!\?)|\(\?P?<\w+>", before)) + 1


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _items(value: object, source: str) -> list[object]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise UsageError(f"{source}: neither imgscan's, gitleaks' nor Trivy's rules: no list of rules")
    return value


def _yaml(text: str, source: str) -> object:
    try:
        import yaml
    except ImportError as error:
        raise UsageError(f"{source}: reading YAML rules needs PyYAML: pip install PyYAML") from error
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"{source}: no YAML") from error
