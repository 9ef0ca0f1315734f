"""The ledger of what is not known: whatever was not read, not looked at or not decided, and what that leaves open."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from imgscan.model.problem import Level, Problem


class Cause(StrEnum):
    """Why something is not known."""

    LIMIT = "limit"
    """A bound was hit: of ``Limits``, or one that an analyzer names in ``why``."""
    DAMAGE = "damage"
    """Bytes are malformed, cut short, or not what is promised of them."""
    UNSUPPORTED = "unsupported form"
    """A form that nothing here reads: encrypted, a foreign file system, an unknown compression."""
    READ_ERROR = "read error"
    """The machine could not read it: permissions, an I/O error."""
    MISSING = "missing"
    """The source does not hold it: a layer without a blob, a root filesystem's config, a history."""
    NOT_RUN = "not run"
    """Nobody looked: the analyzer was not chosen."""
    FAULT = "fault"
    """Who looked did not finish: an analyzer raised."""
    AMBIGUOUS = "ambiguous"
    """Two readings are possible, and runtimes differ."""
    ONE_PASS = "one pass only"  # noqa: S105 (a cause, no password)
    """It was wanted only after it had passed, and the source (a pipe) cannot be read again."""


EVERYTHING = ("*",)
"""Opens all rules: a part of the image itself was not read."""
FILES = tuple(
    "setuid.* capabilities.* permissions.* programs.* elf.* accounts.* packages.* integrity.* vulnerabilities.* "
    "verification.* leftovers.* oddities.* config.*".split()
)
"""Opens all rules on what the merged filesystem shows; secrets are looked for in every layer, hidden files too."""


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """One thing, or several of a kind, that is not known; shown in ``coverage.skipped``.

    An analyzer of whatever origin may yield some from ``conclude``, next to findings and items.
    """

    cause: Cause
    what: str
    """A noun: "secrets in nested archives", "layer 2", "owners of programs"."""
    why: str
    """One sentence without a full stop: which limit, which damage, which form."""
    count: int = 1
    layer: int | None = None
    """The layer's index from the bottom, None for none or for several."""
    path: str | None = None
    """Relative to the image root, None for none or for several."""
    rules: tuple[str, ...] = ()
    """The rules whose silence proves nothing for it: ids, or families such as ``secrets.*``; ``*`` is all."""
    controls: tuple[str, ...] = ()
    """Ids of controls that it leaves open beside those that rest on ``rules``; in a report, all of them."""

    def opens(self, rules: Iterable[str]) -> bool:
        """Whether it leaves one of these rules or families open."""
        return any(overlap(mine, theirs) for mine in self.rules for theirs in rules)

    def sentence(self) -> str:
        """Return it as the reason of a control: what is not known, and why."""
        times = f", {self.count:,} times" if self.count > 1 else ""
        where = f" (/{self.path})" if self.path is not None else ""
        return f"{self.what}{where}{times}: {self.why}"


def overlap(one: str, other: str) -> bool:
    """Whether two rules or families (``secrets.*``) have a rule in common."""
    if one.endswith("*") and other.endswith("*"):
        return one[:-1].startswith(other[:-1]) or other[:-1].startswith(one[:-1])
    if one.endswith("*"):
        return other.startswith(one[:-1])
    return one.startswith(other[:-1]) if other.endswith("*") else one == other


_CAUSES = {
    "limit": Cause.LIMIT,
    "path-too-long": Cause.LIMIT,
    "link-too-long": Cause.LIMIT,
    "too-many-implicit": Cause.LIMIT,
    "too-many-link-steps": Cause.LIMIT,
    "too-many-findings": Cause.LIMIT,
    "too-many-items": Cause.LIMIT,
    "pattern-hits": Cause.LIMIT,
    "too-many-facts": Cause.LIMIT,
    "aside-bytes": Cause.LIMIT,
    "no-digest": Cause.LIMIT,
    "content-bytes": Cause.LIMIT,
    "missing-layer": Cause.MISSING,
    "unreadable": Cause.READ_ERROR,
    "sparse-blob": Cause.UNSUPPORTED,
    "digest-unverified": Cause.UNSUPPORTED,
    "analyzer": Cause.FAULT,
    "ambiguous-archive": Cause.AMBIGUOUS,
    "duplicate-blob": Cause.AMBIGUOUS,
    "hardlink": Cause.AMBIGUOUS,
    "symlink-loop": Cause.AMBIGUOUS,
    "invalid-whiteout": Cause.AMBIGUOUS,
    "root-replaced": Cause.AMBIGUOUS,
    "whiteout-before-symlink": Cause.AMBIGUOUS,
    "ambiguous-json": Cause.AMBIGUOUS,
    "opaque-root": Cause.AMBIGUOUS,
    "whiteout-and-entry": Cause.AMBIGUOUS,
    "overlay-whiteout": Cause.AMBIGUOUS,
    "overlay-xattr": Cause.AMBIGUOUS,
    "hardlink-attributes": Cause.AMBIGUOUS,
}
"""By the code of a problem; damage where it has no line here."""

_OPENED: dict[str, tuple[str, ...]] = {
    "pattern-hits": ("secrets.*",),
    "aside-bytes": ("secrets.*",),
    "no-digest": ("integrity.*",),
    # The merge decides for one view of the files, and production runtimes show the other one.
    **dict.fromkeys(
        (
            "whiteout-before-symlink",
            "opaque-root",
            "whiteout-and-entry",
            "overlay-whiteout",
            "overlay-xattr",
            "hardlink-attributes",
            "hardlink",
            "symlink-loop",
            "invalid-whiteout",
            "root-replaced",
            "too-many-implicit",
            "too-many-link-steps",
        ),
        FILES,
    ),
}
"""By the code of a problem, what it leaves open; of others an error opens everything and a warning nothing."""


def gap_of(problem: Problem, layers: dict[str, int]) -> Gap | None:
    """Return what a problem leaves open, None where it is about something that was read and decided.

    ``layers`` maps diff_ids to indexes.
    """
    rules = problem.rules or _OPENED.get(problem.code, EVERYTHING if problem.level is Level.ERROR else ())
    if not rules:
        return None
    layer = layers.get(problem.diff_id) if problem.diff_id is not None else None
    return Gap(
        cause=_CAUSES.get(problem.code, Cause.DAMAGE),
        what=_subject(problem, layer),
        why=problem.message,
        layer=layer,
        path=problem.path,
        rules=rules,
    )


def _subject(problem: Problem, layer: int | None) -> str:
    if problem.path is not None:
        return "an entry"
    if layer is not None:
        return f"layer {layer}"
    return "findings" if problem.stage == "analyzer" else "the image"


def folded(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """Return gaps with those of one kind added up; the path of several is the first one's, their layer the common."""
    kinds: dict[tuple[Cause, str, str, tuple[str, ...], tuple[str, ...]], Gap] = {}
    for gap in gaps:
        kind = (gap.cause, gap.what, gap.why, gap.rules, gap.controls)
        first = kinds.get(kind)
        kinds[kind] = gap if first is None else _added(first, gap)
    return tuple(kinds.values())


def _added(first: Gap, other: Gap) -> Gap:
    layer = first.layer if first.layer == other.layer else None
    return msgspec.structs.replace(first, count=first.count + other.count, layer=layer)
