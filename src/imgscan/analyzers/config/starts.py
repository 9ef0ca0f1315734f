"""Findings on commands that cannot run: entrypoint and command together, health check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgscan.analyzers.config.finding import config_finding
from imgscan.model.finding import Finding, Severity
from imgscan.rootfs.view import ImageView
from imgscan.system.accounts.access import actor_of
from imgscan.system.accounts.runtime_user import runtime_user
from imgscan.system.programs.command_files import Step
from imgscan.system.programs.config_commands import follow
from imgscan.system.programs.entrypoint import healthcheck, start_steps
from imgscan.wording import quoted

_HEALTH = 'HEALTHCHECK CMD ["/path/to/check"]'


def _name(step: Step) -> str:
    return quoted(step.name) if step.name else "it"


def start_findings(view: ImageView) -> Iterator[Finding]:
    """Yield a finding for each thing that keeps the container from starting."""
    words = (*(view.config.entrypoint or ()), *(view.config.cmd or ()))
    if not words:
        yield config_finding("no-command", Severity.INFO, "neither ENTRYPOINT nor CMD: what it runs is told at start")
        return
    what = "ENTRYPOINT" if view.config.entrypoint else "CMD"
    for step in _broken(view.derived(start_steps)):
        end = "the container does not start" if step.certain else "what starts the container looks for it"
        yield config_finding(
            "start-broken",
            Severity.HIGH if step.certain else Severity.MEDIUM,
            f"{what}: {_name(step)} {step.fault}; {end}",
            {"program": step.name, "certain": step.certain},
            identity=step.name,
        )


def _broken(steps: Sequence[Step]) -> list[Step]:
    """Return the first certain fault, which hides all others, or the first of the rest."""
    faults = sorted((step for step in steps if step.fault), key=lambda step: not step.certain)
    return faults[:1]


def health_findings(view: ImageView) -> Iterator[Finding]:
    """Yield a finding where there is no health check, or one that cannot run (CIS Docker 4.6)."""
    result, words = healthcheck(view)
    if result == "absent":
        yield config_finding("healthcheck-missing", Severity.LOW, "no HEALTHCHECK", remediation=_HEALTH)
    elif result == "none":
        text = "HEALTHCHECK NONE: the base image's check, if it had one, is switched off"
        yield config_finding("healthcheck-missing", Severity.LOW, text, remediation=_HEALTH, identity="NONE")
    elif result == "unknown":
        text = (
            "no HEALTHCHECK in an OCI config that Buildah wrote, which leaves it out: whether there was one is unknown"
        )
        yield config_finding("healthcheck-unknown", Severity.INFO, text)
    else:
        for step in _broken(follow(view, words, actor_of(view.derived(runtime_user)))):
            yield config_finding(
                "healthcheck-broken",
                Severity.MEDIUM if step.certain else Severity.LOW,
                f"HEALTHCHECK: {_name(step)} {step.fault}; the container never becomes healthy",
                {"program": step.name, "certain": step.certain},
                _HEALTH,
                step.name,
            )
