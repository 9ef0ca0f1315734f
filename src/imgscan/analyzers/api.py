"""The contract of an analyzer, for the built-in ones and for those of third parties."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from imgscan.model.finding import Finding, Item
from imgscan.model.hidden import Hidden
from imgscan.model.ledger import Gap
from imgscan.model.rule import Rules
from imgscan.rootfs.view import ImageView


class Analyzer(Protocol):
    """Concludes on the merged image, once an image, from the indexes of the observers that it needs.

    One that is an observer, too, has facts of its own that nobody else reads. ``needs``, where an analyzer has it, are
    the classes of the observers whose indexes it reads: the engine runs these, whatever was chosen.
    """

    @property
    def id(self) -> str:
        """A short stable word."""

    @property
    def version(self) -> int:
        """Raised whenever it would say something else of the same image."""

    def conclude(self, view: ImageView) -> Iterable[Finding | Item | Gap]:
        """Yield findings and inventory items of one image, and gaps: what is not known, and which rules
        that leaves open.
        """


class BuiltinAnalyzer(Analyzer, Protocol):
    """An analyzer that has the texts of its rules with it; one that finds nothing and lists items alone has none."""

    @property
    def rules(self) -> Rules:
        """The rules of its findings, by id."""


@runtime_checkable
class Redactor(Protocol):
    """An analyzer that knows texts of config and history that no report may show."""

    @property
    def id(self) -> str:
        """As an analyzer's."""

    def redactions(self, view: ImageView) -> Iterable[str | Hidden]:
        """Return those texts; the engine takes them out of the report, and keeps them nowhere.

        A plain text is hidden wherever it stands, a ``Hidden`` not in paths, and in commands behind its name alone.
        """


@runtime_checkable
class TextRedactor(Protocol):
    """A redactor that knows a secret by its looks, in whatever text of files other analyzers quote."""

    def redactions_in(self, text: str) -> Iterable[str | Hidden]:
        """Return the parts of ``text`` that no report may show."""
