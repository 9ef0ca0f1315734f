"""Leftovers of a build: one finding a cause, however many files."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from imgscan.analyzers.leftovers.causes import CAUSES, NAMES, SUFFIXES, cache_root, cause_of_name, counts, folder_cause
from imgscan.analyzers.leftovers.rules import RULES
from imgscan.analyzers.leftovers.waste import waste, wasted_files
from imgscan.formats.path import base_name, parent_of
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.finding import Finding, Item, LayerPoint, Severity, State
from imgscan.model.interest import Interest
from imgscan.model.observed import Content
from imgscan.model.observer import Data
from imgscan.model.remedy import Action, Remedy, run_line
from imgscan.rootfs.tree import Ref
from imgscan.rootfs.view import ImageView
from imgscan.system.file_items import absolute
from imgscan.system.packages.indexes import index_only_layers
from imgscan.system.tally import Tally
from imgscan.wording import counted, human_bytes

ANALYZER = "leftovers"
_MAX_FINDINGS = 20
_MAX_REPOSITORIES = 200


class Leftovers:
    """Paths alone decide, and layers' entries: no content is read, and wording of the history counts for nothing."""

    id = ANALYZER
    version = 1
    interest = Interest(names=NAMES, suffixes=SUFFIXES)
    rules = RULES

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield one fact for each file whose name alone may tell."""
        yield {}

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield a finding for each cause and repository, the waste, and layers that only fetch an index."""
        causes, repositories = _walked(view)
        yield from (_cause(view, cause, causes[cause]) for cause in CAUSES if cause in causes)
        yield from (_repository(view, root, repositories[root]) for root in sorted(repositories)[:_MAX_FINDINGS])
        yield from _hidden(view, causes.keys(), repositories.keys())
        yield from waste(view, self.id)
        yield from _indexes(view)


def _walked(view: ImageView) -> tuple[dict[str, Tally], dict[str, Tally]]:
    """Return visible files by cause and by repository: all of a directory that tells one, else those observed."""
    causes: dict[str, Tally] = {}
    repositories: dict[str, Tally] = {}
    directory = EntryKind.DIRECTORY
    description = {
        folder: verdict for folder in sorted(view.directories) if (verdict := folder_cause(folder)) is not None
    }
    for folder, verdict in description.items():
        for node in view.children(folder):
            if node.kind is directory:
                continue
            if verdict.cause is not None:
                if counts(verdict.cause, base_name(node.path)):
                    _add(causes, verdict.cause, node.path, node.entry, node.inode)
            elif verdict.repository is not None and (
                verdict.repository in repositories or len(repositories) < _MAX_REPOSITORIES
            ):
                repositories.setdefault(verdict.repository, Tally()).add(node.path, node.entry, node.inode)
    for fact in view.visible(Leftovers):
        path = fact.names[0]
        cause = cause_of_name(path) if parent_of(path) not in description else None
        if cause is not None:
            _add(causes, cause, path, fact.entry, fact.ref)
    return causes, repositories


def _add(causes: dict[str, Tally], cause: str, path: str, entry: Entry, inode: Ref) -> None:
    # Empty logs and the like are what a distribution's packages make.
    if entry.size or cause not in ("logs", "typed", "temporary"):
        causes.setdefault(cause, Tally()).add(path, entry, inode)


def _cause(view: ImageView, cause: str, tally: Tally) -> Finding:
    description = CAUSES[cause]
    return Finding(
        rule=f"{ANALYZER}.{cause}",
        analyzer=ANALYZER,
        severity=description.severity,
        message=f"{description.what}: {counted(tally.count, 'file')}, {human_bytes(tally.size)}",
        path=tally.common,
        layer=tally.layer(view),
        evidence={**tally.evidence(), "bytes": tally.size},
        remediation=description.remediation,
        remedies=_removal(cause, tally),
    )


