"""4.4: how old the image is, whether its distribution still gets security updates, and what a report on it shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from imgscan.cis.evidence import lines_of
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict, verdict
from imgscan.model.control import Status
from imgscan.model.finding import Severity
from imgscan.model.items import PackageItem, ReleaseItem
from imgscan.model.vulnerability import Vulnerabilities, Vulnerability
from imgscan.wording import counted

_REMEDY = "docker build --pull --no-cache .   # then scan: trivy image, grype"

RESTS = ("packages.*", "vulnerabilities.*", "config.*")
GIVES = {
    Status.FAIL: "the advisories (imgscan db) or a report of Trivy or Grype (--vulnerabilities) show a critical or "
    "high vulnerability that has a fix: the image was not rebuilt with it",
    Status.WARN: "regular security updates of the distribution have ended (long-term support and what a contract gives "
    "are told apart from the end of all); or a lesser vulnerability that has a fix is shown",
    Status.PASS: "the advisories, all packages matched with them, know no vulnerability that has a fix, and the "
    "distribution gets security updates",
    Status.INFO: "the date of the image or its release is told, and what is shown; without advisories, whether the "
    "image was scanned, no image says",
    Status.NOT_EVALUABLE: "neither is known: no config, or a date that reproducible builds write (1970), no os-release "
    "and no report",
}
_FIXABLE = ("vulnerabilities.exploited", "vulnerabilities.fixable")
_PHASES = {
    "long-term": "regular security updates of the distribution have ended; its long-term support still brings some",
    "contract": "security updates of the distribution have ended, but for those with a contract",
}
_ENDED = "all security updates of the distribution have ended: to rebuild on the same release brings none"


def check_patches(subject: Subject) -> ControlVerdict:
    """Return what the image and a report on it say of missing patches."""
    ended = subject.of("packages.end-of-life")
    release = subject.item(ReleaseItem)
    created, meaningful = _created(subject)
    lines = [*_vulnerability_lines(subject.vulnerabilities), *created, *lines_of(ended)]
    if release is not None:
        name = release.name or f"{release.id} {release.version_id or ''}".rstrip()
        until = f", security updates until {release.end_of_life}" if release.end_of_life else ""
        lines.append(f"release: {name}{until}")
    known = subject.vulnerabilities
    fixable = _fixable(known)
    grave = [item for item in fixable if item.severity >= Severity.HIGH]
    if grave and known is not None:
        text = f"{_source(known)} {_counted(grave)} of critical or high severity that newer packages mend"
        result = verdict(Status.FAIL, text, lines, [*subject.of(*_FIXABLE), *ended], _REMEDY)
        return replace(result, severity=max(item.severity for item in grave))
    if ended:
        text = _PHASES.get(str(release.phase), _ENDED) if release is not None else _ENDED
        return verdict(Status.WARN, text, lines, ended, "FROM <a release that gets security updates>")
    if fixable and known is not None:
        text = f"{_source(known)} {_counted(fixable)} that newer packages mend"
        return verdict(Status.WARN, text, lines, subject.of(*_FIXABLE), _REMEDY)
    if known is not None and known.is_own_database and release is not None and subject.items(PackageItem):
        return verdict(Status.PASS, f"{_source(known)} no vulnerability that newer packages mend", lines)
    if known is not None:
        text = f"{_source(known)} no vulnerability that newer packages mend; its date and data are its own"
        return verdict(Status.INFO, text, lines, remediation=_REMEDY)
    if release is None and not meaningful:
        text = "no image tells whether it was scanned, and this one neither how old it is nor its distribution"
        return verdict(Status.NOT_EVALUABLE, text, lines, remediation=_REMEDY)
    text = "no image tells whether it was scanned and rebuilt; its date and release are listed"
    return verdict(Status.INFO, text, lines, remediation=_REMEDY)


def _source(known: Vulnerabilities) -> str:
    return f"the advisories of {known.as_of} show" if known.is_own_database else f"{known.tool} shows"


def _counted(items: Sequence[Vulnerability]) -> str:
    return counted(len(items), "vulnerability")


def _fixable(known: Vulnerabilities | None) -> list[Vulnerability]:
    """Return what newer packages mend; of what only a lower layer holds there is nothing to update."""
    return [item for item in known.items if item.fixed_in and not item.deleted] if known is not None else []


def _vulnerability_lines(known: Vulnerabilities | None) -> list[str]:
    """Return a line on each vulnerability that has a fix, the worst first."""
    return [
        f"{item.rating} {item.id}: {item.package} {item.version}, fixed in {item.fixed_in}" for item in _fixable(known)
    ]


def _created(subject: Subject) -> tuple[list[str], bool]:
    """Return a line on the date of the image, and whether the date means anything."""
    item = subject.config
    if item is None or not item.created:
        return ["created: not known"], False
    if not item.created_meaningful:
        return [f"created: {item.created}, which reproducible builds write: not meaningful"], False
    return [f"created: {item.created}{_age(item.created, subject.today)}"], True


def _age(created: str, today: str | None) -> str:
    """Return how many days ago that was, where a clock was given and the date can be read."""
    try:
        days = (date.fromisoformat(today or "") - date.fromisoformat(created[:10])).days
    except ValueError:
        return ""
    return f" ({days} days before {today})" if days >= 0 else f" (after {today})"
