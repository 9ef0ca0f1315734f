"""Texts of an image inside GitHub-flavoured Markdown: shown as they are, never acted upon."""

from __future__ import annotations

import re

# All that opens markup or an address, as entities: unlike a backslash they also work in tables. Brackets and not
# parentheses: no link is made without the former.
_ACTIVE = re.compile(r"[&<>\\`*_{}\[\]|~^$@#]|:(?=//)|(?<=www)\.|[\n\r\t]", re.IGNORECASE)
# Mentions, references and mail addresses are looked for in the finished text, where an entity is a character again. A
# zero-width space behind the sign, written as an entity, keeps them from being one.
_FOUND_LATER = re.compile(r"&#(?:64|35);|\bGH(?=-)", re.IGNORECASE)
_MAIL = re.compile(r"(?<=[0-9A-Za-z.+_;-])&#64;(?=[0-9A-Za-z_&#;-]{1,100}\.)")
_SPACE = "&#8203;"


def _entity(match: re.Match[str]) -> str:
    return " " if match[0] in "\n\r\t" else f"&#{ord(match[0])};"


def markdown(text: str) -> str:
    """Return ``text``, made printable before, as Markdown that shows it on one line and links to nothing."""
    return _FOUND_LATER.sub(lambda match: match[0] + _SPACE, _ACTIVE.sub(_entity, text))


def code(text: str) -> str:
    """Return ``text`` as code; empty for nothing. Nobody is mentioned in code, so that it can be copied as it was."""
    shown = _MAIL.sub(lambda match: match[0] + _SPACE, _ACTIVE.sub(_entity, text))
    return f"<code>{shown}</code>" if text else ""