def _removal(cause: str, tally: Tally) -> tuple[Remedy, ...]:
    """Return what takes the files out of this image; nothing where some may be needed."""
    roots = dict.fromkeys(root for path, _ in tally.first if (root := cache_root(cause, path)) is not None)
    if roots:
        return (Remedy(Action.REMOVE, "rm -rf", tuple(map(absolute, roots))),)
    removal = CAUSES[cause].removal
    return (Remedy(Action.REMOVE, removal),) if removal else ()


def _repository(view: ImageView, root: str, tally: Tally) -> Finding:
    removal = Remedy(Action.REMOVE, "rm -rf", (absolute(root),))
    return Finding(
        rule=f"{ANALYZER}.repository",
        analyzer=ANALYZER,
        severity=Severity.MEDIUM,
        message=f"a repository with every former version of its files: {counted(tally.count, 'file')}, "
        f"{human_bytes(tally.size)}",
        path=root,
        layer=tally.layer(view),
        evidence={"count": tally.count, "bytes": tally.size},
        remediation=run_line((removal,), f"or name {base_name(root)} in .dockerignore"),
        remedies=(removal,),
    )


def _hidden(view: ImageView, causes: Collection[str], repositories: Collection[str]) -> Iterator[Finding]:
    """Yield what only a later layer took away: its bytes are in the image, which is what these rules are about.

    A cause that is still visible somewhere speaks for itself.
    """
    tallies: dict[tuple[str, str], Tally] = {}
    removals: dict[tuple[str, str], tuple[LayerPoint, State]] = {}
    for item in view.derived(wasted_files):
        folder = folder_cause(parent_of(item.path))
        if folder is not None and folder.repository is not None:
            key = ("repository", folder.repository)
        else:
            cause = folder.cause if folder is not None else cause_of_name(item.path) if _named(item.path) else None
            if cause is None or (folder is not None and not counts(cause, base_name(item.path))):
                continue
            key = (cause, "")
        if key[0] in causes or key[1] in repositories:
            continue
        tallies.setdefault(key, Tally()).add(item.path, item.entry, item.ref)
        removals.setdefault(key, (view.points[item.removed_in], item.state))
    for (cause, root), tally in sorted(tallies.items())[: 2 * _MAX_FINDINGS]:
        point, state = removals[cause, root]
        yield Finding(
            rule=f"{ANALYZER}.{cause}",
            analyzer=ANALYZER,
            severity=Severity.INFO,
            message=f"{CAUSES[cause].what if cause in CAUSES else 'a repository'}: {counted(tally.count, 'file')}, "
            f"{human_bytes(tally.size)}, {state} by a later layer and still in the image",
            path=root or tally.common,
            state=state,
            layer=tally.layer(view),
            removed_in=point,
            evidence={**tally.evidence(), "bytes": tally.size},
            remediation=CAUSES[cause].remediation if cause in CAUSES else "",
        )


def _named(path: str) -> bool:
    name = base_name(path)
    return name in NAMES or name.endswith(tuple(SUFFIXES))


def _indexes(view: ImageView) -> Iterator[Finding]:
    for layer, fetched in list(view.derived(index_only_layers).items())[:_MAX_FINDINGS]:
        yield Finding(
            rule=f"{ANALYZER}.update-alone",
            analyzer=ANALYZER,
            severity=Severity.LOW,
            message=(
                f"the layer fetches {fetched.manager}'s package index ({counted(fetched.files, 'file')}, "
                f"{human_bytes(fetched.size)}) and installs nothing: a cached layer keeps an old index"
            ),
            layer=view.points[layer],
            evidence={"manager": fetched.manager, "files": fetched.files, "bytes": fetched.size},
            remediation=CAUSES["apk-cache" if fetched.manager == "apk" else "apt-index"].remediation
            if fetched.manager in ("apt", "apk")
            else CAUSES["rpm-cache"].remediation,
            identity=fetched.manager,
        )
