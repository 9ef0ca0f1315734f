"""4.4: how old the image is, and whether its distribution still gets security updates."""

from __future__ import annotations

from datetime import date

from imgscan.cis.evidence import lines_of
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import Verdict, verdict
from imgscan.model.control import Status

_REMEDY = "docker build --pull --no-cache .   # then scan: trivy image, grype"

RESTS = ("packages.end-of-life", "config.*")
GIVES = {
    Status.WARN: "the distribution's security updates have ended",
    Status.INFO: "the date of the image or its release is told; whether it was scanned, no image says",
    Status.NOT_EVALUABLE: "neither is known: no config, or a date that reproducible builds write (1970), and no "
    "os-release",
}


def judge_patches(subject: Subject) -> Verdict:
    """Return what the image says of its age."""
    ended = subject.of("packages.end-of-life")
    release = next(iter(subject.items("release")), None)
    created, meaningful = _created(subject)
    lines = [*created, *lines_of(ended)]
    if release is not None:
        name = release["name"] or f"{release['id']} {release['version_id'] or ''}".rstrip()
        until = f", security updates until {release['end_of_life']}" if release["end_of_life"] else ""
        lines.append(f"release: {name}{until}")
    if ended:
        text = "security updates of the distribution have ended: to rebuild on the same release brings none"
        return verdict(Status.WARN, text, lines, ended, "FROM <a release that gets security updates>")
    if release is None and not meaningful:
        text = "no image tells whether it was scanned, and this one neither how old it is nor its distribution"
        return verdict(Status.NOT_EVALUABLE, text, lines, remediation=_REMEDY)
    text = "no image tells whether it was scanned and rebuilt; its date and release are listed"
    return verdict(Status.INFO, text, lines, remediation=_REMEDY)


def _created(subject: Subject) -> tuple[list[str], bool]:
    """Return a line on the date of the image, and whether the date means anything."""
    item = subject.config
    if item is None or not item["created"]:
        return ["created: not known"], False
    if not item["created_meaningful"]:
        return [f"created: {item['created']}, which reproducible builds write: not meaningful"], False
    return [f"created: {item['created']}{_age(item['created'], subject.today)}"], True


def _age(created: str, today: str | None) -> str:
    """Return how many days ago that was, where a clock was given and the date can be read."""
    try:
        days = (date.fromisoformat(today or "") - date.fromisoformat(created[:10])).days
    except ValueError:
        return ""
    return f" ({days} days before {today})" if days >= 0 else f" (after {today})"
