"""The whole remedy for one report."""

from __future__ import annotations

from imgscan.harden.commands import commands_of
from imgscan.harden.plan import Command, Hardening
from imgscan.harden.profile import kept_programs, profile_of
from imgscan.harden.settings import health_of, user_of
from imgscan.report.document import Report
from imgscan.wording import counted


def harden(report: Report) -> Hardening:
    """Return what to do about a report's findings, and how to run the image then.

    Excepted findings are left alone. A function of the report alone.
    """
    user, uid, gid = user_of(report)
    health = health_of(report)
    base = next(iter(report.inventory.get("base", ())), {}).get("layers")
    base_layers = base if isinstance(base, int) else 0
    tools = report.inventory.get("container_tools", ())
    has_setcap = any(str(name).endswith("/setcap") for item in tools for name in item.get("names", ()))
    kept = kept_programs(report) | health.keeps
    commands, advice = commands_of(report.findings, base_layers, kept, has_setcap)
    image = report.image
    return Hardening(
        name=next(iter(image.references), None) or image.image_id or report.source,
        source=report.source,
        commands=tuple(commands),
        settings=tuple(item for item in (user, health.setting) if item is not None),
        advice=tuple(advice),
        notes=tuple(_notes(report, commands, base_layers)),
        profile=profile_of(report, uid, gid),
        has_shell=bool(report.inventory.get("shells")),
    )


def _notes(report: Report, commands: list[Command], base_layers: int) -> list[str]:
    notes = []
    if not report.complete:
        notes.append("The image was read in part: what was not read is not answered here.")
    removed = [item for item in commands if item.verb.startswith("rm ") and item.layer is not None]
    if removed:
        notes.append(
            "What a lower layer holds is hidden by this, not gone: the image gets no smaller, and its bytes can "
            "still be read. Remove it in the instruction that brings it, or copy the result into a stage of its own: "
            "FROM scratch, COPY --from=<this stage> / /, and USER, ENV, WORKDIR, ENTRYPOINT, CMD again."
        )
    based = sum(item.base for item in removed)
    if based:
        text = f"{counted(based, 'removal')} of the base image's own files (its first {counted(base_layers, 'layer')})"
        notes.append(f"{text}: a smaller base (FROM) has no need of them.")
    return notes
