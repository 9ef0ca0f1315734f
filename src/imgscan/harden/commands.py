"""Commands for what can be done to files: one for each finding, or one for all findings on a file."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from imgscan.harden.plan import COPY, SETCAP, Advice, Command, Step, reference
from imgscan.harden.quoting import is_plain, shell_word
from imgscan.model.finding import Finding, State

_STEPS = {
    "setuid": Step.RIGHTS,
    "capabilities": Step.RIGHTS,
    "permissions": Step.RIGHTS,
    "leftovers": Step.LEFTOVERS,
    "programs": Step.TOOLS,
}
_ON_PROGRAMS = ("setuid", "capabilities", "programs")
_ACTED_UPON = (*_STEPS, "accounts", "verification")
_CACHES = {
    "leftovers.apt-index": "rm -rf /var/lib/apt/lists/*",
    "leftovers.apt-cache": "rm -rf /var/cache/apt/*.bin /var/cache/apt/archives/*.deb",
    "leftovers.apk-cache": "rm -rf /var/cache/apk/* /etc/apk/cache/*",
    "leftovers.rpm-cache": "rm -rf /var/cache/dnf /var/cache/yum /var/cache/libdnf5",
    "leftovers.zypper-cache": "rm -rf /var/cache/zypp",
    "leftovers.pacman-cache": "rm -rf /var/cache/pacman/pkg",
    "leftovers.pip-cache": "rm -rf /root/.cache/pip",
    "leftovers.npm-cache": "rm -rf /root/.npm/_cacache /root/.npm/_logs",
}
_SHELLS = ("programs.shell", "programs.renamed-shell")
_LEFT_ALONE = ("programs.interpreter", "programs.daemon", "programs.renamed-interpreter", "leftovers.headers")
"""What is listed for information: to remove it is to change what the image can do."""
_PLANTED = ("a script", "a copy of", "its content is", "neither a program")
"""How reasons of class dangerous begin (``analyzers.suid.classify``) that leave nothing to keep of a file."""
_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}", re.ASCII)
_REMOVE = re.compile(r"RUN rm -r?f ")


def commands_of(
    findings: Iterable[Finding], base_layers: int, kept: Collection[str], has_setcap: bool
) -> tuple[list[Command], list[Advice]]:
    """Return what to run, step by step, and what is left to a person.

    Only what is visible, not excepted and not merely listed is acted upon. ``kept`` are absolute paths that stay:
    what the HEALTHCHECK calls, and programs whose capabilities the container needs. Without setcap (``has_setcap``) a
    file loses its capabilities by being copied. A program that some exception speaks of is needed, and not removed.
    """
    listed = list(findings)
    stay = frozenset(kept)
    needed = stay.union(*(_paths_of(item) for item in listed if item.suppressed and item.analyzer in _ON_PROGRAMS))
    found: dict[tuple[str, tuple[str, ...]], Command] = {}
    advice: list[Advice] = []
    for finding in listed:
        if finding.suppressed or finding.state is not State.VISIBLE or not finding.remediation:
            continue
        staying = needed if finding.analyzer == "programs" else stay
        if finding.rule in _LEFT_ALONE or staying & _paths_of(finding):
            continue
        command = _command(finding, base_layers)
        if command is not None and command.verb == SETCAP and not has_setcap:
            command = replace(command, verb=COPY)
        if command is None:
            advice.append(Advice(finding.remediation, reference(finding)))
            continue
        key = (command.verb, command.paths)
        known = found.get(key)
        if known is not None:
            command = _joined(known, command)
        found[key] = command
    # A line of a file is named by its number: what takes one out goes before what speaks of a line above it.
    return sorted(_once(found.values()), key=lambda item: (item.step, -item.line)), advice


def _joined(one: Command, other: Command) -> Command:
    return replace(one, answers=(*one.answers, *other.answers), step=max(one.step, other.step))


def _once(commands: Iterable[Command]) -> Iterator[Command]:
    """Yield commands without what another one removes: a chmod of a file that goes is wasted."""
    listed = list(commands)
    gone = {path for item in listed if item.verb.startswith("rm ") for path in item.paths}
    for item in listed:
        if item.verb.startswith("rm ") or not item.paths or not gone.issuperset(item.paths):
            yield item


def _paths_of(finding: Finding) -> frozenset[str]:
    names = finding.evidence.get("names")
    listed = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    return frozenset([*listed, "/" + (finding.path or "")])


def _command(finding: Finding, base_layers: int) -> Command | None:
    """Return the command that answers a finding, None where words must do."""
    verb, paths = _of_rule(finding)
    if not verb or any(shell_word(path) is None for path in paths):
        return None
    step = Step.SHELLS if finding.rule in _SHELLS else _STEPS.get(finding.analyzer, Step.ACCOUNTS)
    layer = finding.layer
    return Command(
        step=step,
        verb=verb,
        paths=paths,
        why=finding.message,
        answers=(reference(finding),),
        layer=layer,
        base=layer is not None and layer.index < base_layers,
        line=finding.line or 0,
    )


def _of_rule(finding: Finding) -> tuple[str, tuple[str, ...]]:
    path = "/" + (finding.path or "")
    if finding.rule.startswith("setuid."):
        return _setuid(finding, path)
    if finding.rule == "capabilities.file":
        return SETCAP, (path,)
    if finding.rule.startswith("permissions.world-writable") and finding.path:
        return f"chmod{'' if finding.evidence.get('count') == 1 else ' -R'} o-w", (path,)
    if finding.rule == "leftovers.repository":
        return "rm -rf", (path,)
    if finding.rule.startswith("programs."):
        return _program(finding, path)
    if finding.rule == "accounts.system-login-shell":
        return _login_shells(finding), ("/etc/passwd",)
    if finding.rule in _CACHES:
        return _CACHES[finding.rule], ()
    # What other analyzers advise is for the build (a compiler's flags, patchelf, another FROM), not for this image.
    return (_told(finding.remediation) if finding.analyzer in _ACTED_UPON else ""), ()


def _setuid(finding: Finding, path: str) -> tuple[str, tuple[str, ...]]:
    """Take the bits away, or the file where it is no program of anybody's: a script, or a shell by another name."""
    evidence: dict[str, Any] = finding.evidence
    reasons = [reason for reason in evidence.get("reasons") or () if isinstance(reason, str)]
    if evidence.get("package") is None and any(reason.startswith(_PLANTED) for reason in reasons):
        return "rm -f", tuple(sorted(_paths_of(finding)))
    try:
        mode = int(str(evidence.get("mode", "")), 8)
    except ValueError:
        return "", ()
    bits = ("u" if mode & 0o4000 else "") + ("g" if mode & 0o2000 else "")
    return f"chmod {bits}-s{',go-w' if mode & 0o022 else ''}", (path,)


