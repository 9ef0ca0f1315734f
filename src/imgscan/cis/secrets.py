"""4.10 and no-secrets: secrets in config, history and every layer."""

from __future__ import annotations

from imgscan.cis.evidence import lines_of
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import Verdict, verdict
from imgscan.model.control import Status
from imgscan.model.finding import Severity
from imgscan.wording import counted

_REMEDY = (
    "RUN --mount=type=secret,id=token <command that reads /run/secrets/token>"
    "  # and withdraw the secret: whoever has the image has it"
)

RESTS = ("secrets.*", "accounts.password-hash")
GIVES = {
    Status.PASS: "the secrets analyzer found none in config, history and all bytes of all layers but what packages "
    "installed, whose checksums match",
    Status.FAIL: "a secret that is HIGH or CRITICAL in config, history or any layer, deleted files too",
    Status.WARN: "only what may be one and ranks lower, and password hashes",
    Status.UNKNOWN: "the secrets analyzer did not run; or none was found, and config or history is missing, an archive "
    "was not opened, more was found that looks like one than is looked at, or not read whole",
}


def judge_secrets(subject: Subject) -> Verdict:
    """Return whether the image carries secrets.

    What a package installed, and still is as the package recorded it, everybody has: it is listed and decides nothing.
    """
    found = subject.of("secrets.")
    installed = [item for item in found if item.evidence.get("installed_by")]
    # What nobody keeps secret, a vendor's own documentation, is INFO.
    deciding = [item for item in found if not item.evidence.get("installed_by") and item.severity > Severity.INFO]
    # The secrets analyzer finds host keys itself.
    keys = () if not subject.not_run("secrets") else subject.of("accounts.ssh-host-key")
    hashes = subject.of("accounts.password-hash")
    sure = [*(item for item in deciding if item.severity >= Severity.HIGH), *keys]
    doubtful = [*(item for item in deciding if item.severity < Severity.HIGH), *hashes]
    lines = [*lines_of(sure), *lines_of(doubtful)]
    if sure:
        also = f", and {counted(len(doubtful), 'doubtful one')}" if doubtful else ""
        text = f"{counted(len(sure), 'secret')} in config, history or layers{also}"
        return verdict(Status.FAIL, text, lines, [*sure, *doubtful], _REMEDY)
    if doubtful:
        return verdict(Status.WARN, f"{counted(len(doubtful), 'thing')} that may be a secret", lines, doubtful, _REMEDY)
    text = "no secret in config, history and all bytes of all layers"
    if installed:
        files = counted(len(installed), "thing")
        text += f", but for {files} that packages brought along, with checksums that match"
    return verdict(Status.PASS, text, remediation=_REMEDY)
