"""Documented exceptions held against the findings and controls of one image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from imgscan.model.control import Control
from imgscan.model.finding import Finding, Severity, State, Suppression, fingerprint
from imgscan.model.image import ImageManifest
from imgscan.model.policy import Exemption
from imgscan.printable import printable

EXPIRED = "policy.expired-exception"
UNUSED = "policy.unused-exception"


class Exempting:
    """The exceptions that speak of one image, and which of them fitted something so far.

    ``today`` is an ISO date; None: nothing expires. An expired exception excuses nothing.
    """

    def __init__(self, exemptions: Iterable[Exemption], manifest: ImageManifest, today: str | None) -> None:
        names = [*manifest.references, manifest.image_id, manifest.manifest_digest]
        known = [printable(name) for name in names if name]
        self._own = [
            item
            for item in dict.fromkeys(exemptions)
            if item.image is None or any(fnmatchcase(name, item.image) for name in known)
        ]
        self._expired = frozenset(item for item in self._own if today and item.expires and item.expires < today)
        self._fitted: set[Exemption] = set()
        self._by_rule: dict[str, list[Exemption]] = {}

    def of_finding(self, finding: Finding) -> Suppression | None:
        """Return why a finding is excused: what the first exception says that fits it and holds."""
        path = None if finding.path is None else "/" + printable(finding.path)
        fitting = (item for item in self._for(finding.rule) if _fits(item, path, finding))
        return self._first(fitting)

    def of_control(self, control: Control) -> Suppression | None:
        """Return why a control is excused; an exception with a path or fingerprint is about findings alone."""
        return self._first(item for item in self._for(control.id) if item.path is None and item.fingerprint is None)

    def _for(self, rule: str) -> list[Exemption]:
        # There are few rules and many findings: 10,000 of them must not be held against 1,000 exceptions each.
        if rule not in self._by_rule:
            self._by_rule[rule] = [item for item in self._own if fnmatchcase(rule, item.rule)]
        return self._by_rule[rule]

    def _first(self, fitting: Iterable[Exemption]) -> Suppression | None:
        result = None
        for item in fitting:
            self._fitted.add(item)
            if result is None and item not in self._expired:
                result = Suppression(item.reason, item.owner, item.expires)
        return result

    def findings(self) -> Iterator[Finding]:
        """Yield one finding for each exception that has expired, and for each that fitted nothing so far."""
        for item in self._own:
            if item in self._expired:
                text = f"the exception for {_described(item)} expired on {item.expires}; {item.owner} answers for it"
                yield _finding(
                    EXPIRED, Severity.MEDIUM, text, item, "renew it with a new reason and date, or remove it"
                )
            elif item not in self._fitted:
                text = f"the exception for {_described(item)} fits nothing in this image"
                yield _finding(UNUSED, Severity.INFO, text, item, "remove it: what it excused is gone")


def _fits(item: Exemption, path: str | None, finding: Finding) -> bool:
    if item.path is not None and (path is None or not fnmatchcase(path, item.path)):
        return False
    return item.fingerprint is None or fingerprint(finding).startswith(item.fingerprint)


def _described(item: Exemption) -> str:
    criteria = ((" at ", item.path), (" with fingerprint ", item.fingerprint), (" of image ", item.image))
    return item.rule + "".join(word + text for word, text in criteria if text)


def _finding(rule: str, severity: Severity, message: str, item: Exemption, remediation: str) -> Finding:
    data = {name: getattr(item, name) for name in item.__struct_fields__}
    return Finding(
        rule=rule,
        analyzer="policy",
        severity=severity,
        message=message,
        state=State.CONFIG,
        evidence=data,
        remediation=remediation,
        identity="\0".join(str(value) for value in data.values()),
    )
