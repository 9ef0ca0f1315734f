"""What is to be done, as values: commands by step, settings, advice, and the profile to run with."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec

from imgscan.model.finding import LayerPoint
from imgscan.model.remedy import Action, Remedy
from imgscan.quoting import shell_word

TMPFS = "rw,noexec,nosuid,nodev,size=64m"
"""How a directory is mounted that is empty at first and gone with the container."""
DIGITS = 12
"""How much of a fingerprint names a finding in a comment."""


class Step(IntEnum):
    """In which order commands run: updates first, as they bring files back; what a later one needs (rm) last."""

    UPGRADES = 0
    RIGHTS = 1
    ACCOUNTS = 2
    LEFTOVERS = 3
    TOOLS = 4
    MANAGERS = 5
    SHELLS = 6


TITLES = {
    Step.UPGRADES: "Packages with known vulnerabilities, updated (this needs the network)",
    Step.RIGHTS: "Rights: SUID and SGID bits, file capabilities, what others may write",
    Step.ACCOUNTS: "Accounts and settings",
    Step.LEFTOVERS: "Leftovers of the build",
    Step.TOOLS: "Tools that a service seldom needs",
    Step.MANAGERS: "Package managers, which have done their work",
    Step.SHELLS: "Shells, last: after this no RUN works any more",
}


class Reference(msgspec.Struct, frozen=True):
    """What a line answers: a finding by its rule and the first digits of its fingerprint, or a control (no digits)."""

    rule: str
    digits: str = ""

    def __str__(self) -> str:
        return f"{self.rule} {self.digits}" if self.digits else f"control {self.rule}"


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One command of the fragment: ``remedy``, or with ``by_copy`` what does the same where there is no setcap.

    ``why`` is the finding's message (raw), ``layer`` the one that brought the file, ``base`` whether the base image
    did: what is removed from a lower layer is hidden, and the image does not get smaller.
    """

    step: Step
    remedy: Remedy
    why: str
    answers: tuple[Reference, ...]
    layer: LayerPoint | None = None
    base: bool = False
    by_copy: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """The files it is about, absolute and raw."""
        return self.remedy.paths

    @property
    def removes(self) -> bool:
        """Whether files go."""
        return self.remedy.action in (Action.REMOVE, Action.REMOVE_PACKAGES)

    def text(self, root: str = "") -> str:
        """Return the command on one line, its paths below ``root``."""
        if not self.by_copy:
            return self.remedy.text(root) or ""
        # A copy has no extended attributes, and so no capabilities.
        pairs = ((shell_word(root + path), shell_word(f"{root}{path}.imgscan")) for path in self.paths)
        return " && ".join(f"cp -p {old} {new} && mv -f {new} {old}" for old, new in pairs)

    @property
    def movable(self) -> bool:
        """Whether it can be run on a copy of the image below another root."""
        return bool(self.paths)


class Advice(msgspec.Struct, frozen=True):
    """What no command of ours does: the remedy in words (raw), or with ``stays`` why there is nothing to be done."""

    text: str
    answers: Reference
    stays: bool = False


class Instruction(msgspec.Struct, frozen=True):
    """One instruction of the Dockerfile, and the finding it answers; ``active`` is false for one to be filled in.

    ``also`` are the other findings that it answers. Without ``why`` it only says what the image says.
    """

    text: str
    why: str
    answers: Reference | None = None
    active: bool = True
    also: tuple[Reference, ...] = ()


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
    """How to run the hardened image. ``capabilities`` are without ``CAP_``, each with why.

    ``lowest_port`` is the lowest port below 1024 that the service listens on, None where there is none: a user that
    is not root binds it by a setting of its network namespace (Docker 20.10 has it so; a capability would be useless,
    since without ambient capabilities a program of another user does not get it).
    """

    uid: int
    gid: int
    mounts: tuple[Mount, ...]
    capabilities: tuple[tuple[str, str], ...]
    new_privileges: str
    """Why programs must be able to gain privileges; empty where they need not."""
    flags: tuple[Flag, ...] = ()
    lowest_port: int | None = None


class ControlAnswer(msgspec.Struct, frozen=True):
    """How a failed control is answered: what answers its findings, or else an advice of its own."""

    id: str
    title: str
    answers: tuple[Reference, ...]


class Form(StrEnum):
    """What the Dockerfile is."""

    FRAGMENT = "fragment"
    """Instructions to be put behind those that make the image."""
    FLAT = "flat"
    """All of it: the hardened image in one layer, without what lower layers hide."""
    DISTROLESS = "distroless"
    """All of it: a stage from scratch with nothing but what the start of the container needs."""


class Hardening(msgspec.Struct, frozen=True, kw_only=True):
    """The whole remedy for one image. ``has_shell`` is whether RUN works in it at all."""

    name: str
    source: str
    commands: tuple[Command, ...]
    settings: tuple[Instruction, ...]
    advice: tuple[Advice, ...]
    controls: tuple[ControlAnswer, ...]
    notes: tuple[str, ...]
    profile: Profile
    has_shell: bool
    form: Form = Form.FRAGMENT
    preparations: tuple[Instruction, ...] = ()
    """What is run after the commands, for the last stage of a whole Dockerfile."""
