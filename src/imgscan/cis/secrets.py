"""4.10 and no-secrets: secrets in config, history and every layer."""

from __future__ import annotations

from imgscan.cis.evidence import lines_of
from imgscan.cis.subject import Subject
from imgscan.cis.verdict import Verdict, verdict
from imgscan.model.control import Status
from imgscan.wording import counted

_REMEDY = (
    "RUN --mount=type=secret,id=token <command that reads /run/secrets/token>"
    "  # and withdraw the secret: whoever has the image has it"
)
_SURE = "high"

RESTS = ("secrets.*", "accounts.password-hash")
GIVES = {
    Status.PASS: "the secrets analyzer found none in config, history and all bytes of all layers",
    Status.FAIL: "a secret of high confidence (a known form or a private key) in config, history or any layer, "
    "deleted files too",
    Status.WARN: "only what looks like one by its name or place, and password hashes",
    Status.UNKNOWN: "the secrets analyzer did not run; or none was found, and config or history is missing, more was "
    "found that looks like one than is looked at, or not read whole",
}


def judge_secrets(subject: Subject) -> Verdict:
    """Return whether the image carries secrets."""
    found = subject.of("secrets.")
    # The secrets analyzer finds host keys itself.
    keys = () if not subject.not_run("secrets") else subject.of("accounts.ssh-host-key")
    hashes = subject.of("accounts.password-hash")
    sure = [*(item for item in found if item.evidence.get("confidence") == _SURE), *keys]
    doubtful = [*(item for item in found if item.evidence.get("confidence") != _SURE), *hashes]
    lines = [*lines_of(sure), *lines_of(doubtful)]
    if sure:
        also = f", and {counted(len(doubtful), 'doubtful one')}" if doubtful else ""
        text = f"{counted(len(sure), 'secret')} in config, history or layers{also}"
        return verdict(Status.FAIL, text, lines, [*sure, *doubtful], _REMEDY)
    if doubtful:
        return verdict(Status.WARN, f"{counted(len(doubtful), 'thing')} that may be a secret", lines, doubtful, _REMEDY)
    return verdict(Status.PASS, "no secret in config, history and all bytes of all layers", remediation=_REMEDY)
