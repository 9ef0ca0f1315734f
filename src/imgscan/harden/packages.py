"""Packages in place of files: with a package its record goes, and what is known against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from imgscan.harden.plan import Command, Reference, Step
from imgscan.harden.removals import Removal, paths_of, programs_of_packages
from imgscan.harden.subject import Subject
from imgscan.model.items import read_evidence
from imgscan.model.remedy import Action, Remedy
from imgscan.wording import counted, listed

_REFUSED = "echo 'some packages stay, see above'"
DEVELOPMENT = "packages.development"


class _Evidence(msgspec.Struct, frozen=True):
    """The packages that a finding is about."""

    package: str = ""
    packages: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        return [*self.packages, *filter(None, [self.package])]


def development_of(subject: Subject) -> frozenset[str]:
    """Return the packages that findings say to serve for building alone."""
    targets = subject.of(DEVELOPMENT)
    return frozenset(name for item in targets for name in read_evidence(item.finding, _Evidence).names)


def answered_by(removals: Iterable[Removal], subject: Subject) -> dict[str, list[Reference]]:
    """Return by package the findings on packages that are answered: all that they name go."""
    gone = frozenset[str]().union(*(item.names for item in removals))
    result: dict[str, list[Reference]] = {}
    for target in subject.of("vulnerabilities.", DEVELOPMENT):
        names = read_evidence(target.finding, _Evidence).names
        if names and gone.issuperset(names):
            result.setdefault(names[0], []).append(target.reference)
    return result


def with_packages(
    subject: Subject,
    commands: Iterable[Command],
    removals: Sequence[Removal],
    answered: Mapping[str, Sequence[Reference]],
) -> tuple[Command, ...]:
    """Return the commands with those that take packages out; after those go the programs, by one command a layer.

    ``answered`` has by package the findings on it. That a package manager refuses is no failure: the programs of what
    others need go all the same.
    """
    owners = {path: package for item, package in programs_of_packages(subject) for path in paths_of(item)}
    steps = {name: removal.step for removal in removals for name in removal.names}
    result, programs = [], dict[tuple[Step, int | None], list[Command]]()
    for item in commands:
        packages = [owners[path] for path in item.paths if owners.get(path) in steps]
        if packages and item.remedy.action is Action.REMOVE:
            step = max(item.step, *(steps[name] for name in packages))
            programs.setdefault((step, item.layer.index if item.layer else None), []).append(item)
        else:
            result.append(item)
    files = [item for items in programs.values() for item in items]
    result += (_erasing(removal, files, owners, answered) for removal in removals)
    result += (_joined(step, items, owners) for (step, _), items in programs.items())
    # Within a step packages first: a trigger of Alpine's busybox makes the links anew that were removed before.
    return tuple(sorted(result, key=lambda item: (item.step, item.remedy.action is not Action.REMOVE_PACKAGES)))


def _erasing(
    removal: Removal, files: Iterable[Command], owners: Mapping[str, str], answered: Mapping[str, Sequence[Reference]]
) -> Command:
    """Return the command for packages: it answers what is said of them and of their programs."""
    answers = [answer for name in sorted(removal.names) for answer in answered.get(name, ())]
    for item in files:
        if any(owners.get(path) in removal.names for path in item.paths):
            answers += item.answers
    return Command(
        step=removal.step,
        remedy=Remedy(Action.REMOVE_PACKAGES, f"{removal.command} || {_REFUSED}"),
        why=f"{counted(len(removal.names), 'package')} that nothing needs which stays",
        answers=tuple(dict.fromkeys(answers)),
    )


def _joined(step: Step, files: Sequence[Command], owners: Mapping[str, str]) -> Command:
    """Return the command that removes programs of packages, should the packages have stayed."""
    paths = tuple(dict.fromkeys(path for item in files for path in item.paths))
    names = sorted({owners[path] for path in paths if path in owners})
    return replace(
        files[0],
        step=step,
        remedy=replace(files[0].remedy, paths=paths),
        why=f"programs of {listed(names, 6)}" if len(files) > 1 else files[0].why,
        answers=tuple(dict.fromkeys(answer for item in files for answer in item.answers)),
    )
