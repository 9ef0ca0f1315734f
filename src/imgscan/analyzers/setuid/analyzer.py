"""Files that run with their owner's or group's rights (CIS Docker 4.8), each with its class and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from imgscan.analyzers.setuid.baseline import baseline_of
from imgscan.analyzers.setuid.classify import SGID, SUID, SuidVerdict, Surroundings, classify
from imgscan.analyzers.setuid.facts import Form, SetuidFact
from imgscan.analyzers.setuid.rules import RULES
from imgscan.formats.accounts.names import parse_account_names
from imgscan.formats.content.filetype import file_type
from imgscan.formats.path import base_name, parent_of
from imgscan.model.entry import Entry, EntryKind, ImagePath
from imgscan.model.finding import Enough, Finding, Item, Severity, State
from imgscan.model.interest import Interest
from imgscan.model.observed import Content
from imgscan.model.observer import Data
from imgscan.model.remedy import Action, Remedy
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.accounts.access import Actor, blocked_at
from imgscan.system.file_items import absolute, item_of
from imgscan.system.packages.digests import visible_programs
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.owners import owners, package_of
from imgscan.system.packages.programs import CodeType, ProgramDigests
from imgscan.system.packages.release import release_of_image
from imgscan.system.packages.verify import modified_paths
from imgscan.system.programs.dangerous import runs_commands
from imgscan.system.programs.privileged import PrivilegedPrograms, privileged_programs

_ACCOUNTS = ("etc/passwd", "etc/group")
_ANYBODY = Actor(-1, frozenset())


class Setuid:
    """Lists every SUID and SGID file of every layer; those still visible are classified, the others told as gone.

    SGID directories hand their group on to what is made in them and run nothing: they are listed apart.
    """

    id = "setuid"
    version = 4
    fact = SetuidFact
    interest = Interest(
        any_mode=SUID | SGID,
        paths=frozenset(_ACCOUNTS),
        kinds=frozenset({EntryKind.FILE, EntryKind.DIRECTORY}),
        max_content_bytes=16 * 1024 * 1024,
        sha256=True,
    )
    rules = RULES
    needs = (
        PackageFiles,
        PrivilegedPrograms,
        ProgramDigests,
    )

    def observe(self, entry: Entry, content: Content) -> Iterator[SetuidFact]:
        """Yield one fact a file: its digest, and whether it is a program."""
        if entry.path in _ACCOUNTS:
            names = parse_account_names(content.data)
            yield SetuidFact(names={number: tuple(several) for number, several in names.items()})
        if not entry.mode & (SUID | SGID):
            return
        if entry.kind is EntryKind.DIRECTORY:
            yield SetuidFact(form=Form.DIRECTORY)
            return
        data = content.data
        form = Form.ELF if data.startswith(b"\x7fELF") else Form.SCRIPT if data.startswith(b"#!") else Form.OTHER
        yield SetuidFact(
            form=form if content.size else Form.EMPTY,
            sha256=content.sha256,
            type=file_type(data),
        )

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield an item and a finding for each inode, by its visible names."""
        facts, named = [], []
        inside = view.derived(privileged_programs)
        for fact in view.facts(self):
            if fact.data.form is not Form.NONE:
                known = inside.get(fact.ref)
                facts.append(fact if known is None else replace(fact, data=replace(fact.data, program=known.runs)))
            if fact.data.names is not None and fact.state is State.VISIBLE:
                named.append(fact)
        around: Surroundings | None = None
        enough = Enough(view.limits)
        for fact in facts:
            if fact.data.form is Form.DIRECTORY:
                if fact.state is State.VISIBLE and fact.entry.mode & SGID:
                    yield Item("setgid_directories", item_of(fact, package=package_of(view, fact.names[0])))
                continue
            if fact.state is not State.VISIBLE:
                beyond = enough.of(_rule(fact.entry.mode), Severity.INFO)
                yield self._counted(fact, Severity.INFO) if beyond else self._gone(fact)
                continue
            around = around or _surroundings(view, named)
            verdict = classify(fact, around)
            for bit, section in ((SUID, "setuid"), (SGID, "setgid")):
                if fact.entry.mode & bit:
                    yield Item(section, _item(fact, verdict))
            beyond = enough.of(_rule(fact.entry.mode), verdict.severity)
            yield self._counted(fact, verdict.severity) if beyond else self._present(fact, verdict)

    def _counted(self, fact: LocatedFact[SetuidFact], severity: Severity) -> Finding:
        """Return a finding of which no report shows more than that it was there."""
        return Finding(rule=_rule(fact.entry.mode), analyzer=self.id, severity=severity, message="")

    def _present(self, fact: LocatedFact[SetuidFact], verdict: SuidVerdict) -> Finding:
        path = fact.names[0]
        mode = fact.entry.mode
        return Finding(
            rule=_rule(mode),
            analyzer=self.id,
            severity=verdict.severity,
            message=f"{_runs_as(fact)}, {verdict.kind}: {'; '.join(verdict.reasons)}",
            path=path,
            layer=fact.layer,
            evidence={
                **_evidence(fact),
                "class": str(verdict.kind),
                "reasons": list(verdict.reasons),
                "package": verdict.package,
            },
            remedies=(_remedy(fact, verdict),),
            identity=fact.data.sha256 or "",
        )

    def _gone(self, fact: LocatedFact[SetuidFact]) -> Finding:
        return Finding(
            rule=_rule(fact.entry.mode),
            analyzer=self.id,
            severity=Severity.INFO,
            message=f"{_runs_as(fact)}; {fact.state} by a later layer",
            path=fact.path,
            state=fact.state,
            layer=fact.layer,
            removed_in=fact.removed_in,
            evidence=_evidence(fact),
            identity=fact.data.sha256 or "",
        )


