"""4.11 and file-integrity: whether what is installed is what its distribution made."""

from __future__ import annotations

import msgspec

from imgscan.cis.evidence import lines_of
from imgscan.cis.remedy import one_line
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict, verdict
from imgscan.model.control import Status
from imgscan.model.finding import Finding
from imgscan.model.items import IntegrityItem, PackageItem, read_evidence
from imgscan.model.package import SYSTEM_TYPES
from imgscan.wording import counted

_MODIFIED = ("integrity.modified", "integrity.modified-package")
_OF_MANAGERS = ("PIP_TRUSTED_HOST", "NPM_CONFIG_STRICT_SSL", "GIT_SSL_NO_VERIFY")
_OF_BASE_IMAGES = frozenset({"/usr/sbin/policy-rc.d", "/sbin/initctl", "/usr/sbin/initctl", "/etc/rc.local"})
_HINTS = ("verification.plain-transport", "verification.third-party-source", "packages.record-rewritten")
_ADMITTED = ("history.pipe-to-shell", "history.no-certificate-check", "history.unverified-packages")

RESTS = ("verification.*", "integrity.*", "packages.record-rewritten", "history.*", "config.env-risky")
RESTS_INTEGRITY = ("integrity.*", "packages.record-rewritten")
GIVES = {
    Status.FAIL: "verification is switched off in files or variables that ship (trusted=yes, gpgcheck=0, "
    "trusted-host, strict-ssl=false ...), or a program is not what its package installed",
    Status.WARN: "only the history tells of it (curl | sh, --allow-unauthenticated ...), a package's list of files "
    "was rewritten, or there are programs in the system's directories that no package owns",
    Status.NOT_EVALUABLE: "no evidence of a bypass: that what was installed was verified, no image proves",
    Status.UNKNOWN: "nothing was seen, and an analyzer that would see it did not run, there is no history, or not "
    "read whole",
}
GIVES_INTEGRITY = {
    Status.PASS: "programs that packages record were compared, and none differs",
    Status.FAIL: "a program is not what its package installed",
    Status.WARN: "a package's list of files was rewritten, programs of the system belong to no package, or a file "
    "differs and the image was not read whole",
    Status.NOT_EVALUABLE: "there is no package database, or none that records digests",
    Status.UNKNOWN: "the integrity or packages analyzer did not run, data on packages cannot be read, or not read "
    "whole",
}


def check_verified(subject: Subject) -> ControlVerdict:
    """Return whether there is evidence that packages were installed unverified."""
    switched = [
        *subject.of("verification.unsigned-packages", "verification.no-certificate-check"),
        *_variables(subject),
    ]
    modified = subject.of(*_MODIFIED)
    doubtful = [
        *subject.of(
            "verification.plain-transport", "verification.third-party-source", "packages.record-rewritten", *_ADMITTED
        )
    ]
    doubtful += [*_unowned(subject), *subject.of("config.env-risky")]
    doubtful = [item for item in doubtful if item not in switched]
    bad = [*switched, *(modified if subject.complete else ())]
    rest = [*doubtful, *(modified if not subject.complete else ())]
    lines = [*lines_of(bad), *lines_of(rest)]
    if bad:
        parts = [counted(len(switched), "setting") + " that switch verification off"] if switched else []
        parts += [counted(len(modified), "finding") + " on files that are not their package's"] if modified else []
        return verdict(Status.FAIL, " and ".join(parts), lines, [*bad, *rest], one_line(bad))
    if rest:
        text = f"{counted(len(rest), 'sign')} of packages or programs that were not verified"
        return verdict(Status.WARN, text, lines, rest, one_line(rest))
    text = "no evidence of a bypass; that every package was verified when it was installed, no image proves"
    return verdict(
        Status.NOT_EVALUABLE, text, _counts(subject), remediation="look at the build's log and its package sources"
    )


def check_integrity(subject: Subject) -> ControlVerdict:
    """Return whether files of packages are as their packages recorded them."""
    modified = subject.of(*_MODIFIED)
    doubtful = [*subject.of("packages.record-rewritten"), *_unowned(subject)]
    lines = [*lines_of(modified), *lines_of(doubtful), *_counts(subject)]
    if modified and subject.complete:
        text = f"{counted(len(modified), 'finding')} on files that are not what their package installed"
        return verdict(Status.FAIL, text, lines, [*modified, *doubtful], one_line(modified))
    if modified or doubtful:
        findings = [*modified, *doubtful]
        return verdict(Status.WARN, f"{counted(len(findings), 'sign')} of changes to the system", lines, findings)
    same = sum(item.matching for item in subject.items(IntegrityItem))
    if not same:
        return verdict(Status.NOT_EVALUABLE, _nothing_to_compare(subject), lines)
    text = f"{counted(same, 'file')} compared with their packages' records, none differs"
    return verdict(Status.PASS, text, lines)


def _nothing_to_compare(subject: Subject) -> str:
    if not any(item.type in SYSTEM_TYPES for item in subject.items(PackageItem)):
        return "no package database of a system is in the image: nothing says what its programs should be"
    return "the package database records no digests of programs to compare with"


class _Subjects(msgspec.Struct, frozen=True):
    """What findings on variables and on programs of nobody's name."""

    name: str = ""
    paths: tuple[str, ...] = ("",)


def _variables(subject: Subject) -> list[Finding]:
    risky = subject.of("config.env-risky")
    return [item for item in risky if read_evidence(item, _Subjects).name.upper() in _OF_MANAGERS]


def _unowned(subject: Subject) -> list[Finding]:
    """Return the findings on programs of nobody's, but for those that the makers of base images add to every one."""
    result = subject.of("integrity.unowned-system-program")
    return [item for item in result if not _OF_BASE_IMAGES.issuperset(read_evidence(item, _Subjects).paths)]


def _counts(subject: Subject) -> list[str]:
    """Return for each kind of package how many files were compared, and how many were not."""
    lines = []
    for item in subject.items(IntegrityItem):
        counts = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in item.counts().items())
        lines.append(f"{item.type} files: {counts}")
    return lines
