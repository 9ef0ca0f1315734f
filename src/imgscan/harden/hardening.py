"""The whole remedy for one report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgscan.errors import UsageError
from imgscan.harden.answers import ON_PROGRAMS, Answers, Stays, answers_of
from imgscan.harden.final import HARDENED, IMAGE, copies, left_behind, links_of
from imgscan.harden.needed import Needed
from imgscan.harden.packages import answered_by, development_of, with_packages
from imgscan.harden.plan import DIGITS, Advice, Command, ControlAnswer, Form, Hardening, Instruction, Reference
from imgscan.harden.profile import needed_capabilities, profile_of
from imgscan.harden.records import records_of
from imgscan.harden.removals import Removal, removals_of
from imgscan.harden.replay import replayed_settings
from imgscan.harden.settings import health_of, user_of
from imgscan.harden.subject import Subject, Target, subject_of
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


def harden_subject(subject: Subject, form: Form = Form.FRAGMENT, needed: Needed | None = None) -> Hardening:
    """Return the remedy for a report, also for one that was saved.

    ``needed`` is what the start of the container needs, for the form of that name.

    Raises:
        UsageError: the form is a whole Dockerfile, and the report has not all settings of the image.
    """
    if form is not Form.FRAGMENT and subject.settings is None:
        raise UsageError("a whole Dockerfile repeats the image's settings: give the image, a saved report has not all")
    user, uid, gid = user_of(subject)
    health = health_of(subject)
    config = subject.item(ConfigItem) or ConfigItem()
    programs = {
        **dict.fromkeys(needed.paths if needed is not None else (), "the start of the container needs it"),
        **dict.fromkeys(config.starts, "the container starts it"),
        **dict.fromkeys(health.keeps, "the HEALTHCHECK calls it"),
    }
    stays = Stays(programs, frozenset(item.path for item, _ in needed_capabilities(subject)))
    settings = [item for item in (user, health.setting) if item is not None]
    if subject.settings is not None and form is not Form.FRAGMENT:
        kept = () if user is not None else (Instruction(f"USER {uid}:{gid}", ""),)
        settings = [*replayed_settings(subject, subject.settings), *kept, *settings]
    left = left_behind(subject, form, needed)
    answers = _answers(subject, settings, left, stays, needed)
    has_shell = bool(subject.items(FileItem, "shells"))
    records = tuple(records_of(subject, needed)) if needed is not None and has_shell else ()
    links = [item] if needed is not None and has_shell and (item := links_of(needed)) is not None else []
    if form is not Form.FRAGMENT:
        by_copy = bool(answers.commands) and not has_shell
        stage = HARDENED if has_shell or by_copy else IMAGE
        known = [item.reference for item in left]
        settings = [*copies(needed, [(item.source, item.target) for item in records], stage, by_copy, known), *settings]
    failures, advice = _controls(subject, answers, settings)
    base = subject.item(BaseItem)
    return Hardening(
        name=subject.name,
        source=subject.source,
        commands=answers.commands,
        settings=tuple(settings),
        advice=(*answers.advice, *advice),
        controls=failures,
        notes=tuple(_notes(subject, answers.commands, base.layers if base is not None else 0, form)),
        profile=profile_of(subject, uid, gid, answers.commands),
        has_shell=has_shell,
        form=form,
        preparations=(*links, *(item.instruction for item in records)),
    )


def _answers(
    subject: Subject, settings: Sequence[Instruction], left: Sequence[Target], stays: Stays, needed: Needed | None
) -> Answers:
    """Return commands and advice for what no setting answers, and what is not ``left`` behind by the last stage."""
    base = subject.item(BaseItem)
    base_layers = base.layers if base is not None else 0
    tools = subject.items(FileItem, "container_tools")
    has_setcap = any(name.endswith("/setcap") for item in tools for name in item.names)
    variables = (subject.item(ConfigItem) or ConfigItem()).env
    known = {item for setting in settings for item in (setting.answers, *setting.also) if item is not None}
    known |= {item.reference for item in left}
    # Who has the image has the secret: it is changed, wherever its bytes go.
    known -= {item.reference for item in subject.of("secrets.")}
    rest = [item for item in subject.targets if item.reference not in known]
    removals: tuple[Removal, ...] = ()
    if needed is None and subject.items(FileItem, "shells"):
        on_programs = [item for item in rest if item.finding.analyzer in ON_PROGRAMS]
        removed = answers_of(on_programs, base_layers, stays, has_setcap).commands
        removals = removals_of(subject, removed, development_of(subject))
    by_removals = answered_by(removals, subject)
    known |= {reference for references in by_removals.values() for reference in references}
    upgrades = tuple(upgrades_of(subject, known))
    known |= {reference for item in upgrades for reference in item.answers}
    rest = [item for item in rest if item.reference not in known]
    answers = answers_of(rest, base_layers, stays, has_setcap, variables)
    commands = with_packages(subject, (*upgrades, *answers.commands), removals, by_removals)
    result = Answers(commands, answers.advice)
    return result if needed is None else _of_needed(result, needed)


def _of_needed(answers: Answers, needed: Needed) -> Answers:
    """Return the answers without removals of names that do not come along: the file does, by another name of it."""
    commands, advice = [], list(answers.advice)
    for item in answers.commands:
        if item.removes and item.paths and not any(map(needed.has, item.paths)):
            text = f"{item.paths[0]} does not come along, but the file does by a name that the start needs"
            advice += (Advice(text, answer, stays=True) for answer in item.answers)
        else:
            commands.append(item)
    return Answers(tuple(commands), tuple(advice))


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


def _notes(subject: Subject, commands: Sequence[Command], base_layers: int, form: Form) -> Iterator[str]:
    if not subject.complete:
        yield "The image was read in part: what was not read is not answered here."
    if form is Form.DISTROLESS:
        yield (
            "What the start needs was read out of its programs and scripts. What a program opens by a name that it "
            "puts together at run time is not known: try the service, and add a COPY line for what it lacks."
        )
    removed = [item for item in commands if item.removes and item.layer is not None]
    if removed and form is Form.FRAGMENT:
        yield (
            "What a lower layer holds is hidden by this, not gone: the image gets no smaller, and its bytes can "
            "still be read. Remove it in the instruction that brings it, or copy the result into a stage of its own: "
            "imgscan harden --flatten writes it."
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