def _rule(mode: int) -> str:
    """Return the rule, which does not name the class: a finding stays the same one when its class changes."""
    return "setuid.suid-file" if mode & SUID else "setuid.sgid-file"


def _runs_as(fact: LocatedFact[SetuidFact]) -> str:
    entry = fact.entry
    ids = ((SUID, f"uid {entry.uid}"), (SGID, f"gid {entry.gid}"))
    return f"runs as {' and '.join(text for bit, text in ids if entry.mode & bit)}, mode {entry.mode:04o}"


def _evidence(fact: LocatedFact[SetuidFact]) -> Data:
    return {
        "mode": f"{fact.entry.mode:04o}",
        "uid": fact.entry.uid,
        "gid": fact.entry.gid,
        "names": [absolute(name) for name in fact.names],
        "sha256": fact.data.sha256,
        "type": fact.data.type,
    }


def _item(fact: LocatedFact[SetuidFact], verdict: SuidVerdict) -> Data:
    return item_of(
        fact,
        sha256=fact.data.sha256,
        type=fact.data.type,
        package=verdict.package.partition(" ")[0] if verdict.package else None,
        **{"class": str(verdict.kind), "reasons": list(verdict.reasons)},
    )


def _remedy(fact: LocatedFact[SetuidFact], verdict: SuidVerdict) -> Remedy:
    """Take the bits away, or the file where it is no program of anybody's: a script, or a shell by another name."""
    if verdict.planted and verdict.package is None:
        return Remedy(Action.REMOVE, "rm -f", tuple(absolute(name) for name in fact.names))
    mode = fact.entry.mode
    bits = "".join(letter for bit, letter in ((SUID, "u"), (SGID, "g")) if mode & bit)
    writable = "" if not mode & 0o022 else ",go-w"
    return Remedy(Action.CHANGE_MODE, f"chmod {bits}-s{writable}", (absolute(fact.names[0]),))


def _surroundings(view: ImageView, named: Sequence[LocatedFact[SetuidFact]]) -> Surroundings:
    index = view.derived(owners)
    names = _names(named)
    types = [str(package.record.type) for package in index.installed.system[:1]]
    return Surroundings(
        owners=index,
        baseline=baseline_of(view.derived(release_of_image), types[0] if types else None),
        users=names.get("etc/passwd", {}),
        groups=names.get("etc/group", {}),
        programs=_programs(view),
        modified=frozenset(item.path for item in modified_paths(view)),
        closed=_Closed(view),
    )


class _Closed:
    """Looks for directories that are root's, and that nobody else may search; once for each directory of files."""

    def __init__(self, view: ImageView) -> None:
        self._view = view
        self._known: dict[ImagePath, ImagePath | None] = {}

    def __call__(self, path: ImagePath) -> ImagePath | None:
        """Return the first such directory on the way to ``path``."""
        parent = parent_of(path)
        if parent not in self._known:
            self._known[parent] = _closed(self._view, path)
        return self._known[parent]


def _closed(view: ImageView, path: ImagePath) -> ImagePath | None:
    folder = blocked_at(view, path, _ANYBODY)
    shown = view.at(folder) if folder is not None else None
    # Whoever owns the directory, or is in its group, may have a way in.
    return folder if shown is not None and shown[0].uid == 0 and not shown[0].mode & 0o011 else None


def _names(named: Iterable[LocatedFact[SetuidFact]]) -> dict[ImagePath, dict[int, frozenset[str]]]:
    """Return the names of each id of the visible passwd and group files, by the file's path."""
    result: dict[ImagePath, dict[int, frozenset[str]]] = {}
    for fact in named:
        if fact.data.names is not None:
            names = {number: frozenset(names) for number, names in fact.data.names.items()}
            result |= {path: names for path in fact.names if path not in result}
    return result


def _programs(view: ImageView) -> dict[str, ImagePath]:
    """Return the shells and the like of the image by the digest of their content."""
    result: dict[str, ImagePath] = {}
    for fact in view.derived(visible_programs):
        digest = fact.data.digests.sha256 if fact.data.type is CodeType.ELF else None
        name = next((name for name in fact.names if runs_commands(base_name(name))), None) if digest else None
        if digest and name:
            result.setdefault(digest, name)
    return result
