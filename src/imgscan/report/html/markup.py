"""HTML built from values: what is no ``Markup`` is escaped, so that no text of an image becomes a tag.

A template language with its compiler would be a dependency for what is one page of our own; here the type says what is
escaped already, and mypy sees it.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

_VOID = frozenset("br col hr input link meta wbr".split())


class Markup(str):
    """Text that is HTML already; ``element`` and ``fragment`` alone make it, and ``verbatim`` of our own files."""

    __slots__ = ()


Content: TypeAlias = "str | int | Markup | Iterable[Content] | None"
"""What stands in an element: markup as it is, anything else escaped; None is nothing."""


def element(name: str, /, *content: Content, **attributes: str | int | bool | None) -> Markup:
    """Return an element.

    An attribute's name may end with ``_`` (``class_``) and has ``_`` for ``-``; True is the bare attribute, False and
    None are none.
    """
    start = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{start}>")
    return Markup(f"<{name}{start}>{fragment(*content)}</{name}>")


def fragment(*content: Content) -> Markup:
    """Return the content alone."""
    return Markup("".join(map(_text, content)))


def verbatim(text: str) -> Markup:
    """Return a text of this package (style, script) as it is; never one of an image."""
    return Markup(text)


def _text(content: Content) -> str:
    if isinstance(content, Markup):
        return content
    if content is None:
        return ""
    if isinstance(content, str | int):
        return escape(str(content))
    return "".join(map(_text, content))


def _attribute(key: str, value: str | int | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
