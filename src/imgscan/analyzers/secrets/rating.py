"""How sure a finding on a secret is, and why it ranks low: what makes a value likely to be no secret, or nobody's."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Confidence(StrEnum):
    """How sure it is that a value is a secret, from the least on."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def step(self) -> int:
        """A number that is greater for the surer."""
        return _STEPS[self]


_STEPS = {Confidence.LOW: 0, Confidence.MEDIUM: 1, Confidence.HIGH: 2}


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

    confidence: Confidence
    doubt: Doubt = Doubt.NONE

    def at_most(self, confidence: Confidence, doubt: Doubt) -> Rating:
        """Return the rating, lowered to ``confidence`` for a reason where it was above."""
        return Rating(confidence, doubt) if confidence.step < self.confidence.step else self
