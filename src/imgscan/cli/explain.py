"""imgscan explain: what a rule or a control means, as text."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator

from imgscan.analyzers.catalog import BY_ANALYZER, RULES, Rule, rule_of
from imgscan.cis.checklist import CHECKS
from imgscan.cis.definition import Definition
from imgscan.cis.evaluate import BENCHMARK, EDITION
from imgscan.errors import UsageError
from imgscan.model.control import CHECKLIST
from imgscan.printable import printable

_WIDTH = 80
_SECRETS = "secrets"
CONTROLS = {item.id: item for item in (*BENCHMARK, *CHECKS)}


def explained(name: str | None) -> str:
    """Return the text on a rule or control; on all rules of an analyzer or, without a name, on all rules, a line each.

    Raises:
        UsageError: there is no such rule, control or analyzer; the message names those that look like it.
    """
    if name is None:
        return "".join(_lines(tuple(RULES.values()))) + f"{_SECRETS + '.*':<36} see imgscan rules list\n"
    if name in CONTROLS:
        return _control(CONTROLS[name])
    if name in BY_ANALYZER:
        return "".join(_lines(tuple(BY_ANALYZER[name].values())))
    if name == _SECRETS:
        return "".join(_lines(tuple(map(rule_of, sorted(_secret_rules())))))
    known = RULES.keys() | _secret_rules() if name.startswith(_SECRETS) else RULES.keys()
    if name not in known:
        near = difflib.get_close_matches(name, sorted({*known, *CONTROLS, *BY_ANALYZER, _SECRETS}), n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UsageError(f"no rule, control or analyzer is called {printable(name)}{hint}")
    return _text(rule_of(name))


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
    if rules:
        parts.append(textwrap.fill(f"rules: {', '.join(rules)}", _WIDTH, break_on_hyphens=False))
    return "\n\n".join(parts) + "\n"
