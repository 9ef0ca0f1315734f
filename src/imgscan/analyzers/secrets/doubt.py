"""Why a finding ranks low: what makes it likely that a value is no secret, or nobody's."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Doubt(StrEnum):
    """A reason to rank a finding low, as the report says it; NONE where there is none."""

    NONE = ""
    SAMPLE = "in a test, example or documentation file"
    LIBRARY = "in an installed library"
    PUBLISHED = "a specification, or the documentation of its vendor, prints this value"
    DEFAULT = "a default that anybody can guess: what it protects stands open"
    GUESSABLE = "made of words, short or a row of characters: easily guessed, or no secret at all"
    SOURCE = "in source code, where values are often made up"
    MARKUP = "in a page or manual, where values are often made up"
    COMMENT = "in a comment"
    DOCUMENTATION = "in a line of documentation"
    EXAMPLE = "an example is spoken of nearby"
    BINARY = "in a binary, where texts lie side by side"
    CHECKSUM = "it has the form of its kind, and a wrong checksum"
    NAME = "only the name in front of it says that it is secret"
    FORM = "its form alone says little"
    PASSPHRASE = "encrypted: its passphrase protects it"
    OPEN = "what it opens is little: the rule rates it low"
    UNSURE = "it is of moderate weight, and not certain"
    STORE = "what it holds cannot be seen"


class Rating(NamedTuple):
    """How sure a finding is, and what lowered that."""

    confidence: str
    doubt: Doubt = Doubt.NONE

    def at_most(self, confidence: str, doubt: Doubt) -> Rating:
        """Return the rating, lowered to ``confidence`` for a reason where it was above."""
        return Rating(confidence, doubt) if _STEPS[confidence] < _STEPS[self.confidence] else self


_STEPS = {"low": 0, "medium": 1, "high": 2}
