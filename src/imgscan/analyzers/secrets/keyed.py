"""Rules that judge an assignment by its name: which of them a name asks for, and whether one's form is the value's."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from imgscan.analyzers.secrets import shapes
from imgscan.analyzers.secrets.expression import compile_expression, compile_set
from imgscan.analyzers.secrets.named import holds
from imgscan.analyzers.secrets.placeholder import is_placeholder
from imgscan.analyzers.secrets.rule import SecretRule
from imgscan.analyzers.secrets.strength import is_made_up, is_poor
from imgscan.matching.pattern_width import width

SHORTEST_KEYED = 8
_LONG = 32  # salts of this length hold spaces
# Where more rules begin: few have values as short as most values are, and a name need not be held against the others.
_TIERS = (SHORTEST_KEYED, 13, 20, _LONG)


class Form(NamedTuple):
    """A rule, and the least and the most bytes of its values."""

    rule: SecretRule
    least: int
    most: int


class KeyedRules:
    """The rules with a ``key``, looked up by name; holds names it has seen, never values."""

    def __init__(self, rules: tuple[SecretRule, ...]) -> None:
        forms = [Form(rule, *width(rule.expression)) for rule in rules if rule.key]
        ends = (*_TIERS[1:], None)
        self._tiers = [
            tuple(form for form in forms if form.most >= first and (end is None or form.least < end))
            for first, end in zip(_TIERS, ends, strict=True)
        ]
        self._keys = lru_cache(maxsize=len(_TIERS))(self._compile_keys)
        # Names repeat, and there are some hundred keys to try.
        self._forms_for = lru_cache(maxsize=32768)(self._find_forms)

    def rule_for(self, name: str, value: bytes) -> SecretRule | None:
        """Return the first rule that a name asks for and whose form the value has, None for none."""
        size = len(value)
        if size < SHORTEST_KEYED or (size < _LONG and b" " in value):
            return None
        for rule, least, longest in self._forms_for(name, bisect_right(_TIERS, size) - 1):
            if least <= size <= longest and _holds(rule, value):
                return rule
        return None

    def _find_forms(self, name: str, tier: int) -> tuple[Form, ...]:
        forms = self._tiers[tier]
        return tuple(forms[number] for number in self._keys(tier)(name.encode("latin-1", "replace")))

    def _compile_keys(self, tier: int) -> Callable[[bytes], list[int]]:
        return compile_set(tuple("(?i)" + form.rule.key for form in self._tiers[tier]))


def _holds(rule: SecretRule, value: bytes) -> bool:
    if not compile_expression(rule.expression).fullmatch(value) or not holds(rule, value):
        return False
    text = value.decode("latin-1")
    if is_poor(text) or shapes.RESOURCE.match(text):
        return False
    return not is_placeholder(text) and not is_made_up(text)
