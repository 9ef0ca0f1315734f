"""4.10 and no-secrets: secrets in config, history and every layer."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from imgscan.cis.evidence import lines_of
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import ControlVerdict, verdict
from imgscan.model.control import Status
from imgscan.model.finding import Finding, Severity
from imgscan.model.items import read_evidence
from imgscan.wording import counted

_REVOKE = "revoke what is in the image: anyone with the image can read it"
_BUILD = "RUN --mount=type=secret,id=token <command that reads /run/secrets/token>"
_REMEDY = f"{_BUILD}  # and {_REVOKE}"
_ENV = "env "
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}", re.ASCII)
_MAX_VARIABLES = 3

RESTS = ("secrets.*", "accounts.password-hash")
GIVES = {
    Status.PASS: "the secrets analyzer found none in config, history and all bytes of all layers but what packages "
    "installed, whose checksums match",
    Status.FAIL: "a secret that is HIGH or CRITICAL in config, history or any layer, deleted files too",
    Status.WARN: "only what may be one and ranks lower, and password hashes",
    Status.UNKNOWN: "the secrets analyzer did not run; or none was found, and config or history is missing, an archive "
    "was not opened, more was found that looks like one than is looked at, or not read whole",
}


class _Source(msgspec.Struct, frozen=True):
    """Where findings on secrets come from: a variable or label, a package."""

    where: str = ""
    installed_by: str = ""


def check_secrets(subject: Subject) -> ControlVerdict:
    """Return whether the image carries secrets.

    What a package installed, and still is as the package recorded it, everybody has: it is listed and decides nothing.
    """
    result = subject.of("secrets.")
    installed = [item for item in result if read_evidence(item, _Source).installed_by]
    # What nobody keeps secret, a vendor's own documentation, is INFO.
    deciding = [
        item for item in result if not read_evidence(item, _Source).installed_by and item.severity > Severity.INFO
    ]
    # The secrets analyzer finds host keys itself.
    keys = () if not subject.not_run("secrets") else subject.of("accounts.ssh-host-key")
    hashes = subject.of("accounts.password-hash")
    sure = [*(item for item in deciding if item.severity >= Severity.HIGH), *keys]
    doubtful = [*(item for item in deciding if item.severity < Severity.HIGH), *hashes]
    lines = [*lines_of(sure), *lines_of(doubtful)]
    if sure:
        also = f", and {counted(len(doubtful), 'doubtful one')}" if doubtful else ""
        text = f"{counted(len(sure), 'secret')} in config, history or layers{also}"
        return verdict(Status.FAIL, text, lines, [*sure, *doubtful], _remedy(sure))
    if doubtful:
        return verdict(
            Status.WARN, f"{counted(len(doubtful), 'possible secret')} to review", lines, doubtful, _remedy(doubtful)
        )
    text = "no secret in config, history and all bytes of all layers"
    if installed:
        files = counted(len(installed), "thing")
        text += f", but for {files} that packages brought along, with checksums that match"
    return verdict(Status.PASS, text, remediation=_REMEDY)


def _remedy(findings: Sequence[Finding]) -> str:
    """Return what to do, in lines: a secret of ENV is needed at run time, where no build secret reaches."""
    where = dict.fromkeys(read_evidence(item, _Source).where for item in findings)
    names = [text.removeprefix(_ENV) for text in where if text.startswith(_ENV)]
    lines = [
        f"docker run --mount type=bind,src=<file>,dst=/run/secrets/{name},readonly -e {name}_FILE=/run/secrets/{name} "
        f"<image>  # in place of ENV {name}, where the program reads {name}_FILE"
        for name in [name for name in names if _VARIABLE.fullmatch(name)][:_MAX_VARIABLES]
    ]
    if len(names) < len(where) or not lines:
        lines.append(_BUILD)
    return "\n".join([*lines, _REVOKE])
