"""Findings on password hashes: a hash that ships with an image can be tried offline by whoever has the image.

The hash itself is nowhere in here: facts hold the scheme alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgscan.analyzers.accounts.file_findings import file_finding
from imgscan.analyzers.accounts.remedies import lock_password
from imgscan.formats.accounts.crypt import WEAK_SCHEMES, PasswordKind
from imgscan.formats.path import parent_of
from imgscan.model.finding import Finding, Severity, State
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.accounts.observed import AccountFile, GroupFile, GshadowFile, LinesFile
from imgscan.system.accounts.versions import account_files
from imgscan.system.file_items import absolute

_MAX_FINDINGS = 20


def hash_findings(view: ImageView) -> Iterator[Finding]:
    """Yield one finding a user (or group): where it stands now, else in the last layer that had its hash."""
    result: dict[tuple[str, str], list[tuple[LocatedFact[AccountFile], str, bool]]] = {}
    for fact in view.derived(account_files):
        if not isinstance(fact.data, LinesFile) or not _is_own(fact):
            continue
        whose = "group" if isinstance(fact.data, GroupFile | GshadowFile) else "user"
        for line in fact.data.lines:
            if line.scheme:
                occurrence = (fact, line.scheme, line.password is PasswordKind.LOCKED)
                result.setdefault((whose, line.name), []).append(occurrence)
    for (whose, name), occurrences in list(result.items())[:_MAX_FINDINGS]:
        yield _finding(view, whose, name, occurrences)


def _is_own(fact: LocatedFact[AccountFile]) -> bool:
    """Whether a file is the image's own, not one of a system in a directory: that is a secret file, and no account."""
    return any(parent_of(path) == "etc" for path in (fact.path, *fact.names))


def _finding(
    view: ImageView, whose: str, name: str, occurrences: Sequence[tuple[LocatedFact[AccountFile], str, bool]]
) -> Finding:
    # Every later layer that adds a user copies the line: the version that is visible speaks for all of them.
    # Backup files (shadow-) speak only where no other does.
    fact, scheme, locked = max(
        occurrences,
        key=lambda occurrence: (
            occurrence[0].state is State.VISIBLE,
            occurrence[0].path[-1:] != "-",
            occurrence[0].ref,
        ),
    )
    visible = fact.state is State.VISIBLE
    weak = scheme in WEAK_SCHEMES
    severity = Severity.HIGH if weak else Severity.MEDIUM
    if locked or not visible:
        severity = Severity.MEDIUM if weak else Severity.LOW
    message = f"the {whose} {name} has a password hash ({scheme}{', weak' if weak else ''})"
    message += ", locked but in the file" if locked else ""
    message += "" if visible else f"; {fact.state} by a later layer, and still in this one"
    files = sorted({absolute(occurrence[0].path) for occurrence in occurrences})
    remedies = lock_password(fact.name, name) if whose == "user" else ()
    return file_finding(
        view,
        fact,
        "accounts.password-hash",
        severity,
        message,
        lambda data: (
            isinstance(data, LinesFile) and any(line.name == name and line.scheme == scheme for line in data.lines)
        ),
        evidence={
            whose: name,
            "scheme": scheme,
            "locked": locked,
            "files": files,
            "layers": sorted({occurrence[0].layer.index for occurrence in occurrences}),
        },
        remediation="" if remedies else f"remove the hash from {absolute(fact.path)}, or the file",
        remedies=remedies,
        identity=f"{whose} {name} {scheme}",
    )
