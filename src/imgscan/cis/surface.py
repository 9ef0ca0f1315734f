"""4.3, no-shell, no-package-manager, no-build-leftovers: what an attacker would find to work with."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from fnmatch import fnmatchcase

import msgspec

from imgscan.cis.evidence import line_of_item, lines_of, named
from imgscan.cis.remedy import one_line
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict, verdict
from imgscan.model.control import Status
from imgscan.model.finding import Finding, Severity, State
from imgscan.model.items import FileItem, PackageItem, read_evidence
from imgscan.printable import printable
from imgscan.shell.known import MULTI_CALL
from imgscan.wording import counted

_COMPILER = "programs.compiler"
_CLASSES = (
    ("programs.shell", "shells"),
    ("programs.package-manager", "package managers"),
    ("programs.network-tool", "network tools"),
    ("programs.debug-tool", "debugging or editing tools"),
    (_COMPILER, "compilers or build tools"),
    ("programs.container-tool", "tools to change users or containers"),
)
_OF_BUILDS = ("-dev", "-devel", "-dbg", "-debuginfo", "-dbgsym", "-doc", "-man", "-static")
_SYSTEM_MANAGERS = frozenset(
    "apt apt-get apt-cache apt-key aptitude dselect dpkg dpkg-deb dpkg-query apk apk.static rpm yum dnf dnf5 "
    "microdnf tdnf "
    "zypper rpm-ostree pacman opkg ipkg swupd emerge xbps-install slackpkg nix guix snap flatpak brew".split()
)
_MULTI_STAGE = "FROM <distroless or scratch>, and in it: COPY --from=build /app /app"

RESTS = ("programs.*", "packages.*")
RESTS_NO_LEFTOVERS = ("programs.compiler", "leftovers.*")
GIVES = {
    Status.PASS: "none of shells, package managers, network, debugging, build and container tools, and no packages "
    "of headers, debug symbols or documentation",
    Status.FAIL: "a package is installed that is not on the policy's list",
    Status.WARN: "some are there: each class is listed, a tool that HEALTHCHECK uses is marked",
    Status.UNKNOWN: "the programs or packages analyzer did not run, data on packages cannot be read, or not read whole",
}
GIVES_NO_MANAGER = {
    Status.PASS: "no package manager can be run",
    Status.FAIL: "a system package manager is there (apt, dpkg, apk, rpm, dnf ...)",
    Status.WARN: "only those of languages are there (pip, npm, gem ...)",
    Status.UNKNOWN: "the programs analyzer did not run, or not read whole",
}
GIVES_NO_SHELL = {
    Status.PASS: "no shell can be run, by name, by applet or by content",
    Status.FAIL: "a shell is there",
    Status.UNKNOWN: "the programs analyzer did not run, or not read whole",
}
GIVES_NO_LEFTOVERS = {
    Status.PASS: "no compiler or build tool, no cache, index, repository or temporary file",
    Status.FAIL: "one of these is there",
    Status.INFO: "only documentation, headers, logs and the like are there",
    Status.UNKNOWN: "the programs or leftovers analyzer did not run, or not read whole",
}


def check_packages(subject: Subject) -> ControlVerdict:
    """Return whether there is anything in the image that a running service mostly does not need."""
    refused = _not_allowed(subject)
    classes = {what: line for rule, what in _CLASSES if (line := _class_line(subject, rule, what))}
    lines = list(classes.values())
    for_builds = [str(item.name) for item in _packages(subject) if str(item.name).endswith(_OF_BUILDS)]
    if for_builds:
        lines.append(f"{counted(len(for_builds), 'package')} for builds, debugging or reading: {named(for_builds)}")
    if refused:
        text = f"{counted(len(refused), 'package')} that the policy does not allow: {named(refused)}"
        return verdict(Status.FAIL, text, [*refused, *lines], remediation=_MULTI_STAGE)
    if lines:
        result = [*classes, *(["packages for builds"] if for_builds else [])]
        text = f"{', '.join(result)}: review which of these the service needs"
        findings = subject.of("programs.")
        return verdict(Status.WARN, text, lines, _notable(findings), _MULTI_STAGE)
    count = counted(len(_packages(subject)), "package")
    return verdict(Status.PASS, f"no shell, manager, tool or compiler can be run ({count} recorded)")


def check_no_manager(subject: Subject) -> ControlVerdict:
    """Return whether a package manager can be run."""
    items = subject.items(FileItem, "package_managers")
    findings = _notable(subject.of("programs.package-manager"))
    system = [item for item in items if _SYSTEM_MANAGERS & _names(item)]
    if system:
        text = f"a system package manager can be run: {named(_all_names(system))}"
        return verdict(Status.FAIL, text, _item_lines(items), findings, _remove(system))
    if items:
        text = f"package managers of languages can be run: {named(_all_names(items))}"
        return verdict(Status.WARN, text, _item_lines(items), findings, _remove(items))
    return verdict(Status.PASS, "no package manager can be run")


def check_no_shell(subject: Subject) -> ControlVerdict:
    """Return whether a shell can be run."""
    items = subject.items(FileItem, "shells")
    renamed = subject.of("programs.renamed-shell")
    if items or renamed:
        findings = _notable(subject.of("programs.shell", "programs.renamed-shell"))
        text = f"a shell can be run: {named(_all_names(items)) or named([f'/{item.path}' for item in renamed])}"
        return verdict(Status.FAIL, text, [*_item_lines(items), *lines_of(renamed)], findings, _MULTI_STAGE)
    return verdict(Status.PASS, "no shell can be run")


def check_no_leftovers(subject: Subject) -> ControlVerdict:
    """Return whether build tools, caches and the like were left in the image."""
    result = [*_compilers(subject), *subject.of("leftovers.")]
    # What a later layer took away is no longer there to be used: it is a matter of size.
    gone = (State.DELETED, State.OVERWRITTEN)
    telling = [item for item in result if item.rule != "leftovers.wasted-bytes" and item.state not in gone]
    bad = [item for item in telling if item.severity > Severity.INFO]
    if bad:
        text = f"{counted(len(bad), 'thing')} that only the build needed"
        return verdict(Status.FAIL, text, lines_of(telling), bad, one_line(bad))
    if telling:
        return verdict(Status.INFO, "only documentation, headers, logs and the like", lines_of(telling), telling)
    return verdict(Status.PASS, "no compiler, cache, index, repository or temporary file")


def _packages(subject: Subject) -> list[PackageItem]:
    return [item for item in subject.items(PackageItem) if item.database == "visible"]


def _not_allowed(subject: Subject) -> list[str]:
    """Return the packages that are not on the policy's list, in which names may be patterns."""
    allowed = subject.policy.packages
    if allowed is None:
        return []
    patterns = [name for name in allowed if any(letter in name for letter in "*?[")]
    return [
        f"{item.name} {item.version} ({item.type})"
        for item in _packages(subject)
        if item.name not in allowed and not any(fnmatchcase(item.name, pattern) for pattern in patterns)
    ]


