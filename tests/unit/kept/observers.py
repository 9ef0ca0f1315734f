"""Observers of another package."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from imgscan.model.entry import Entry
from imgscan.model.interest import Interest
from imgscan.model.observed import Content


class Word(msgspec.Struct, frozen=True):
    text: str


class Words:
    """Says what stands in files called ``words.txt``; ``seen`` counts its calls."""

    fact = Word

    def __init__(self, name: str = "words") -> None:
        self.id = name
        self.version = 1
        self.rules_digest = ""
        self.interest = Interest(names=frozenset({"words.txt"}), max_content_bytes=1000)
        self.seen = 0

    def observe(self, entry: Entry, content: Content) -> Iterator[msgspec.Struct]:
        self.seen += 1
        for word in content.data.decode().split():
            yield Word(word)


class Mappings(Words):
    """Says it as mappings, as observers of other packages may."""

    def observe(self, entry: Entry, content: Content) -> Iterator[msgspec.Struct]:
        self.seen += 1
        yield {"words": content.data.decode().split()}  # type: ignore[misc]


class Tuples(Words):
    """Says what is read back as something else."""

    def observe(self, entry: Entry, content: Content) -> Iterator[msgspec.Struct]:
        self.seen += 1
        yield {"words": tuple(content.data.decode().split())}  # type: ignore[misc]


class Undeclared(Words):
    """Says structs of a type that it does not declare."""

    fact = int  # type: ignore[assignment]


class Unwritable(Words):
    """Says what cannot be written."""

    def observe(self, entry: Entry, content: Content) -> Iterator[msgspec.Struct]:
        self.seen += 1
        yield {"words": object()}  # type: ignore[misc]
