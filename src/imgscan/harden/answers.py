"""Each finding answered: by a command, by what a person has to do, or by why it stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import msgspec
from msgspec.structs import replace

from imgscan.analyzers.catalog import rule_of
from imgscan.harden.environment import file_advice
from imgscan.harden.plan import Advice, Command, Step
from imgscan.harden.subject import Target
from imgscan.model.finding import Finding, State
from imgscan.model.remedy import Action, Remedy

_STEPS = {
    "setuid": Step.RIGHTS,
    "capabilities": Step.RIGHTS,
    "permissions": Step.RIGHTS,
    "integrity": Step.RIGHTS,
    "elf": Step.RIGHTS,
    "leftovers": Step.LEFTOVERS,
    "oddities": Step.LEFTOVERS,
    "programs": Step.TOOLS,
}
ON_PROGRAMS = ("setuid", "capabilities", "programs")
_BY_RULE = {
    "programs.shell": Step.SHELLS,
    "programs.renamed-shell": Step.SHELLS,
    "programs.package-manager": Step.MANAGERS,
}
_UNDECIDED = {
    "programs.interpreter": "an interpreter: what the image is for may need it",
    "programs.daemon": "a daemon that nothing starts by itself: what the image is for may need it",
    "programs.renamed-interpreter": "an interpreter by another name: decide whether the service needs it",
    "leftovers.headers": "headers and static libraries: a package manager or a build at run time may need them",
    "oddities.name": "decide whether anything needs files of such names",
    "oddities.host-link": "decide whether the service is to reach what the link leads to",
    "oddities.sparse-file": "decide whether the service needs the file",
}
"""What is not taken away without being asked: to remove it may change what the image can do."""
_RUN = frozenset(Action) - {Action.INSPECT, Action.RESTORE, Action.REMOVE_PACKAGES}
"""What a build can do without a network, and without anything that a person must look at."""
_ORDER = {Action.CHANGE_OWNER: 0, Action.CHANGE_MODE: 1, Action.DROP_CAPABILITIES: 2}
"""Within a step: chown takes SUID and SGID bits and file capabilities away, and so goes before what sets modes."""


class Stays(msgspec.Struct, frozen=True):
    """Absolute paths that stay: programs that are called, and programs whose capabilities the container needs."""

    programs: dict[str, str]
    """Path, and why it is not removed."""
    capabilities: frozenset[str]


class Answers(msgspec.Struct, frozen=True):
    """All commands, in the order to run them, and all advice."""

    commands: tuple[Command, ...]
    advice: tuple[Advice, ...]


def answers_of(
    targets: Iterable[Target], base_layers: int, stays: Stays, has_setcap: bool, variables: Collection[str] = ()
) -> Answers:
    """Return an answer to every finding that no exception covers.

    A program that some exception speaks of is needed, and not removed. Without setcap (``has_setcap``) a file loses
    its capabilities by being copied. ``variables`` are the names of the image's environment.
    """
    listed = list(targets)
    excepted = [item for item in listed if item.finding.suppressed and item.finding.analyzer in ON_PROGRAMS]
    programs = {**dict.fromkeys(_names(excepted), "an exception speaks of it"), **stays.programs}
    commands: list[Command] = []
    advice: list[Advice] = []
    for target in listed:
        if target.finding.suppressed:
            continue
        remedies = list(_remedies(target, programs, stays.capabilities))
        reason = _reason(target, programs, stays.capabilities)
        if not remedies or any(remedy.text() is None for remedy in remedies):
            advice.append(reason or Advice(_words(target.finding, variables), target.reference))
            continue
        commands += (_command(target, remedy, base_layers, has_setcap) for remedy in remedies)
        if _loses_names_alone(target, remedies):
            text = "its names go; it stays, and runs them as its first argument: another base has no such file"
            advice.append(Advice(f"{_shown(target)} stays: {text}", target.reference, stays=True))
    merged = _merged(commands)
    merged.sort(key=lambda item: (item.step, _ORDER.get(item.remedy.action, 3), not _absolute_mode(item)))
    return Answers(tuple(_without_wasted(merged)), tuple(advice))


def _remedies(target: Target, programs: dict[str, str], capabilities: frozenset[str]) -> Iterator[Remedy]:
    """Yield what is run about a finding: nothing where it stays, or where a person has to decide."""
    finding = target.finding
    if finding.state is not State.VISIBLE or finding.rule in _UNDECIDED:
        return
    if any(remedy.action not in _RUN for remedy in finding.remedies):
        return
    for remedy in finding.remedies:
        if remedy.action is Action.DROP_CAPABILITIES and not capabilities.isdisjoint(_paths(target)):
            continue
        if remedy.action is Action.REMOVE and not programs.keys().isdisjoint(remedy.paths):
            if finding.analyzer == "setuid":
                yield Remedy(Action.CHANGE_MODE, "chmod ug-s", (target.path,))
            continue
        yield remedy


def _loses_names_alone(target: Target, remedies: Collection[Remedy]) -> bool:
    """Whether of a multi-call program names are removed, and the file itself is not."""
    removed = {path for item in remedies if item.action is Action.REMOVE for path in item.paths}
    return target.finding.analyzer == "programs" and bool(removed) and target.path not in removed


def _reason(target: Target, programs: dict[str, str], capabilities: frozenset[str]) -> Advice | None:
    """Return why nothing is done about a finding that has a command, None where there is no such reason."""
    finding, paths = target.finding, _paths(target)
    if finding.state in (State.DELETED, State.OVERWRITTEN):
        where = f" in layer {finding.layer.index}" if finding.layer is not None else ""
        gone = f"its bytes are still{where}: build the image without it, or copy the result into a stage of its own"
        return Advice(f"{_shown(target)}: {finding.remediation or gone}", target.reference)
    if finding.rule in _UNDECIDED:
        return Advice(f"{_shown(target)} stays: {_UNDECIDED[finding.rule]}", target.reference, stays=True)
    actions = {remedy.action for remedy in finding.remedies}
    if Action.DROP_CAPABILITIES in actions and not capabilities.isdisjoint(paths):
        text = "the container needs its capabilities, and the run profile adds them"
        return Advice(f"{_shown(target)} stays: {text}", target.reference, stays=True)
    # Of a multi-call binary names go, and the file may stay: what the command names decides.
    removed = {path for remedy in finding.remedies if remedy.action is Action.REMOVE for path in remedy.paths}
    called = next((programs[path] for path in sorted(removed) if path in programs), None)
    if called is not None:
        return Advice(f"{_shown(target)} stays: {called}", target.reference, stays=True)
    if not finding.remedies and finding.analyzer == "programs" and target.evidence.used_by:
        text = f"{target.evidence.used_by} calls it"
        return Advice(f"{_shown(target)} stays: {text}", target.reference, stays=True)
    return None


def _words(finding: Finding, variables: Collection[str]) -> str:
    """Return the remedy in words: the finding's, else that of its rule."""
    remedy = file_advice(finding, variables) or finding.remediation or rule_of(finding.rule).remediation
    where = "" if finding.path is None else f"/{finding.path}: "
    if finding.remediation and not finding.rule.startswith(("secrets.", "elf.")):
        where = ""
    return f"{where}{remedy or finding.message}"