def _program(finding: Finding, path: str) -> tuple[str, tuple[str, ...]]:
    """Remove just what the analyzer would: of a multi-call binary its names, not the file that others are too."""
    if not _REMOVE.match(finding.remediation):
        return "", ()
    try:
        words = shlex.split(finding.remediation, comments=True)[3:]
    except ValueError:
        return "", ()
    known = _paths_of(finding)
    paths = tuple(dict.fromkeys(word for word in words if word in known))
    return ("rm -f", paths) if paths else ("", ())


def _login_shells(finding: Finding) -> str:
    """Return what usermod would do, for images without it."""
    shells = finding.evidence.get("shells")
    names = [name for name in shells if _NAME.fullmatch(name)] if isinstance(shells, dict) else []
    edits = " ".join(f"-e '/^{name}:/s,:[^:]*$,:/usr/sbin/nologin,'" for name in names)
    return f"sed -i {edits}" if edits and len(names) == len(shells or ()) else ""


def _told(remediation: str) -> str:
    """Return the command of a remedy that can be pasted as it is, without the remark behind it; empty for another."""
    text = remediation.removeprefix("RUN ")
    text = text.partition("  # ")[0] if text.count("#") == 1 else text
    # Several lines by number in one command, and others in another: nobody's numbers would be right.
    pasted = remediation.startswith("RUN ") and is_plain(text) and not set("<>#") & set(text)
    pasted = pasted and text.count(" -e ") < 2 and not text.startswith("visudo ")
    try:
        return text if pasted and shlex.split(text) else ""
    except ValueError:
        return ""