def _class_line(subject: Subject, rule: str, what: str) -> str:
    """Return a line on one class of programs, empty without any; what every distribution has is no finding."""
    findings = _compilers(subject) if rule == _COMPILER else subject.of(rule)
    names = _all_names(list(map(_file_of, findings)))
    if not names:
        return ""
    words = _health_words(subject)
    needed = [name for name in names if name in words]
    health = f"; HEALTHCHECK uses {named(needed)}: keep it, or give the check a program of its own" if needed else ""
    return f"{len(names)} {what}: {named(names)}{health}"


def _file_of(finding: Finding) -> FileItem:
    """Return the program that a finding is about."""
    names = read_evidence(finding, _Names)
    return FileItem(path=f"/{finding.path}", names=names.names, applets=names.applets)


class _Names(msgspec.Struct, frozen=True):
    """What findings on programs say of their names."""

    names: tuple[str, ...] = ()
    applets: tuple[str, ...] = ()


def _compilers(subject: Subject) -> list[Finding]:
    """Return the findings on compilers and build tools; applets of busybox (ar, patch) are none that a build left."""
    return [item for item in subject.of(_COMPILER) if not read_evidence(item, _Names).applets]


def _health_words(subject: Subject) -> frozenset[str]:
    settings = subject.manifest.config.raw.get("Healthcheck")
    test = settings.get("Test") if isinstance(settings, dict) else None
    texts = [word for word in test if isinstance(word, str)] if isinstance(test, list) else []
    return frozenset(word.rpartition("/")[2] for text in texts for word in text[:4096].split())


def _names(item: FileItem) -> set[str]:
    """Return what a program can be called by: its names' last components and its applets."""
    names = {path.rpartition("/")[2] for path in item.names or (item.path,)}
    applets = set(item.applets)
    return (names - MULTI_CALL if applets else names) | applets


def _all_names(items: Sequence[FileItem]) -> list[str]:
    return sorted({name for item in items for name in _names(item)})


def _item_lines(items: Sequence[FileItem]) -> list[str]:
    return [line_of_item(item, f"as {named(sorted(_names(item)))}") for item in items]


def _remove(items: Sequence[FileItem]) -> str:
    paths = [str(item.path) for item in items if item.path.rpartition("/")[2] not in MULTI_CALL][:10]
    removal = f"RUN rm -f {printable(' '.join(map(shlex.quote, paths)))}"
    return f"{removal}  # in the layer that brings them; better: {_MULTI_STAGE}" if paths else _MULTI_STAGE


def _notable(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings but those that list what every image has."""
    return [item for item in findings if item.severity > Severity.INFO]