def _shown(target: Target) -> str:
    return target.path if target.finding.path is not None else target.finding.message


def _command(target: Target, remedy: Remedy, base_layers: int, has_setcap: bool) -> Command:
    finding = target.finding
    layer = finding.layer
    return Command(
        step=_BY_RULE.get(finding.rule) or _STEPS.get(finding.analyzer, Step.ACCOUNTS),
        remedy=remedy,
        why=finding.message,
        answers=(target.reference,),
        layer=layer,
        base=layer is not None and layer.index < base_layers,
        by_copy=remedy.action is Action.DROP_CAPABILITIES and not has_setcap,
    )


def _merged(commands: Iterable[Command]) -> list[Command]:
    """Return each command once, and all edits of a file in one.

    One run of sed counts the lines of the file as it was; several would each count those that the last one left.
    """
    result: dict[tuple[str, tuple[str, ...]], Command] = {}
    for command in commands:
        key = (command.remedy.command, command.paths)
        known = result.get(key)
        if known is not None:
            edits = tuple(dict.fromkeys((*known.remedy.edits, *command.remedy.edits)))
            command = replace(
                known,
                remedy=replace(known.remedy, edits=edits),
                answers=tuple(dict.fromkeys((*known.answers, *command.answers))),
                step=max(known.step, command.step),
            )
        result[key] = command
    return list(result.values())


def _absolute_mode(command: Command) -> bool:
    """Whether it sets all bits of a mode: that goes before what takes single ones away."""
    return command.answers[0].rule.startswith(("integrity.", "permissions.sensitive"))


def _without_wasted(commands: Iterable[Command]) -> Iterator[Command]:
    """Yield commands without changes of files that another one removes: it answers their findings too."""
    listed = list(commands)
    gone = {path: number for number, item in enumerate(listed) if item.removes for path in item.paths}
    answers: dict[int, list[Command]] = {}
    wasted = set()
    for number, item in enumerate(listed):
        by = gone.get(item.paths[0]) if item.paths and gone.keys() >= set(item.paths) else None
        if by is not None and not item.removes:
            wasted.add(number)
            answers.setdefault(by, []).append(item)
    for number, item in enumerate(listed):
        if number not in wasted:
            others = [answer for other in answers.get(number, ()) for answer in other.answers]
            yield replace(item, answers=(*item.answers, *others)) if others else item


def _names(targets: Iterable[Target]) -> frozenset[str]:
    return frozenset().union(*map(_paths, targets))


def _paths(target: Target) -> frozenset[str]:
    return frozenset([*target.evidence.names, target.path])
