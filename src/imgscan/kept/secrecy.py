"""What must not be kept: texts in which a secret stands.

Observers keep what a file says (the homepage of a package, a line of sudoers), and a name may be a token. Reports take
secrets out of such texts at their end; a store would have them all. So what holds one is not kept, and read anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from imgscan.model.entry import Entry
from imgscan.model.fact import Fact


@runtime_checkable
class SecretKeeper(Protocol):
    """Knows secrets by their looks, and by facts on them; its facts have none."""

    @property
    def id(self) -> str:
        """As an observer's."""

    def holds_secret(self, data: bytes) -> bool:
        """Whether a secret stands in a text."""

    def quotes_secret(self, data: bytes, facts: Iterable[msgspec.Struct]) -> bool:
        """Whether a text holds the value that one of its facts is about."""


class Secrecy:
    """Decides what may be kept of a layer; without anybody who knows secrets, nothing."""

    def __init__(self, keepers: Sequence[SecretKeeper]) -> None:
        self._keepers = tuple(keepers)
        self._ids = {keeper.id for keeper in keepers}

    def admits(self, text: bytes) -> bool:
        """Whether no secret stands in a text that is known by its looks."""
        return bool(self._keepers) and not any(keeper.holds_secret(text) for keeper in self._keepers)

    def admits_of(self, facts: Iterable[Fact], secrets: dict[int, list[msgspec.Struct]]) -> bool:
        """Whether facts do not quote the secrets of their entries; ``secrets`` are the facts on these, by entry."""
        for fact in facts if secrets else ():
            of_entry = secrets.get(fact.entry)
            if of_entry:
                text = text_of(fact.data)
                if any(keeper.quotes_secret(text, of_entry) for keeper in self._keepers):
                    return False
        return True

    def is_keeper(self, observer: str) -> bool:
        """Whether an observer's facts are on secrets, and hold none."""
        return observer in self._ids

    def secrets_of(self, facts: dict[str, list[Fact]]) -> dict[int, list[msgspec.Struct]]:
        """Return the facts on secrets, by entry."""
        result: dict[int, list[msgspec.Struct]] = {}
        for name in self._ids & facts.keys():
            for fact in facts[name]:
                result.setdefault(fact.entry, []).append(fact.data)
        return result


def text_of(value: object) -> bytes:
    """Return all texts in a value, each on a line of its own; one under a key of a mapping as a setting, too."""
    lines: list[str] = []
    _collect(value, lines.append)
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def text_of_entries(entries: Iterable[Entry]) -> bytes:
    """Return what entries say of themselves, as ``text_of``."""
    lines: list[str] = []
    for entry in entries:
        lines.append(entry.path)
        if entry.link_target:
            lines.append(entry.link_target)
        if entry.xattrs:
            lines += (f"{name}={value.decode('latin-1')}" for name, value in entry.xattrs.items())
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _collect(value: object, add: Callable[[str], object]) -> None:
    if isinstance(value, str):
        add(value)
    elif isinstance(value, bytes):
        add(value.decode("latin-1"))
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            _collect(getattr(value, name), add)
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str):
                add(f"{key}={item}")
            _collect(key, add)
            _collect(item, add)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            _collect(item, add)
