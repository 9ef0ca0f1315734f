"""Leftovers of a build: one finding a cause, however many files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from imgscan.analyzers.api import Content, Data, Interest
from imgscan.analyzers.leftovers.indexes import index_only_layers
from imgscan.analyzers.leftovers.places import CAUSES, Causes, repository_of
from imgscan.analyzers.leftovers.waste import waste
from imgscan.analyzers.tally import Tally
from imgscan.analyzers.telling import counted, human_bytes, quoted
from imgscan.formats.path import base_name
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.finding import Finding, Item, Severity
from imgscan.rootfs.view import ImageView

ANALYZER = "leftovers"
_MOST = 20


class Leftovers:
    """Paths alone decide, and layers' entries: no content is read, and wording of the history counts for nothing."""

    id = ANALYZER
    version = 1
    interest = Interest()
    rules: Mapping[str, str] = {
        **{f"leftovers.{cause}": told.what for cause, told in CAUSES.items()},
        "leftovers.repository": "a version control repository, with every former version of its files",
        "leftovers.wasted-bytes": "files that later layers deleted or overwrote",
        "leftovers.update-alone": "a layer fetches a package index and installs nothing (CIS Docker 4.7)",
    }

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield nothing: the entries say it all."""
        return iter(())

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield a finding for each cause and repository, the waste, and layers that only fetch an index."""
        causes: dict[str, Tally] = {}
        repositories: dict[str, Tally] = {}
        cause_of = Causes().of
        for path, entry, inode in view.places():
            if entry.kind is EntryKind.DIRECTORY:
                continue
            cause = cause_of(path)
            if cause is not None:
                # Empty logs and the like are what a distribution's packages make.
                if entry.size or cause not in ("logs", "typed", "temporary"):
                    causes.setdefault(cause, Tally()).add(path, entry, inode)
            elif "/." in path or path.startswith(".") or "/CVS/" in path:
                root = repository_of(path)
                if root is not None and (root in repositories or len(repositories) < _MOST * 10):
                    repositories.setdefault(root, Tally()).add(path, entry, inode)
        yield from (_cause(view, cause, causes[cause]) for cause in CAUSES if cause in causes)
        yield from (_repository(view, root, repositories[root]) for root in sorted(repositories)[:_MOST])
        yield from waste(view, self.id)
        yield from _indexes(view)


def _cause(view: ImageView, cause: str, tally: Tally) -> Finding:
    told = CAUSES[cause]
    return Finding(
        rule=f"{ANALYZER}.{cause}",
        analyzer=ANALYZER,
        severity=told.severity,
        message=f"{told.what}: {counted(tally.count, 'file')}, {human_bytes(tally.size)}",
        path=tally.common,
        layer=tally.layer(view),
        evidence={**tally.evidence(), "bytes": tally.size},
        remediation=told.remediation,
    )


def _repository(view: ImageView, root: str, tally: Tally) -> Finding:
    return Finding(
        rule=f"{ANALYZER}.repository",
        analyzer=ANALYZER,
        severity=Severity.MEDIUM,
        message=f"a repository with every former version of its files: {counted(tally.count, 'file')}, "
        f"{human_bytes(tally.size)}",
        path=root,
        layer=tally.layer(view),
        evidence={"count": tally.count, "bytes": tally.size},
        remediation=f"RUN rm -rf {quoted(root)}  # or name {base_name(root)} in .dockerignore",
    )


def _indexes(view: ImageView) -> Iterator[Finding]:
    for layer, fetched in list(view.derived(index_only_layers).items())[:_MOST]:
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
