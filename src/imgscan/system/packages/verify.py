"""Whether the files of packages are what their packages installed: by digest, and by the layers that wrote them."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property

import msgspec

from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.model.package import SYSTEM_TYPES, PackageFile, PackageType
from imgscan.rootfs.view import ImageView
from imgscan.system.packages.digests import same_digest, visible_programs
from imgscan.system.packages.gathered import InstalledPackage
from imgscan.system.packages.owners import Owners, owners
from imgscan.system.packages.programs import CodeType, Digests, HashedFile, ProgramDigests

_DOCUMENTATION = tuple(f"usr/share/{name}/" for name in "doc man info locale lintian help gtk-doc".split())
_REGULAR = EntryKind.FILE
_ALGORITHMS = ("sha256", "sha1", "md5")


class Modified(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is not what its package installed.

    ``how`` is ``content`` (its digest differs), ``size`` (a later layer wrote it anew, with another size), ``time``
    (so, with the same size and another time of change: a program too large to be hashed),
    ``kind`` (it is a symlink, directory or device now). ``layer`` wrote what is there now.
    """

    path: ImagePath
    package: InstalledPackage
    how: str
    layer: int
    recorded: str
    actual: str


class Verification(msgspec.Struct, frozen=True):
    """What came of it: the modified files by path, and counts by package type.

    Counts: ``files`` recorded, ``matching``, ``modified``, ``missing`` (of them ``missing_documentation``),
    ``configuration`` (meant to be changed), ``not_hashed`` (those of languages' packages are
    not looked for), ``too_large``, ``no_digest``, ``touched``.
    """

    modified: dict[ImagePath, Modified]
    counts: dict[str, Counter[str]]


def verification(view: ImageView) -> Verification:
    """Return the comparison of all packages' files; made to be used through ``view.derived``."""
    return _Verifier(view, view.derived(owners)).run()


