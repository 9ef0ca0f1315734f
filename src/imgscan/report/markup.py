"""Texts of an image inside GitHub-flavoured Markdown: shown as they are, never acted upon."""

from __future__ import annotations

import re

# All that opens markup, as entities: unlike a backslash they also work in tables. Brackets and not parentheses: no
# link is made without the former.
_ACTIVE = re.compile(r"[&<>\"'\\`*_{}\[\]|~^$@#]|[\n\r\t]")
# Mentions, references and addresses are found in the finished text, where an entity is a character again: a zero-width
# space behind the sign, written as an entity, keeps them from being one.
_FOUND_LATER = re.compile(r"&#(?:64|35);|:(?=//)|\bwww(?=\.)|\b(?:GH|gh)(?=-)")


def _entity(match: re.Match[str]) -> str:
    return " " if match[0] in "\n\r\t" else f"&#{ord(match[0])};"


def inert(text: str) -> str:
    """Return ``text``, made printable before, on one line and without markup; mentions and links may come of it."""
    return _ACTIVE.sub(_entity, text)


def markdown(text: str) -> str:
    """Return ``text``, made printable before, as Markdown that shows it on one line and links to nothing."""
    return _FOUND_LATER.sub(lambda match: match[0] + "&#8203;", inert(text))


def code(text: str) -> str:
    """Return ``text`` as code, in which nobody is mentioned; empty for nothing. It can be copied as it was."""
    return f"<code>{inert(text)}</code>" if text else ""
