"""Findings on commands that cannot run: entrypoint and command together, health check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from imgscan.analyzers.access import actor_of
from imgscan.analyzers.command_files import Step
from imgscan.analyzers.commands import follow
from imgscan.analyzers.config.told import config_finding
from imgscan.analyzers.runtime_user import runtime_user
from imgscan.formats.image.history import Dialect, parse_history
from imgscan.model.finding import Finding, Severity
from imgscan.rootfs.view import ImageView

_HEALTH = 'HEALTHCHECK CMD ["/path/to/check"]'


def start_steps(view: ImageView) -> tuple[Step, ...]:
    """Return what entrypoint and command need, empty where there is neither; call it through ``view.derived``."""
    words = (*(view.config.entrypoint or ()), *(view.config.cmd or ()))
    return follow(view, words, actor_of(view.derived(runtime_user))) if words else ()


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
            f"{what}: {step.name or 'it'} {step.fault}; {end}",
            {"program": step.name, "certain": step.certain},
            identity=step.name,
        )


def _broken(steps: Sequence[Step]) -> list[Step]:
    """Return the first certain fault, which hides all others, or the first of the rest."""
    faults = sorted((step for step in steps if step.fault), key=lambda step: not step.certain)
    return faults[:1]


def healthcheck(view: ImageView) -> tuple[str, tuple[str, ...]]:
    """Return whether there is a health check (``set``, ``none``, ``absent``, ``unknown``) and its command.

    The config is the truth, not the history. ``unknown``: Buildah writes no HEALTHCHECK into an OCI config, so that
    its absence says nothing. Source: OCI image-spec has no such field; Docker image spec v1.2, "Healthcheck".
    """
    settings = view.config.raw.get("Healthcheck")
    test = settings.get("Test") if isinstance(settings, dict) else None
    words = tuple(word for word in test if isinstance(word, str)) if isinstance(test, list) else ()
    if words[:1] == ("NONE",):
        return "none", ()
    if words[:1] == ("CMD-SHELL",):
        # A shell that is given nothing to do has nothing to check.
        return "set", (*_shell(view.config.raw), words[1]) if "".join(words[1:2]).strip() else ()
    if words[:1] == ("CMD",):
        return "set", words[1:]
    return ("unknown" if _lost_by_buildah(view) else "absent"), ()


def _shell(raw: dict[str, Any]) -> tuple[str, ...]:
    shell = raw.get("Shell")
    words = tuple(word for word in shell if isinstance(word, str)) if isinstance(shell, list) else ()
    return words or ("/bin/sh", "-c")


def _lost_by_buildah(view: ImageView) -> bool:
    oci = any(layer.descriptor.media_type.startswith("application/vnd.oci.") for layer in view.manifest.layers)
    config = view.config
    return oci and (
        "io.buildah.version" in config.labels
        or any(
            parse_history(item.created_by, item.comment, item.author).dialect is Dialect.BUILDAH
            for item in config.history[-1:]
        )
    )


def health_findings(view: ImageView) -> Iterator[Finding]:
    """Yield a finding where there is no health check, or one that cannot run (CIS Docker 4.6)."""
    found, words = healthcheck(view)
    if found == "absent":
        yield config_finding("healthcheck-missing", Severity.LOW, "no HEALTHCHECK", remediation=_HEALTH)
    elif found == "none":
        text = "HEALTHCHECK NONE: the base image's check, if it had one, is switched off"
        yield config_finding("healthcheck-missing", Severity.LOW, text, remediation=_HEALTH, identity="NONE")
    elif found == "unknown":
        text = (
            "no HEALTHCHECK in an OCI config that Buildah wrote, which leaves it out: whether there was one is unknown"
        )
        yield config_finding("healthcheck-unknown", Severity.INFO, text)
    else:
        for step in _broken(follow(view, words, actor_of(view.derived(runtime_user)))):
            yield config_finding(
                "healthcheck-broken",
                Severity.MEDIUM if step.certain else Severity.LOW,
                f"HEALTHCHECK: {step.name or 'it'} {step.fault}; the container never becomes healthy",
                {"program": step.name, "certain": step.certain},
                _HEALTH,
                step.name,
            )
