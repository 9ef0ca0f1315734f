"""What some observers want of one content, taken together: worked out once, though thousands of entries ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from imgscan.model.entry import Entry
from imgscan.model.interest import Excerpt, Interest
from imgscan.model.limits import Limits
from imgscan.model.observed import Content
from imgscan.model.observer import Observer
from imgscan.survey.content import Arena, ContentSink, HoleBudget
from imgscan.survey.ranges import narrowed, plan_of


class Requester(NamedTuple):
    """One observer, by position; ``same`` is the first in the look that asks for the same content, but for digests."""

    number: int
    observer: Observer
    interest: Interest
    same: int

    def algorithms(self, entry: Entry) -> tuple[str, ...]:
        """Return the digests that it wants of an entry's content."""
        interest = self.interest
        if not interest.digests:
            return ("sha256",) if interest.sha256 else ()
        for rule in interest.digests:
            if rule.takes(entry.path, entry.size):
                return ("sha256", *rule.algorithms) if interest.sha256 else rule.algorithms
        return ("sha256",) if interest.sha256 else ()


class Look:
    """What the observers at ``indexes`` want: ``bound`` bytes from the start on, ``excerpts``, ranges by ``plans``."""

    __slots__ = ("_content_bytes", "_least", "_nothing", "bound", "excerpts", "hashing", "plans", "requesters")

    def __init__(self, observers: Sequence[Observer], indexes: Sequence[int], limits: Limits) -> None:
        self._content_bytes = limits.content_bytes
        interests = [observers[index].interest for index in indexes]
        asked = [(interest.max_content_bytes, interest.ranges, interest.excerpt) for interest in interests]
        self.requesters = tuple(
            Requester(index, observers[index], interest, asked.index(key))
            for index, interest, key in zip(indexes, interests, asked, strict=True)
        )
        self._nothing: tuple[tuple[str, ...], ...] = ((),) * len(interests)
        self.hashing = any(interest.sha256 or interest.digests for interest in interests)
        self.bound = max((interest.max_content_bytes for interest in interests), default=0)
        self._least = min((interest.max_content_bytes for interest in interests), default=0)
        self.excerpts = tuple(interest.excerpt for interest in interests if interest.excerpt is not None)
        plans = (plan_of(interest, limits.content_bytes) for interest in interests)
        self.plans = tuple(dict.fromkeys(plan for plan in plans if plan is not None))

    def algorithms(self, entry: Entry) -> tuple[tuple[str, ...], ...]:
        """Return the digests that each of them wants of an entry's content."""
        return tuple([requester.algorithms(entry) for requester in self.requesters]) if self.hashing else self._nothing

    def sink(
        self,
        entry: Entry,
        bound: int,
        digests: Sequence[str],
        holes: HoleBudget,
        done: Callable[[Content, dict[Excerpt, bytes]], None],
        arena: Arena,
    ) -> ContentSink:
        """Return who takes an entry's content for all of them: ``bound`` bytes, and what they ask for behind."""
        return ContentSink(
            bound, digests, holes, done, self.excerpts, self.plans, entry.size, arena, self._content_bytes
        )

    def shown(
        self, algorithms: Sequence[tuple[str, ...]], content: Content, excerpts: dict[Excerpt, bytes]
    ) -> Iterator[tuple[Requester, Content]]:
        """Yield each with what it asked for, so that its facts do not depend on what others asked for.

        Who asks for the same is shown the same: what is derived from it (a parsed header) is made once.
        """
        if len(content.view) <= self._least and not content.more and not excerpts:
            yield from self._shown_alike(algorithms, content)
            return
        made: dict[tuple[int, tuple[str, ...]], Content] = {}
        for requester, wanted in zip(self.requesters, algorithms, strict=True):
            part = made.get((requester.same, wanted)) if made else None
            if part is None:
                part = made[requester.same, wanted] = self._part(requester.interest, wanted, content, excerpts)
            part.allowance = content.allowance
            yield requester, part

    def _shown_alike(
        self, algorithms: Sequence[tuple[str, ...]], content: Content
    ) -> Iterator[tuple[Requester, Content]]:
        """Yield each with a content that nobody gets less of: nearly all, in a layer of very many small files."""
        digests = content.digests
        made: dict[tuple[str, ...], Content] = {}
        for requester, wanted in zip(self.requesters, algorithms, strict=True):
            part = content if len(wanted) == len(digests) else made.get(wanted)
            if part is None:
                taken = {name: digests[name] for name in wanted if name in digests}
                part = made[wanted] = Content(content.view, content.size, taken.get("sha256"), content.cut, taken)
            part.allowance = content.allowance
            yield requester, part

    def _part(
        self, interest: Interest, wanted: tuple[str, ...], content: Content, excerpts: dict[Excerpt, bytes]
    ) -> Content:
        view, more = narrowed(content, interest, self.plans)
        excerpt = excerpts.get(interest.excerpt, b"") if interest.excerpt is not None else b""
        digests = content.digests
        if len(wanted) != len(digests):
            digests = {name: digests[name] for name in wanted if name in digests}
        elif view is content.view and more is content.more and not excerpt:
            return content
        return Content(view, content.size, digests.get("sha256"), content.cut, digests, excerpt, more)
