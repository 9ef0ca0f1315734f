"""imgscan explain: what a rule or a control means, as text."""

from __future__ import annotations

import difflib
import sys
import textwrap
from collections.abc import Iterator
from inspect import getdoc

from imgscan.analyzers.builtin import BUILTIN
from imgscan.analyzers.catalog import BY_ANALYZER, RULES, Rule, rule_of
from imgscan.cis.checklist import CHECKS
from imgscan.cis.definition import Definition
from imgscan.cis.evaluate import BENCHMARK, EDITION
from imgscan.cis.rationale import RATIONALES
from imgscan.errors import UsageError
from imgscan.model.control import CHECKLIST
from imgscan.printable import printable

_WIDTH = 80
_SECRETS = "secrets"
_ON_SECRETS = (
    "Searches every byte of every layer, config and history, inside archives and encodings, deleted files too, for "
    "what looks like a secret; docs/secrets.md has how it is ranked. No output has a value."
)
ANALYZERS = {analyzer.id: analyzer for analyzer in BUILTIN}
CONTROLS = {item.id: item for item in (*BENCHMARK, *CHECKS)}


def explained(name: str | None) -> str:
    """Return the text on a rule, a control or an analyzer; without a name a line on each rule.

    Raises:
        UsageError: there is no such rule, control or analyzer; the message names those that look like it.
    """
    if name is None:
        return "".join(_lines(tuple(RULES.values()))) + f"{_SECRETS + '.*':<36} see imgscan rules list\n"
    if name in CONTROLS:
        return _control(CONTROLS[name])
    if name in ANALYZERS or name == _SECRETS:
        return _analyzer(name)
    known = RULES.keys() | _secret_rules() if name.startswith(_SECRETS) else RULES.keys()
    if name not in known:
        near = difflib.get_close_matches(name, sorted({*known, *CONTROLS, *ANALYZERS, _SECRETS}), n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UsageError(f"no rule, control or analyzer is called {printable(name)}{hint}")
    return _text(rule_of(name))


def _analyzer(name: str) -> str:
    """Return what an analyzer looks for, in its own words, and a line on each of its rules."""
    if name == _SECRETS:
        rules = tuple(map(rule_of, sorted(_secret_rules())))
        described = [_ON_SECRETS]
    else:
        rules = tuple(BY_ANALYZER.get(name, {}).values())
        analyzer = type(ANALYZERS[name])
        described = [*(getdoc(sys.modules[analyzer.__module__]) or "").split("\n\n")[:1], getdoc(analyzer) or ""]
    paragraphs = [part for text in described for part in text.split("\n\n")]
    parts = [f"{name}: an analyzer (-a {name} runs it alone, --skip {name} leaves it out)"]
    parts += [textwrap.fill(" ".join(text.split()), _WIDTH, break_on_hyphens=False) for text in paragraphs if text]
    lines = "".join(_lines(rules)) or "It has no rules: what it reads is in the inventory of the report.\n"
    return "\n\n".join(parts) + "\n\n" + lines


def _secret_rules() -> set[str]:
    from imgscan.analyzers.secrets.rule import builtin_rules

    return {f"{_SECRETS}.{rule.id}" for rule in builtin_rules().rules}


def _lines(rules: tuple[Rule, ...]) -> Iterator[str]:
    for rule in rules:
        yield f"{rule.id:<36} {rule.severity.name:<9} {rule.title}\n"


def _text(rule: Rule) -> str:
    controls = f"CIS Docker {', '.join(rule.controls)}" if rule.controls else ""
    head = f"{rule.id}: {rule.title}\nusual severity {rule.severity.name}" + (f"; {controls}" if controls else "")
    parts = [head, textwrap.fill(rule.description, _WIDTH)]
    if rule.remediation:
        # A command is not broken: it is there to be copied.
        parts.append(f"remedy:\n  {rule.remediation}")
    return "\n\n".join(parts) + "\n"


def _control(item: Definition) -> str:
    edition = EDITION if item in BENCHMARK else CHECKLIST
    rules = [rule.id for rule in RULES.values() if item.id in rule.controls]
    parts = [f"{item.id}: {item.title}\n{edition}; a failure weighs {item.severity.name} or as its findings do"]
    parts += [textwrap.fill(text, _WIDTH, initial_indent=f"{status}: ") for status, text in item.gives.items()]
    rationale = RATIONALES[item.id]
    parts.insert(1, textwrap.fill(f"why: {rationale.why}", _WIDTH))
    parts.append(textwrap.fill(f"remedy: {rationale.remedy}", _WIDTH, break_on_hyphens=False))
    if item.rests:
        rests = ", ".join(item.rests)
        parts.append(textwrap.fill(f"evidence: findings, or their silence, of {rests}", _WIDTH, break_on_hyphens=False))
    if rules:
        parts.append(textwrap.fill(f"rules: {', '.join(rules)}", _WIDTH, break_on_hyphens=False))
    return "\n\n".join(parts) + "\n"
