"""Patterns of paths, as shells have them. Source: bash(1), "Pattern Matching", with globstar."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]/]*\]|.", re.DOTALL)


def path_pattern(glob: str) -> re.Pattern[str]:
    """Return an expression for the paths that a pattern stands for, as shells have them.

    ``*`` and ``?`` stay in one directory, ``**`` goes through any number of them, ``[a-z]`` and ``[!a-z]`` are sets.
    """
    parts: list[str] = []
    tokens = _simplified(_TOKEN.findall(glob))
    while tokens:
        star = tokens.pop(0)
        fixed = ""
        while tokens and not tokens[0].startswith("*"):
            fixed += _part(tokens.pop(0))
        if star == "**" and fixed and tokens and tokens[0] == "**":
            parts.append(f"(?>.*?{fixed})")  # as below
        elif star == "*" and fixed and tokens and tokens[0] != "**/":
            # The first place that fits leaves most to what follows, so none of the others need be tried: without that,
            # a name made for it takes time by the power of the number of stars. Not so for **: a * behind it stays in
            # the directory that it comes to.
            parts.append(f"(?>[^/]*?{fixed})")
        else:
            parts.append(_part(star) + fixed)
    return re.compile("".join(parts), re.DOTALL)


def _simplified(tokens: list[str]) -> list[str]:
    """Return the tokens without stars beside others that say the same: each would multiply the time."""
    result: list[str] = []
    for part in tokens:
        before = result[-1] if result else ""
        if part.startswith("*") and before in ("**", part):
            continue
        while part == "**" and result and result[-1].startswith("*"):
            result.pop()
        result.append(part)
    return result


def _part(token: str) -> str:
    fixed = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(token)
    if fixed is not None:
        return fixed
    if len(token) > 2 and token.startswith("["):
        inner = token[1:-1]
        negated = inner.startswith("!")
        return _set(inner[1:] if negated else inner, negated)
    return re.escape(token)


def _set(characters: str, negated: bool) -> str:
    """Return a set of characters without what ``re`` alone takes for special; one that makes no sense takes nothing."""
    text = re.sub(r"([\\\]\[^&~|])", r"\\\1", characters)
    text = f"[^/{text}]" if negated else f"(?!/)[{text}]"
    try:
        re.compile(text)
    except re.error:  # a range that goes backwards
        return "(?!)"
    return text
