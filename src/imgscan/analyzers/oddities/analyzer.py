"""Oddities: what a careful reader of a tar stops at. What reading and merging already told of is not told again.

Among the problems, not here: names that climb out, duplicate members, data behind the end, overlay's own marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from imgscan.analyzers.oddities.archive import document_findings
from imgscan.analyzers.oddities.devices import describe_device, device_class
from imgscan.analyzers.oddities.names import clashes, severity_of_name
from imgscan.analyzers.oddities.owner import severity_of_owner
from imgscan.analyzers.oddities.rules import RULES
from imgscan.analyzers.oddities.times import describe_time, latest_honest_ns
from imgscan.formats.path import parent_of
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.finding import Finding, Severity
from imgscan.model.interest import Interest
from imgscan.model.observed import Content
from imgscan.model.observer import Data
from imgscan.model.remedy import Action, Remedy
from imgscan.rootfs.tree import Ref, layer_of
from imgscan.rootfs.view import ImageView
from imgscan.system.file_items import absolute
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.owners import owners
from imgscan.system.tally import Tally
from imgscan.wording import counted, human_bytes, listed

ANALYZER = "oddities"
_HUGE = 1 << 30
_MAX_EVIDENCE = 20
_HOST = re.compile(r"/+proc/(?:\d+|self)/(?:root|cwd)\b|/+(?:var/)?run/docker\.sock$|/+dev/(?:mem|kmem|sd[a-z])")
_FILE, _DIRECTORY, _SYMLINK = EntryKind.FILE, EntryKind.DIRECTORY, EntryKind.SYMLINK


class Oddities:
    """One walk over the merged image; entries alone decide."""

    id = ANALYZER
    version = 1
    interest = Interest()
    rules = RULES
    needs = (PackageFiles,)

    def observe(self, entry: Entry, content: Content) -> Iterator[Data]:
        """Yield nothing: the entries say it all."""
        return iter(())

    def conclude(self, view: ImageView) -> Iterator[Finding]:
        """Yield one finding a cause."""
        yield from document_findings(view.manifest)
        walk = _Walk(view)
        walk.run()
        yield from walk.findings()


class _Walk:
    def __init__(self, view: ImageView) -> None:
        self._view = view
        self._tallies: dict[tuple[str, Severity], Tally] = {}
        self._future = 0  # an image whose config has a false date is full of them: counted, not kept
        self._newest: tuple[str, Entry, Ref] | None = None
        self._linked: set[Ref] = set()
        self._large: list[tuple[str, Entry, Ref]] = []

    def run(self) -> None:
        paths, entries, inodes = self._view.columns()
        # Most paths are ordinary, which list comprehensions find at a fifth of what one loop for all would cost.
        odd = [
            at
            for at, entry in enumerate(entries)
            if (entry.kind is not _FILE and entry.kind is not _DIRECTORY)
            or entry.mode & 0o6000
            or entry.size > _HUGE
            or entry.mtime_ns < 0
        ]
        odd += [at for at, path in enumerate(paths) if not path.isprintable()]
        for at in sorted(set(odd)):
            self._look(paths[at], entries[at], inodes[at])
        stated = self._view.stated_owners
        for at in [at for at, inode in enumerate(inodes) if inode in stated] if stated else ():
            self._tally("wrapped-owner", severity_of_owner(entries[at]), paths[at], entries[at], inodes[at])
        latest = latest_honest_ns(self._view.config.created)
        future = [entry.mtime_ns for entry in entries if entry.mtime_ns > latest]
        if future:
            self._future, newest = len(future), max(future)
            at = next(at for at, entry in enumerate(entries) if entry.mtime_ns == newest)
            self._newest = (paths[at], entries[at], inodes[at])

    def _look(self, path: str, entry: Entry, inode: Ref) -> None:
        kind = entry.kind
        if kind is _FILE:
            if entry.size > _HUGE:
                self._large.append((path, entry, inode))
            if entry.mode & 0o6000:
                self._linked.add(inode)
        elif kind is _SYMLINK:
            if _HOST.match(entry.link_target or ""):
                self._tally("host-link", Severity.MEDIUM, path, entry, inode)
        elif kind is not _DIRECTORY:
            self._special(path, entry, inode)
        severity = severity_of_name(path)
        if severity is not None:
            self._tally("name", severity, path, entry, inode)
        if entry.mtime_ns < 0:
            self._tally("negative-time", Severity.INFO, path, entry, inode)

    def _special(self, path: str, entry: Entry, inode: Ref) -> None:
        if entry.kind in (EntryKind.FIFO, EntryKind.SOCKET):
            self._tally("pipe", Severity.INFO, path, entry, inode)
            return
        severity = device_class(path, entry)
        if severity is not None:
            self._tally("device", severity, path, entry, inode)

    def _tally(self, rule: str, severity: Severity, path: str, entry: Entry, inode: Ref) -> None:
        self._tallies.setdefault((rule, severity), Tally()).add(path, entry, inode)

    # Findings

    def findings(self) -> Iterator[Finding]:
        for (rule, severity), tally in self._tallies.items():
            yield self._finding(rule, severity, self._message(rule, tally), tally)
        yield from self._future_times()
        yield from self._case_clashes()
        yield from self._sparse_files()
        yield from self._setuid_links()

    def _message(self, rule: str, tally: Tally) -> str:
        if rule == "device":
            nodes = listed([f"{absolute(path)} ({describe_device(entry)})" for path, entry in tally.first], 5)
            return f"{counted(tally.count, 'device node')} that no container needs: {nodes}"
        if rule == "pipe":
            noun = "named pipe or socket" if tally.count == 1 else "named pipes or sockets"
            return f"{tally.count} {noun}, which only a running program makes"
        if rule == "name":
            form = "it is" if tally.count == 1 else "they are"
            return f"{counted(tally.count, 'name')} that cannot be shown as {form} (told here with escapes)"
        if rule == "host-link":
            return f"{counted(tally.count, 'symlink')} to what is the host's: {tally.first[0][1].link_target}"
        if rule == "wrapped-owner":
            form = "its owner is" if tally.count == 1 else "their owners are"
            return f"{tally.what()} of which the tar says that {form} {self._stated(tally)}: no such owner can be"
        return f"{tally.what()} from before 1970"

    def _stated(self, tally: Tally) -> str:
        """Return the first owner that the tar states, and what becomes of it."""
        path, entry = tally.first[0]
        node = self._view.stat(path, follow=False)
        uid, gid = self._view.stated_owners[node.inode] if node is not None else (entry.uid, entry.gid)
        others = " and others" if tally.count > 1 else ""
        return f"{uid}:{gid}{others}, where runtimes make it {entry.uid}:{entry.gid}"

    def _finding(self, rule: str, severity: Severity, message: str, tally: Tally) -> Finding:
        removal = {"device", "pipe", "name", "host-link"}
        paths = tuple(absolute(path) for path, _ in tally.first)
        return Finding(
            rule=f"{ANALYZER}.{rule}",
            analyzer=ANALYZER,
            severity=severity,
            message=message,
            path=tally.common,
            layer=tally.layer(self._view),
            evidence=_evidence(rule, tally),
            remedies=(Remedy(Action.REMOVE, "rm -f", paths),) if rule in removal else (),
            identity=str(severity),
        )

    def _future_times(self) -> Iterator[Finding]:
        if self._future and self._newest is not None:
            path, entry, inode = self._newest
            made = self._view.config.created
            since = f"the image was made ({made})" if made else "2100"
            newest = describe_time(entry.mtime_ns)
            text = f"{counted(self._future, 'path')} from after {since}, this one the newest, of {newest}"
            evidence = {"count": self._future, "newest": newest, "created": made}
            yield self._on_file("future-time", path, inode, text, evidence, (), Severity.INFO)

    def _case_clashes(self) -> Iterator[Finding]:
        groups = clashes(self._view.paths)
        if groups:
            shown = listed([" and ".join(absolute(path) for path in group[:3]) for group in groups], 3)
            yield Finding(
                rule=f"{ANALYZER}.case-clash",
                analyzer=ANALYZER,
                severity=Severity.INFO,
                message=f"{counted(len(groups), 'group')} of names that differ in case or composition alone: {shown}",
                path=parent_of(groups[0][0]) if len(groups) == 1 else "",
                evidence={"groups": [[absolute(path) for path in group[:5]] for group in groups[:_MAX_EVIDENCE]]},
            )

    def _sparse_files(self) -> Iterator[Finding]:
        for path, entry, inode in self._large[:1000]:
            # More than the whole layer has from there on: the rest are holes.
            stored = self._view.layer_bytes(layer_of(inode)) - entry.offset
            if 0 <= stored < entry.size // 10:
                yield self._on_file(
                    "sparse-file",
                    path,
                    inode,
                    f"a file of {human_bytes(entry.size)}, all but holes: who copies it may fill a disk",
                    {"bytes": entry.size},
                    (path,),
                )

    def _setuid_links(self) -> Iterator[Finding]:
        for inode in sorted(self._linked & self._view.linked.keys())[:_MAX_EVIDENCE]:
            names = self._view.names(inode)
            if len({parent_of(name) for name in names}) > 1:
                yield self._on_file(
                    "setuid-link",
                    names[0],
                    inode,
                    f"a SUID or SGID file of {len(names)} names in several directories: updating one leaves the others",
                    {"names": [absolute(name) for name in names[:_MAX_EVIDENCE]]},
                    self._others(names),
                )

    def _others(self, names: Sequence[str]) -> list[str]:
        """Return the names but for the file's own: that of its package, else the one that the others are linked to."""
        index = self._view.derived(owners)
        shown = self._view.at(names[0])
        system_name = next((name for name in names if index.system(name) is not None), None)
        system_name = system_name or (shown[0].path if shown is not None and shown[0].path in names else names[0])
        return [name for name in names if name != system_name]

    def _on_file(
        self,
        rule: str,
        path: str,
        inode: Ref,
        message: str,
        evidence: dict[str, object],
        removed: Sequence[str],
        severity: Severity = Severity.MEDIUM,
    ) -> Finding:
        return Finding(
            rule=f"{ANALYZER}.{rule}",
            analyzer=ANALYZER,
            severity=severity,
            message=message,
            path=path,
            layer=self._view.points[layer_of(inode)],
            evidence=evidence,
            remedies=(Remedy(Action.REMOVE, "rm -f", tuple(map(absolute, removed))),) if removed else (),
        )


def _evidence(rule: str, tally: Tally) -> dict[str, object]:
    targets = [entry.link_target for _, entry in tally.first] if rule == "host-link" else []
    return {**tally.evidence(), "targets": targets} if targets else tally.evidence()
