"""What is to be done, as values: commands by step, settings, advice, and the profile to run with."""

from __future__ import annotations

from enum import IntEnum

import msgspec

from imgscan.harden.quoting import shell_word
from imgscan.model.finding import Finding, LayerPoint, fingerprint

_DIGITS = 12
SETCAP = "setcap -r"
COPY = "cp -p"
"""A copy has no extended attributes, so no capabilities: what takes them where there is no setcap."""


class Step(IntEnum):
    """In which order commands run: what a later one needs (chmod, rm, the shell itself) goes last."""

    RIGHTS = 0
    ACCOUNTS = 1
    LEFTOVERS = 2
    TOOLS = 3
    SHELLS = 4


TITLES = {
    Step.RIGHTS: "Rights: SUID and SGID bits, file capabilities, what others may write",
    Step.ACCOUNTS: "Accounts and settings",
    Step.LEFTOVERS: "Leftovers of the build",
    Step.TOOLS: "Tools that a service seldom needs",
    Step.SHELLS: "Shells, last: after this no RUN works any more",
}


class Reference(msgspec.Struct, frozen=True):
    """The finding that a line answers: its rule and the first digits of its fingerprint."""

    rule: str
    digits: str

    def __str__(self) -> str:
        return f"{self.rule} {self.digits}"


def reference(finding: Finding) -> Reference:
    """Return what names a finding in a comment."""
    return Reference(finding.rule, fingerprint(finding)[:_DIGITS])


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One command: ``verb`` with options, then ``paths`` (absolute, raw); without paths ``verb`` is all of it.

    ``why`` is the finding's message (raw), ``layer`` the one that brought the file, ``base`` whether the base image
    did: what is removed from a lower layer is hidden, and the image does not get smaller. ``line`` is the line of the
    file that it is about, 0 for none.
    """

    step: Step
    verb: str
    paths: tuple[str, ...]
    why: str
    answers: tuple[Reference, ...]
    layer: LayerPoint | None = None
    base: bool = False
    line: int = 0

    def text(self, root: str = "") -> str:
        """Return the command on one line, its paths below ``root``; files that no word can name are left out."""
        words = [word for path in self.paths if (word := shell_word(root + path)) is not None]
        if self.verb == COPY:
            copies = [shell_word(f"{root}{path}.imgscan") for path in self.paths]
            return " && ".join(
                f"cp -p {old} {new} && mv -f {new} {old}" for old, new in zip(words, copies, strict=True)
            )
        return " ".join([self.verb, *words])

    @property
    def movable(self) -> bool:
        """Whether it can be run on a copy of the image below another root."""
        return bool(self.paths)


class Advice(msgspec.Struct, frozen=True):
    """What no command of ours can do: the remedy in words (raw) and the finding."""

    text: str
    answers: Reference


class Setting(msgspec.Struct, frozen=True):
    """One instruction of the Dockerfile, and the finding it answers; ``active`` is false for one to be filled in."""

    text: str
    why: str
    answers: Reference | None = None
    active: bool = True


class Flag(msgspec.Struct, frozen=True):
    """One option of ``docker run`` (safe to paste) and why: a finding or a control."""

    text: str
    why: str


class Mount(msgspec.Struct, frozen=True):
    """A directory that has to stay writable.

    ``volume`` is true where the image's own content may matter: declared volumes, and what belongs to the container's
    user. A new volume of Docker begins with it, a tmpfs or an emptyDir is empty.
    """

    path: str
    why: str
    volume: bool = False


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How to run the hardened image. ``capabilities`` are without ``CAP_``, each with why."""

    uid: int
    gid: int
    mounts: tuple[Mount, ...]
    capabilities: tuple[tuple[str, str], ...]
    new_privileges: str
    """Why programs must be able to gain privileges; empty where they need not."""
    flags: tuple[Flag, ...] = ()


class Hardening(msgspec.Struct, frozen=True, kw_only=True):
    """The whole remedy for one image. ``has_shell`` is whether RUN works in it at all."""

    name: str
    source: str
    commands: tuple[Command, ...]
    settings: tuple[Setting, ...]
    advice: tuple[Advice, ...]
    notes: tuple[str, ...]
    profile: Profile
    has_shell: bool
