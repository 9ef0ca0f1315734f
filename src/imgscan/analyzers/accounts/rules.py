"""The rules of the analyzer ``accounts``."""

from __future__ import annotations

from imgscan.model.finding import Severity
from imgscan.model.rule import Rule, Rules, table

_LOW, _MEDIUM, _HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH

ANALYZER = "accounts"

RULES: Rules = table(
    Rule(
        "accounts.uid-0-alias",
        "a user other than root has uid 0",
        "It is root by another name: USER with this name runs as root, and a check for the name root does not see it.",
        _HIGH,
        "RUN userdel <user>",
        ("4.1",),
    ),
    Rule(
        "accounts.empty-password",
        "a user can be become without a password",
        "The password field of passwd or shadow is empty. CRITICAL for a uid-0 account where su is SUID: any process "
        "becomes root. MEDIUM where the user has no login shell.",
        _HIGH,
        "RUN passwd -l <user>",
    ),
    Rule(
        "accounts.password-hash",
        "a password hash is in the image",
        "Whoever has the image may try passwords offline. One step more for weak schemes (DES, MD5, NT), one less for "
        "locked accounts and for files that a later layer replaced. The hash itself is in no output.",
        _MEDIUM,
        "RUN usermod -p '*' <user>",
        ("4.10",),
    ),
    Rule(
        "accounts.duplicate-uid",
        "several users have one uid",
        "What belongs to one belongs to the others.",
        _MEDIUM,
        "RUN usermod -u <free uid> <user>",
    ),
    Rule(
        "accounts.duplicate-gid",
        "several groups have one gid",
        "What is open to one group is open to the members of the others.",
        _LOW,
        "RUN groupmod -g <free gid> <group>",
    ),
    Rule(
        "accounts.duplicate-user-name",
        "a user has several lines in passwd",
        "The first line counts for most programs, not for all.",
        _MEDIUM,
        "RUN pwck -r",
    ),
    Rule(
        "accounts.system-login-shell",
        "a system user has a login shell",
        "A user with a uid below 1000, whose shell is in the image: a service's account that can be logged in to.",
        _LOW,
        "RUN usermod -s /usr/sbin/nologin <user>",
    ),
    Rule(
        "accounts.no-shadow-line",
        "a user of passwd has no line in shadow",
        "passwd says that the password is in shadow. Nobody can log in as the user; tools differ in what they make of "
        "it.",
        Severity.INFO,
        "RUN pwconv",
    ),
    Rule(
        "accounts.malformed-line",
        "a line of an account file cannot be read as one",
        "Tools differ in what they make of it. MEDIUM where a uid is no number: container runtimes read it as 0.",
        _LOW,
        "RUN pwck -r; grpck -r",
    ),
    Rule(
        "accounts.nis-line",
        "a line takes in the accounts of a directory service",
        "A name that begins with + or - is an entry of NIS compat; where it is not switched on, some programs take it "
        "for a user.",
        _MEDIUM,
        "RUN sed -i '/^[+-]/d' /etc/passwd",
    ),
    Rule(
        "accounts.not-read-whole",
        "an account file was not read whole",
        "It is larger than 1 MiB, and only its start was read; or a link leads to a place where no account file was "
        "looked for (LOW). Nobody is looked up in it. Or the policy of sudo or the configuration of sshd includes "
        "files that lie where none is looked for, or too many: what they set is not known (LOW without that program).",
        _MEDIUM,
        "look at the file: imgscan cat IMAGE /etc/passwd",
    ),
    Rule(
        "accounts.sudo-nopasswd",
        "sudo gives rights away without a password",
        "HIGH where the commands are ALL or can run any other, a directory or a pattern of such ones too; CRITICAL "
        "where the container runs as such a user; LOW where sudo is not in the image. Aliases are expanded; those that "
        "the rule names are in the evidence.",
        _HIGH,
        "RUN rm /etc/sudoers.d/<file>",
        ("4.1",),
    ),
    Rule(
        "accounts.doas-nopass",
        "doas gives rights away without a password",
        "As with sudo: HIGH where the command is any or can run any other, CRITICAL where the container runs as such a "
        "user, MEDIUM for another command, LOW where doas is not in the image. Of several rules the last one counts.",
        _HIGH,
        "RUN rm /etc/doas.conf",
        ("4.1",),
    ),
    Rule(
        "accounts.sudo-everyone",
        "sudo lets every user run everything",
        "A rule for ALL users, with their own password.",
        _HIGH,
        "RUN sed -i <line>d /etc/sudoers",
    ),
    Rule(
        "accounts.sudo-environment",
        "sudo lets the caller's environment reach what root runs",
        "!env_reset, setenv, or env_keep of a variable that decides what programs load (LD_*, PYTHON*, PATH).",
        _MEDIUM,
        "RUN sed -i <line>d /etc/sudoers",
    ),
    Rule(
        "accounts.sudo-malformed",
        "sudo cannot read a statement of its policy",
        "sudo skips it, or refuses to work at all.",
        _LOW,
        "RUN visudo -c",
    ),
    Rule(
        "accounts.sshd-setting",
        "a setting of sshd opens a way in",
        "PermitRootLogin yes, empty passwords, weak ciphers and the like, in the order in which sshd reads its files. "
        "LOW where sshd is not in the image.",
        _MEDIUM,
        "RUN sed -i <line>d /etc/ssh/sshd_config",
        ("5.7",),
    ),
    Rule(
        "accounts.authorized-keys",
        "a public key may log in",
        "An authorized_keys file with keys: who has the private key may log in to every container of the image. LOW "
        "where sshd is not in the image.",
        _MEDIUM,
        "RUN rm <home>/.ssh/authorized_keys",
        ("5.7",),
    ),
    Rule(
        "accounts.ssh-host-key",
        "a private host key of sshd is in the image",
        "Every container of the image has the same: whoever has the image can stand in for all of them. Keys that a "
        "later layer deleted are in the image all the same.",
        _MEDIUM,
        "RUN rm -f /etc/ssh/ssh_host_*_key*",
        ("4.10", "5.7"),
    ),
)
