"""4.6 and 5.27: the health check that the image brings."""

from __future__ import annotations

from imgscan.cis.evidence import lines_of
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict, unknown, verdict
from imgscan.model.control import Status

_REMEDY = 'HEALTHCHECK --interval=30s --timeout=3s CMD ["/usr/local/bin/check-health"]'
_AT_RUN_TIME = "docker run --health-cmd='/usr/local/bin/check-health' --health-interval=30s <image>"
_LOOK = "docker inspect --format '{{.Config.Healthcheck}} {{.State.Health}}' <container>"

RESTS = ("config.*",)
GIVES = {
    Status.PASS: "the config has a HEALTHCHECK, and what it runs is in the image",
    Status.FAIL: "no HEALTHCHECK in the config, or NONE; what the history says does not count",
    Status.WARN: "the HEALTHCHECK's program, or the shell that it needs, is not in the image",
    Status.UNKNOWN: "no config; an OCI config of Buildah, which leaves HEALTHCHECK out; not read whole",
}
GIVES_AT_RUN_TIME = {
    Status.INFO: "the image brings a HEALTHCHECK, which runs unless the container is started with --no-healthcheck",
    Status.WARN: "the image brings none that works: the container needs --health-cmd",
    Status.UNKNOWN: "as 4.6",
}


def check_health(subject: Subject) -> ControlVerdict:
    """Return whether the image has a health check that can run."""
    item = subject.config
    if item is None:
        return unknown("nothing was concluded on the config")
    missing = subject.of("config.healthcheck-missing")
    if item.healthcheck in ("absent", "none"):
        text = (
            "HEALTHCHECK NONE switches the check off" if item.healthcheck == "none" else "the config has no HEALTHCHECK"
        )
        return verdict(Status.FAIL, text, lines_of(missing), missing, _REMEDY)
    if item.healthcheck != "set":
        text = "Buildah leaves HEALTHCHECK out of an OCI config: whether the Dockerfile had one is not known"
        return unknown(text, remediation="buildah build --format docker .")
    broken = subject.of("config.healthcheck-broken")
    if broken:
        return verdict(Status.WARN, "the HEALTHCHECK cannot run", lines_of(broken), broken, _REMEDY)
    return verdict(Status.PASS, "the config has a HEALTHCHECK, and what it runs is in the image")


def check_health_at_run_time(subject: Subject) -> ControlVerdict:
    """Return what the image brings for the check of health at run time."""
    result = check_health(subject)
    if result.status is Status.PASS:
        text = "the image brings a HEALTHCHECK; that it was not switched off shows at run time"
        return verdict(Status.INFO, text, [f"look at {_LOOK}"])
    if result.status is Status.UNKNOWN:
        return unknown(result.reason, result.evidence, _AT_RUN_TIME)
    text = "the image brings no HEALTHCHECK that works; whether the container was given one shows at run time"
    return verdict(Status.WARN, text, [*result.evidence, f"look at {_LOOK}"], result.findings, _AT_RUN_TIME)
