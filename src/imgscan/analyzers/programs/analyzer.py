"""Programs by what they are good for to whoever gets in: shells, tools, compilers, daemons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from imgscan.analyzers.programs.rules import RULES
from imgscan.formats.path import base_name
from imgscan.model.finding import Finding, Item, Severity
from imgscan.model.remedy import Action, Remedy, run_line
from imgscan.rootfs.view import ImageView, Node
from imgscan.shell.known import MULTI_CALL, SHELL_ESCAPES, SHELLS
from imgscan.system.accounts.files import AccountFiles
from imgscan.system.elf.observer import ElfContents
from imgscan.system.file_items import absolute, node_item, shell_word
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.owners import package_of
from imgscan.system.programs.by_file import ProgramsByFile, programs_by_file
from imgscan.system.programs.daemons import Finder, Starts, Status
from imgscan.system.programs.files import ProgramFact, ProgramFiles
from imgscan.system.programs.names import ORDINARY, REMOTE_DAEMONS, SECTIONS, plain_name, sections_of
from imgscan.system.programs.privileged import PrivilegedPrograms
from imgscan.system.programs.script_facts import ExecutableFiles
from imgscan.system.programs.used import used_programs

_WHAT = {
    "shells": ("programs.shell", "a shell", Severity.LOW),
    "interpreters": ("programs.interpreter", "an interpreter", Severity.INFO),
    "package_managers": ("programs.package-manager", "a package manager", Severity.LOW),
    "network_tools": ("programs.network-tool", "a network tool", Severity.LOW),
    "debug_tools": ("programs.debug-tool", "a debugging or editing tool", Severity.LOW),
    "compilers": ("programs.compiler", "a compiler or build tool", Severity.LOW),
    "container_tools": ("programs.container-tool", "a tool to change users or containers", Severity.LOW),
    "daemons": ("programs.daemon", "a daemon", Severity.INFO),
}
_REMOTE = {Status.STARTED: Severity.HIGH, Status.ENABLED: Severity.MEDIUM, Status.PRESENT: Severity.LOW}
_STATUS = {Status.PRESENT: "not started by the image", Status.ENABLED: "", Status.STARTED: "started by the image: "}


class Programs:
    """Shells, interpreters, package managers, network, debug, build and container tools, daemons (CIS Docker 4.3, 5.7).

    One item per real file: its names, the applets of a multi-call binary by its own table, and of a daemon what
    starts it, as far as config, scripts, units and supervisors tell. A name counts where it can be run: a file with
    an execute bit, or a link to one, in a directory of PATH, in one called bin, sbin or libexec, or anywhere if it is
    an ELF program outside the system's library directories. A shell or an interpreter under another name is known by
    its content.
    """

    id = "programs"
    version = 3
    needs = (ProgramFiles, PrivilegedPrograms, PackageFiles, ExecutableFiles, ElfContents, AccountFiles)
    rules = RULES

    def conclude(self, view: ImageView) -> Iterator[Finding | Item]:
        """Yield an item for each file and section it belongs to, and a finding unless every distribution has it.

        A shell or interpreter that goes by another name has one more finding.
        """
        result = view.derived(programs_by_file)
        starts = Finder(view, result.scripts, result.folders).find()
        for inode in sorted(result.names.keys() | result.inside.keys()):
            real = result.real(inode)
            if real is not None:
                yield from self._sections(view, result, real, starts)
                yield from self._disguised(view, result, real)

    def _sections(
        self, view: ImageView, programs: ProgramsByFile, real: Node, starts: Starts
    ) -> Iterator[Finding | Item]:
        names, inside = programs.names.get(real.inode, set()), programs.inside.get(real.inode, ProgramFact())
        created_by = view.points[real.content_layer].created_by
        for section, known in SECTIONS:
            listed = sorted(name for name in names if section in sections_of(base_name(name)))
            called = sorted(known.intersection(inside.applets))
            description = _by_content(section, inside)
            if listed or called or description:
                shown = sorted({base_name(name) for name in listed} | set(called)) or [f"a copy of {description}"]
                details: dict[str, Any] = {
                    "applets": called,
                    "package": package_of(view, real.path),
                    **_details(section, real, listed, shown, description, starts),
                }
                yield Item(section, node_item(real, listed, created_by, **details))
                if not {plain_name(name) for name in shown} <= ORDINARY:
                    yield self._finding(view, section, real, listed, shown, details)

    def _finding(
        self, view: ImageView, section: str, real: Node, names: list[str], shown: list[str], details: dict[str, Any]
    ) -> Finding:
        rule, what, severity = _WHAT[section]
        message = what if shown == [base_name(real.path)] else f"{what} as {', '.join(shown)}"
        if section == "daemons":
            status = Status[str(details["status"]).upper()]
            if details["remote"]:
                rule, severity = "programs.remote-daemon", _REMOTE[status]
            message += f", {_STATUS[status]}{details['evidence'][0] if details['evidence'] else ''}"
        calls = view.derived(used_programs).get(real.inode, {})
        # Who calls a multi-call binary as sh does not call it as wget.
        user = next((what for name, what in calls.items() if not details["applets"] or name in shown), None)
        staying = bool(user) and rule != "programs.remote-daemon"
        removal, remark = _removal(real, names, bool(details["applets"]))
        return Finding(
            rule=rule,
            analyzer=self.id,
            severity=severity,
            message=message + (f"; {user} calls it" if user and section != "daemons" else ""),
            path=real.path,
            layer=view.points[real.content_layer],
            evidence={"names": [absolute(name) for name in names], "used_by": user, **details},
            remedies=() if staying else removal,
            remediation="" if staying or not remark else run_line(removal, remark),
            identity=" ".join(shown),
        )

    def _disguised(self, view: ImageView, programs: ProgramsByFile, real: Node) -> Iterator[Finding]:
        """Yield a finding on a shell or interpreter none of whose names says so."""
        inside = programs.inside.get(real.inode)
        if inside is None:
            return
        names = {*view.names(real.inode), *programs.names.get(real.inode, ())}
        plain_names = {plain_name(base_name(name)) for name in names}
        shell = inside.shell
        if shell and plain_names.isdisjoint(SHELLS | MULTI_CALL):
            yield self._copy(view, real, "programs.renamed-shell", Severity.HIGH, shell)
        runtime = inside.runtime
        if runtime and not any("interpreters" in sections_of(name) for name in plain_names if name):
            yield self._copy(view, real, "programs.renamed-interpreter", Severity.MEDIUM, runtime)

    def _copy(self, view: ImageView, real: Node, rule: str, severity: Severity, what: str) -> Finding:
        return Finding(
            rule=rule,
            analyzer=self.id,
            severity=severity,
            message=f"holds {what}, by its content, and no name of it says so",
            path=real.path,
            layer=view.points[real.content_layer],
            evidence={"names": [absolute(name) for name in view.names(real.inode)], "by_content": what},
            remedies=(Remedy(Action.REMOVE, "rm -f", (absolute(real.path),)),),
            identity=what,
        )


def _by_content(section: str, inside: ProgramFact) -> str | None:
    """Return which shell or interpreter a program is by its content, in the section of such."""
    return inside.shell if section == "shells" else inside.runtime if section == "interpreters" else None


def _removal(real: Node, names: list[str], multi_call: bool) -> tuple[tuple[Remedy, ...], str]:
    """Return what takes a program away, with a remark: of a multi-call binary the names alone, others may need it."""
    gone = [name for name in dict.fromkeys([real.path, *names]) if not multi_call or name in names]
    remark = ""
    if multi_call and base_name(real.path) in MULTI_CALL:
        gone = [name for name in names if name != real.path]
        remark = (
            f"{shell_word(real.path)} has them all the same: only an image without it is rid of them" if gone else ""
        )
    paths = tuple(absolute(name) for name in gone or [real.path])
    return (Remedy(Action.REMOVE, "rm -f", paths),), remark


def _details(
    section: str, real: Node, listed: list[str], shown: list[str], by_content: str | None, starts: Starts
) -> dict[str, object]:
    """Return what an item of one section has beside the others' keys."""
    if section == "shells":
        return {"by_content": by_content}
    plain = {plain_name(base_name(name)) for name in listed}
    if section == "interpreters":
        return {"by_content": by_content, "escape_only": not by_content and bool(plain) and plain <= SHELL_ESCAPES}
    if section == "daemons":
        file_name = {base_name(real.path)} - MULTI_CALL  # to start one applet is not to start another
        status, evidence = starts.of({*shown, *file_name})
        remote = not REMOTE_DAEMONS.isdisjoint(map(plain_name, shown))
        return {"status": status.name.lower(), "evidence": evidence, "remote": remote}
    return {}
