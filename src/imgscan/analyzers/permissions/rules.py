"""The rules of the analyzer ``permissions``."""

from __future__ import annotations

from imgscan.analyzers.permissions.regions import WHAT, Region
from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

_HIGH = frozenset({Region.PROGRAMS, Region.LIBRARIES, Region.SCHEDULE, Region.ACCOUNTS})
_USER = (
    "The config's USER was looked up in the image's own passwd and group, with its supplementary groups. Owner, group "
    "and mode let this user change {what}: an attacker who gets in as this user stays in, and may become what uses "
    "it. Application code of one's own outside the system's directories ranks at most MEDIUM."
)
_ROOT = (
    "Owner or mode let a user other than root change {what}, which root uses in this image. Whoever becomes that "
    "user becomes root with the next start."
)

ANALYZER = "permissions"

RULES: Rules = table(
    Rule(
        "permissions.world-writable-file",
        "everyone may write to a file",
        "The mode has the bit o+w. HIGH where the file is a program, a library, or a file on accounts, schedules or "
        "services.",
        Severity.MEDIUM,
        "RUN find / -xdev -type f -perm -0002 -exec chmod o-w {} +",
    ),
    Rule(
        "permissions.world-writable-directory",
        "everyone may write to a directory, which has no sticky bit",
        "Everyone may add files, and replace and delete those of others. HIGH for a directory of PATH, of libraries, "
        "or above such a one: what is put there is run by others. Directories with the sticky bit (/tmp) are none.",
        Severity.MEDIUM,
        "RUN find / -xdev -type d -perm -0002 ! -perm -1000 -exec chmod o-w {} +",
    ),
    Rule(
        "permissions.unknown-owner",
        "files belong to a uid that no line of passwd names",
        "They belong to whoever gets the number next. INFO where the container itself runs as that uid. Mostly copied "
        "from a build machine with its numbers.",
        Severity.LOW,
        "COPY --chown=root:root <source> <destination>",
    ),
    Rule(
        "permissions.unknown-group",
        "files belong to a gid that no line of group names",
        "They belong to whoever gets the number next.",
        Severity.LOW,
        "COPY --chown=root:root <source> <destination>",
    ),
    Rule(
        "permissions.sensitive-mode",
        "a file on accounts, keys or policies is open to more than root",
        "Password hashes and private keys are for root (or group shadow) to read, accounts, sudo, PAM, sshd and cron "
        "for root to write. HIGH where others may write, or everyone may read secrets.",
        Severity.HIGH,
        "RUN chown root:shadow /etc/shadow && chmod 0640 /etc/shadow",
    ),
    *(
        Rule(
            f"permissions.user-writes-{region}",
            f"the container's user may change {what}",
            _USER.format(what=what),
            Severity.HIGH if region in _HIGH else Severity.LOW if region is Region.CODE else Severity.MEDIUM,
            "RUN chown -R root:root <path> && chmod -R go-w <path>",
            ("4.1",),
        )
        for region, what in WHAT.items()
    ),
    *(
        Rule(
            f"permissions.root-uses-{region}",
            f"another user than root may change {what}",
            _ROOT.format(what=what),
            Severity.LOW if region is Region.CODE else Severity.MEDIUM,
            "RUN chown -R root:root <path> && chmod -R go-w <path>",
        )
        for region, what in WHAT.items()
    ),
)
