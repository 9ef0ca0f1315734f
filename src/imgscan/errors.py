"""The error tree: what a caller may catch, each with the position of the fault."""

from __future__ import annotations

from typing import NamedTuple, Self

from imgscan.printable import printable


class Position(NamedTuple):
    """Where in the input; ``offset`` in bytes from the start of ``source`` or, with a layer, of its tar.

    ``source`` names the file as the user gave it, or a member or blob inside it; ``diff_id`` the layer;
    ``path`` the entry.
    """

    source: str | None = None
    diff_id: str | None = None
    path: str | None = None
    offset: int | None = None

    def __str__(self) -> str:
        parts = [printable(part) for part in (self.source, self.diff_id, self.path) if part]
        if self.offset is not None:
            parts.append(f"offset {self.offset}")
        return ", ".join(parts)


_NOWHERE = Position()


class ImgscanError(Exception):
    """Whatever imgscan raises on purpose."""


class Cancelled(ImgscanError):  # noqa: N818 (as the standard library calls it)
    """The caller's ``cancel`` was set: there is no report, and nothing is wrong with the image."""


class DeadlineExceeded(Cancelled):
    """The caller's ``deadline`` came before the end: there is no report, and nothing is wrong with the image."""


class Candidate(NamedTuple):
    """An image that may be chosen: ``number`` is its position (``@N``), ``platform`` its os/arch[/variant]."""

    number: int
    references: tuple[str, ...]
    digest: str | None
    platform: str | None


class UsageError(ImgscanError):
    """The caller asked for something that makes no sense; nothing was read."""


class SelectionError(UsageError):
    """The archive holds several images, or none that fits; the message lists them and says how to choose.

    ``candidates`` are the images that may be chosen: all of them where none fits.
    """

    def __init__(self, message: str, candidates: tuple[Candidate, ...] = ()) -> None:
        super().__init__(message)
        self.candidates = candidates

    def __reduce__(self) -> tuple[type[Self], tuple[str, tuple[Candidate, ...]]]:
        return type(self), (self.args[0], self.candidates)


class AnalyzerError(ImgscanError):
    """An analyzer of another package cannot be loaded; the message names it, ``__cause__`` keeps its exception."""


class InputError(ImgscanError):
    """The image is at fault, not the caller; ``position`` says where."""

    # The default is there because pickle rebuilds an exception from its message alone.
    def __init__(self, message: str, position: Position = _NOWHERE) -> None:
        super().__init__(message)
        self.position = position

    def __reduce__(self) -> tuple[type[Self], tuple[str, Position]]:
        return type(self), (self.args[0], self.position)

    def __str__(self) -> str:
        """Return the message on one line, the position first: ``image.tar, offset 512: not octal``."""
        where = str(self.position)
        return f"{where}: {self.args[0]}" if where else str(self.args[0])

    @property
    def message(self) -> str:
        """What is wrong, without the position."""
        return str(self.args[0])

    def within(self, source: str | None = None, diff_id: str | None = None) -> Self:
        """Return the same error, completed with what only an outer stage knows."""
        position = self.position._replace(
            source=self.position.source or source,
            diff_id=self.position.diff_id or diff_id,
        )
        return self.at(position)

    def at(self, position: Position) -> Self:
        """Return the same error with another position."""
        return type(self)(self.message, position)


class ArchiveError(InputError):
    """The archive around the image cannot be read or is of no known kind."""


class CollectionError(ArchiveError):
    """A folder that holds images and is none itself; ``images`` are their paths in it, sorted."""

    def __init__(self, message: str, position: Position = _NOWHERE, images: tuple[str, ...] = ()) -> None:
        super().__init__(message, position)
        self.images = images

    def __reduce__(self) -> tuple[type[Self], tuple[str, Position, tuple[str, ...]]]:  # type: ignore[override]
        return type(self), (self.args[0], self.position, self.images)

    def at(self, position: Position) -> Self:
        """Return the same error with another position."""
        return type(self)(self.message, position, self.images)


class UnreadableError(ArchiveError):
    """The machine cannot read it: a bad disk, no permission, no such kind of file."""


class ManifestError(InputError):
    """A manifest, index or config is missing or malformed."""


class DecompressionError(InputError):
    """A compressed stream is damaged, cut short or followed by something else."""


class TarHeaderError(InputError):
    """A tar header, pax record or sparse map is malformed; ``offset`` is that of the 512-byte block."""


class ElfError(InputError):
    """An ELF file has no readable header; ``offset`` is in the file."""


class TruncatedError(DecompressionError):
    """The input ends in the middle of something."""


class PackageDataError(InputError):
    """A package database, or what a package says of itself, is malformed; ``offset`` is that in its file."""


class KeyFileError(InputError):
    """A key store or key file is malformed, or is none; ``offset`` is that in its file."""


class LimitError(InputError):
    """A bound of ``Limits`` was hit; the message names the option."""
