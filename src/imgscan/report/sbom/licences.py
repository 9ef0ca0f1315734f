"""Licences as SPDX expressions. license-expression is wrapped here."""

from __future__ import annotations

from functools import cache

from license_expression import Licensing, get_spdx_licensing

_LONGEST = 300
"""Characters of an expression: what is longer is a text, or meant to cost time."""


@cache
def _licensing() -> Licensing:
    return get_spdx_licensing()  # 0.1 s


@cache
def licence_expression(text: str) -> str | None:
    """Return ``text`` as a normalized SPDX licence expression, None where it is none (SPDX 2.3, annex D).

    Deprecated identifiers become those of today: ``GPL-2.0+`` is ``GPL-2.0-or-later``.
    """
    if not text or len(text) > _LONGEST:
        return None
    try:
        found = _licensing().validate(text)
    except Exception:  # noqa: BLE001 (a foreign parser, given a text from the image: AttributeError, RecursionError)
        return None
    expression = found.normalized_expression
    return str(expression) if expression and not found.errors else None
