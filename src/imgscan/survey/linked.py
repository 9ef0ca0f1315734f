"""Contents that the merged image shows under other names than they were stored under.

Observers ask for contents by name, and see each layer before anybody knows where links lead: ostree stores every file
as a hard link to an object, stow and nix link configuration. So, after the merge, what observers ask for by name is
looked up in the merged image, and what was read under another name, or not at all, is read once more.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from imgscan.errors import InputError
from imgscan.formats.path import base_name
from imgscan.layer.content import layer_windows
from imgscan.layer.decompress import Buffer
from imgscan.layer.tar_reader import TarReader
from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.model.fact import Fact, kept
from imgscan.model.interest import Excerpt
from imgscan.model.limits import Limits
from imgscan.model.observed import Allowance, Content
from imgscan.model.observer import Observer
from imgscan.model.problem import Level, Problem, ProblemLog
from imgscan.rootfs.tree import index_of, layer_of
from imgscan.rootfs.view import ImageView, Node
from imgscan.survey.content import Arena, ContentSink, HoleBudget
from imgscan.survey.look import Look
from imgscan.wording import counted

_MAX_BELOW = 50_000
"""How many names below linked directories are looked at: the databases of a large system have some 10,000."""
_MAX_DEPTH = 3
_LEAST = 4096
"""What a name counts at least, against ``limits.linked_bytes``."""


class Alias(NamedTuple):
    """A name that an observer asks for, while the content is stored under another one."""

    path: ImagePath
    observer: Observer


LayerAliases: TypeAlias = Mapping[int, Sequence[Alias]]
"""Of one layer, by index of the entry that has the content."""

Aliases: TypeAlias = Mapping[int, LayerAliases]
"""By layer."""


def linked_contents(
    view: ImageView, observers: Sequence[Observer], limits: Limits
) -> tuple[Aliases, tuple[Problem, ...]]:
    """Return the contents that observers have to see again, by names that links give, and what goes beyond the bound.

    What a stored name is read as, too, is none of them: the observer has seen it.
    """
    result: dict[int, dict[int, list[Alias]]] = {}
    following = [(observer, asked) for observer in observers if (asked := observer.interest.links) is not None]
    links = list(_links(view, [asked.read_as for _, asked in following])) if following else []
    left = limits.linked_bytes
    beyond: dict[str, int] = {}
    for observer, asked in following:
        for path, node in (*links, *_below_links(view, asked.folders)):
            if node.kind is not EntryKind.FILE or node.implicit:
                continue
            read_as = asked.read_as(path)
            if read_as is not None and read_as != asked.read_as(node.entry.path):
                left -= max(min(node.entry.size, observer.interest.max_content_bytes), _LEAST)
                if left < 0:
                    beyond[observer.id] = beyond.get(observer.id, 0) + 1
                    continue
                aliases = result.setdefault(layer_of(node.inode), {}).setdefault(index_of(node.inode), [])
                aliases.append(Alias(path, observer))
    return result, tuple(_beyond(name, count) for name, count in beyond.items())


def _beyond(name: str, count: int) -> Problem:
    text = f"{counted(count, 'link')} whose contents, read as what the links' names say, go beyond limits.linked_bytes"
    return Problem(level=Level.ERROR, stage="survey", code="limit", message=text, rules=(f"{name}.*",))


def _links(view: ImageView, readings: Sequence[Callable[[str], Hashable | None]]) -> Iterator[tuple[ImagePath, Node]]:
    """Yield the visible names that are links: symbolic ones, and hard ones but for an inode's first name.

    Only those that one of the ``readings`` makes something of are followed: of many thousand links a few.
    """
    symbolic = (path for path, entry, _ in view.rows() if entry.kind is EntryKind.SYMLINK)
    for path in sorted((*symbolic, *(path for paths in view.linked.values() for path in paths))):
        if all(read_as(path) is None for read_as in readings):
            continue
        node = view.stat(path)
        if node is not None:
            yield path, node


def _below_links(view: ImageView, folders: Sequence[str]) -> Iterator[tuple[ImagePath, Node]]:
    """Yield what stands below directories that are links themselves, by the names that the links give."""
    left = _MAX_BELOW
    for folder in folders:
        real = view.resolve(folder)
        waiting = [(folder, 0)] if real not in (None, folder) else []
        while waiting and left > 0:
            at, depth = waiting.pop()
            for node in view.children(at):
                left -= 1
                path = f"{at}/{base_name(node.path)}"
                if node.kind is EntryKind.DIRECTORY and depth < _MAX_DEPTH:
                    waiting.append((path, depth + 1))
                elif node.kind is EntryKind.SYMLINK:
                    target = view.stat(path)
                    if target is not None:
                        yield path, target
                else:
                    yield path, node


class _Rereading:
    """One more reading of a layer, for some of its entries alone."""

    def __init__(self, wanted: Mapping[int, Sequence[Alias]], limits: Limits) -> None:
        self._wanted = wanted
        self._limits = limits
        self._number = -1
        self._holes = HoleBudget(limits.sparse_hash_bytes)
        self._arena = Arena()
        self._allowance = Allowance(limits.unpacked_bytes)
        self._looks: dict[tuple[str, ...], Look] = {}
        self.facts: list[tuple[str, Fact]] = []
        self.raised: list[tuple[str, Alias]] = []
        self.done: set[int] = set()

    def read(self, chunks: Iterable[Buffer]) -> None:
        reader = TarReader(self._on_entry, ProblemLog("survey", 0), self._limits)
        try:
            for window in layer_windows(chunks, self._limits):
                reader.feed(window)
                if len(self.done) == len(self._wanted):
                    return
            reader.close()
        finally:
            self._arena.clear()

    def _on_entry(self, entry: Entry, _head: bytes | None) -> ContentSink | None:
        self._number += 1
        aliases = self._wanted.get(self._number)
        if aliases is None:
            return None
        number = self._number
        observers = {alias.observer.id: alias.observer for alias in aliases}
        look = self._looks.get(tuple(observers))
        if look is None:
            asked = tuple(observers.values())
            look = self._looks[tuple(observers)] = Look(asked, range(len(asked)), self._limits)
        algorithms = look.algorithms(entry)
        digests = tuple(dict.fromkeys(name for names in algorithms for name in names))

        def done(content: Content, excerpts: dict[Excerpt, bytes]) -> None:
            content.allowance = self._allowance
            for requester, shown in look.shown(algorithms, content, excerpts):
                for alias in aliases:
                    if alias.observer is requester.observer:
                        self._observe(number, entry, alias, shown)
            self.done.add(number)

        bound = min(look.bound, self._limits.content_bytes)
        return look.sink(entry, bound, digests, self._holes, done, self._arena)

    def _observe(self, number: int, entry: Entry, alias: Alias, content: Content) -> None:
        name = alias.observer.id
        try:
            for data in alias.observer.observe(replace(entry, path=alias.path), content):
                self.facts.append((name, Fact(name, number, kept(data), alias.path)))
        except Exception as error:  # noqa: BLE001 (foreign code: one observer's fault must not end the scan)
            self.raised.append((type(error).__name__, alias))


class LinkedFacts(NamedTuple):
    """What one more reading of a layer gave."""

    facts: Mapping[str, list[Fact]]
    problems: tuple[Problem, ...]


def read_linked(
    chunks: Iterable[Buffer], wanted: Mapping[int, Sequence[Alias]], limits: Limits, diff_id: str | None
) -> LinkedFacts:
    """Read a stored layer once more, and return the facts on contents under the names that lead to them.

    What cannot be read again (a pipe has passed, a layer is damaged before it) is a problem that names the path.
    """
    reading = _Rereading(wanted, limits)
    why = "the layer has no such content any more"
    try:
        reading.read(chunks)
    except InputError as error:
        why = error.message
    log = ProblemLog("survey", limits.problems_per_kind)
    for number, aliases in sorted(wanted.items()):
        if number not in reading.done:
            log.extend(_unread(alias, why, diff_id) for alias in aliases)
    for error_name, alias in reading.raised:
        log.note(_unread(alias, f"the analyzer {alias.observer.id} raised {error_name} on it", diff_id))
    facts: dict[str, list[Fact]] = {}
    for name, fact in sorted(reading.facts, key=lambda pair: (pair[1].entry, pair[1].path or "")):
        facts.setdefault(name, []).append(fact)
    return LinkedFacts(facts, log.problems())


def _unread(alias: Alias, why: str, diff_id: str | None) -> Problem:
    return Problem(
        level=Level.WARNING,
        stage="survey",
        code="linked-content",
        message=f"a link whose content was not read as what its name says: {why}",
        path=alias.path,
        diff_id=diff_id,
        rules=(f"{alias.observer.id}.*",),
    )
