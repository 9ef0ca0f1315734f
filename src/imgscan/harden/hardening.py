"""The whole remedy for one report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from imgscan.harden.answers import ON_PROGRAMS, Answers, Stays, answers_of
from imgscan.harden.packages import answered_by, development_of, with_packages
from imgscan.harden.plan import DIGITS, Advice, Command, ControlAnswer, Hardening, Instruction, Reference
from imgscan.harden.profile import needed_capabilities, profile_of
from imgscan.harden.removals import removals_of
from imgscan.harden.settings import health_of, user_of
from imgscan.harden.subject import Subject, subject_of
from imgscan.harden.upgrades import upgrades_of
from imgscan.model.items import BaseItem, ConfigItem, FileItem
from imgscan.model.remedy import Action
from imgscan.report.document import Report
from imgscan.wording import counted


def harden(report: Report) -> Hardening:
    """Return what to do about a report's findings, and how to run the image then.

    Excepted findings are left alone. A function of the report alone.
    """
    return harden_subject(subject_of(report))


def harden_subject(subject: Subject) -> Hardening:
    """Return the remedy for a report, also for one that was saved."""
    user, uid, gid = user_of(subject)
    health = health_of(subject)
    settings = tuple(item for item in (user, health.setting) if item is not None)
    base = subject.item(BaseItem)
    base_layers = base.layers if base is not None else 0
    tools = subject.items(FileItem, "container_tools")
    has_setcap = any(name.endswith("/setcap") for item in tools for name in item.names)
    config = subject.item(ConfigItem) or ConfigItem()
    programs = {
        **dict.fromkeys(config.starts, "the container starts it"),
        **dict.fromkeys(health.keeps, "the HEALTHCHECK calls it"),
    }
    needed = needed_capabilities(subject)
    stays = Stays(programs, frozenset(item.path for item, _ in needed))
    answered = {reference for item in settings for reference in (item.answers, *item.also)}
    on_programs = [item for item in subject.targets if item.finding.analyzer in ON_PROGRAMS]
    removed = answers_of(on_programs, base_layers, stays, has_setcap).commands
    has_shell = bool(subject.items(FileItem, "shells"))
    removals = removals_of(subject, removed, development_of(subject)) if has_shell else ()
    by_removals = answered_by(removals, subject)
    answered |= {reference for references in by_removals.values() for reference in references}
    upgrades = tuple(upgrades_of(subject, answered))
    answered |= {reference for item in upgrades for reference in item.answers}
    rest = [item for item in subject.targets if item.reference not in answered]
    answers = answers_of(rest, base_layers, stays, has_setcap, config.env)
    commands = with_packages(subject, (*upgrades, *answers.commands), removals, by_removals)
    answers = replace(answers, commands=commands)
    failures, advice = _controls(subject, answers, settings)
    return Hardening(
        name=subject.name,
        source=subject.source,
        commands=commands,
        settings=settings,
        advice=(*answers.advice, *advice),
        controls=failures,
        notes=tuple(_notes(subject, commands, base_layers)),
        profile=profile_of(subject, uid, gid, commands),
        has_shell=has_shell,
    )


def _controls(
    subject: Subject, answers: Answers, settings: Sequence[Instruction]
) -> tuple[tuple[ControlAnswer, ...], tuple[Advice, ...]]:
    """Return how each failed control is answered: through its findings, else by its remedy in words."""
    lines = [item.answers for item in answers.commands]
    lines += [(item.answers,) for item in answers.advice]
    lines += [tuple(item for item in (setting.answers, *setting.also) if item is not None) for setting in settings]
    by_digits = {reference.digits: reference for line in lines for reference in line}
    failures, advice = [], []
    for item in subject.failures:
        result = [by_digits[name[:DIGITS]] for name in item.findings if name[:DIGITS] in by_digits]
        if not result:
            result = [Reference(item.id)]
            advice.append(Advice(f"{item.title}: {item.remedy}", result[0]))
        failures.append(ControlAnswer(item.id, item.title, tuple(dict.fromkeys(result))))
    return tuple(failures), tuple(advice)


def _notes(subject: Subject, commands: Sequence[Command], base_layers: int) -> Iterator[str]:
    if not subject.complete:
        yield "The image was read in part: what was not read is not answered here."
    removed = [item for item in commands if item.removes and item.layer is not None]
    if removed:
        yield (
            "What a lower layer holds is hidden by this, not gone: the image gets no smaller, and its bytes can "
            "still be read. Remove it in the instruction that brings it, or copy the result into a stage of its own: "
            "FROM scratch, COPY --from=<this stage> / /, and USER, ENV, WORKDIR, ENTRYPOINT, CMD again."
        )
    if any(item.remedy.action is Action.REMOVE_PACKAGES for item in commands):
        yield (
            "With packages go the libraries that they alone needed. Which libraries programs of no package link to is "
            "taken into account, what they load by name at run time is not: try the service after that."
        )
    based = sum(item.base for item in removed)
    if based:
        text = f"{counted(based, 'removal')} of files of the base image (its first {counted(base_layers, 'layer')})"
        yield f"{text}: a smaller base (FROM) has no need of them."