class _Verifier:
    def __init__(self, view: ImageView, index: Owners) -> None:
        self._view = view
        self._index = index
        self._computed = _visible_digests(view)
        self._modified: dict[ImagePath, Modified] = {}
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)

    def run(self) -> Verification:
        computed, directories = self._computed, self._view.directories
        last: InstalledPackage | None = None
        counts: Counter[str] = Counter()
        language = False
        for path, package, file in self._index.recorded():
            if package is not last:
                last = package
                counts = self._counts[str(package.record.type)]
                language = package.record.type not in SYSTEM_TYPES
            if language and path not in computed:
                if file.digest:  # the language's sources, most of all files there are
                    counts["not_hashed"] += 1
                continue
            if not file.digest and path in directories:
                continue  # what nearly half of a list is
            hashed = computed.get(path)
            if hashed is not None and not file.flags and same_digest(file.digest, hashed.digests):
                counts["matching"] += 1  # most: a program that is what its package installed
                continue
            outcome = self._outcome(path, package, file)
            if outcome:
                counts[outcome] += 1
                if outcome == "missing" and path.startswith(_DOCUMENTATION):
                    counts["missing_documentation"] += 1
        for result in self._counts.values():
            if result:  # each file has one outcome
                result["files"] = result.total() - result["missing_documentation"]
        return Verification(self._modified, dict(self._counts))

    def _outcome(self, path: ImagePath, package: InstalledPackage, file: PackageFile) -> str:
        """Return the name of the count that a file belongs to; empty for what is no file of its package."""
        shown = self._view.at(path)
        if shown is None:
            return "" if "g" in file.flags or not file.digest else "missing"
        entry, layer = shown
        if entry.kind is not _REGULAR:
            return self._other_type(path, package, file, entry, layer)
        computed = self._computed.get(path)
        flagged = file.flags and ("c" in file.flags or "g" in file.flags or "v" in file.flags)
        protected = package.record.type is not PackageType.APK or is_protected(path)
        if flagged or (protected and computed is not None and computed.type is CodeType.CONFIGURATION):
            # Meant to be changed: what is as it was installed counts, and the rest is no sign of anything.
            unchanged = computed is not None and same_digest(file.digest, computed.digests)
            return "matching" if unchanged else "configuration"
        if computed is not None:
            result = self._by_digest(path, package, computed.digests, layer)
            if result:
                return result
        if computed is None and package.record.type is PackageType.APK and is_protected(path):
            return "configuration"  # but for scripts there, which are compared as all programs are
        if layer > package.layer:
            return self._by_layers(path, package, file, layer, computed)
        if not file.digest:
            return ""
        return "not_hashed" if computed is None else "no_digest" if computed.digests else "too_large"

    def _by_digest(self, path: ImagePath, package: InstalledPackage, computed: Digests, layer: int) -> str:
        """Compare with every package that claims the path, since one may replace a file of another; empty: unknown."""
        recorded = ""
        for _, file in self._index.claims(path):
            same = same_digest(file.digest, computed) if file.digest else None
            if same:
                return "matching"
            if same is False and not recorded:
                recorded = file.digest
        if not recorded:
            return ""
        result = computed.get(recorded.partition(":")[0]) or ""
        return self._modified_as("content", path, package, layer, recorded, result)

    def _by_layers(
        self,
        path: ImagePath,
        package: InstalledPackage,
        file: PackageFile,
        layer: int,
        computed: HashedFile | None,
    ) -> str:
        """Judge a file that a later layer than its package's wrote, with nothing to compare but what was there.

        A change of mode or owner writes the file again with its time of change; who writes a program anew with the
        same size mostly leaves another.
        """
        entries = self._versions(path)
        before, now = self._installed_as(path, file, package), entries[-1] if entries else None
        before = before or (entries[-2] if len(entries) > 1 else None)
        if before is None or now is None:
            return "touched"
        program = computed is not None
        if before.size != now.size:
            return self._modified_as("size", path, package, layer, f"{before.size} bytes", f"{now.size} bytes")
        differing = self._differing(path, file, computed.digests) if computed is not None else None
        if differing is not None:
            return self._modified_as("content", path, package, layer, *differing)
        if program and before.mtime_ns // 10**9 != now.mtime_ns // 10**9:
            times = (f"changed at {entry.mtime_ns // 10**9}" for entry in (before, now))
            return self._modified_as("time", path, package, layer, *times)
        return "touched"

    def _versions(self, path: ImagePath) -> list[Entry]:
        """Return the regular files that have been at a path, the first first."""
        result = [event.entry for event in self._view.timeline(path) if event.entry is not None]
        return [entry for entry in result if entry.kind is _REGULAR]

    def _installed_as(self, path: ImagePath, file: PackageFile, package: InstalledPackage) -> Entry | None:
        """Return what the package installed where a later layer put a link in the place of a directory above it."""
        if file.path == path:
            return None
        events = [event for event in self._view.timeline(file.path) if event.layer <= package.layer]
        entry = events[-1].entry if events else None
        return entry if entry is not None and entry.kind is _REGULAR else None

    def _differing(self, path: ImagePath, file: PackageFile, computed: Digests) -> tuple[str, str] | None:
        """Return the digest of what its package put elsewhere, as recorded, and another one that the file has now."""
        hidden = self._hidden.get(file.path) if file.path != path else None
        if hidden is None:
            return None
        for name in _ALGORITHMS:
            was, now = hidden.get(name), computed.get(name)
            if was is not None and now is not None and was != now:
                return f"{name}:{was}", now
        return None

    @cached_property
    def _hidden(self) -> dict[ImagePath, Digests]:
        """The digests of programs that no longer show, by the path where they were; of several the last."""
        return {fact.path: fact.data.digests for fact in self._view.facts(ProgramDigests) if not fact.names}

    def _other_type(
        self, path: ImagePath, package: InstalledPackage, file: PackageFile, entry: Entry, layer: int
    ) -> str:
        """Judge what is no regular file: fine where the package has a link, or a directory, itself."""
        if entry.kind is EntryKind.SYMLINK and file.digest and same_digest(file.digest, _target_digests(entry)):
            return "matching"
        if not file.digest or file.flags or package.record.type not in SYSTEM_TYPES:
            return "touched" if layer > package.layer and entry.kind is not EntryKind.DIRECTORY else ""
        return self._modified_as("kind", path, package, layer, file.digest, str(entry.kind))

    def _modified_as(
        self, how: str, path: ImagePath, package: InstalledPackage, layer: int, recorded: str, actual: str
    ) -> str:
        self._modified[path] = Modified(
            path=path, package=package, how=how, layer=layer, recorded=recorded, actual=actual
        )
        return "modified"


def _target_digests(entry: Entry) -> Digests:
    """Return the digests of a symlink's text, which apk records of symlinks."""
    target = (entry.link_target or "").encode("utf-8", "surrogateescape")
    sha1 = hashlib.sha1(target, usedforsecurity=False).hexdigest()
    return Digests(sha1=sha1, sha256=hashlib.sha256(target).hexdigest())


def _visible_digests(view: ImageView) -> dict[ImagePath, HashedFile]:
    result: dict[ImagePath, HashedFile] = {}
    for fact in view.derived(visible_programs):
        for name in fact.names:
            result[name] = fact.data
    return result


def modified_paths(view: ImageView) -> Iterator[Modified]:
    """Yield the files of system packages that are proved to be modified."""
    for item in view.derived(verification).modified.values():
        if item.package.record.type in SYSTEM_TYPES and item.how != "time":
            yield item


def is_protected(path: ImagePath) -> bool:
    """Whether apk keeps changes of this path: it marks no file as configuration.

    Source: apk-tools 2.14, src/database.c, the paths that are protected without a setting.
    """
    return path.startswith("etc/") and not path.startswith(("etc/init.d/", "etc/apk/"))
