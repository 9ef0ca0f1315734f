"""Which commands of a policy make root of whoever may run them as root."""

from __future__ import annotations

import re

from imgscan.analyzers.accounts.includes import WILD, Folders, fits
from imgscan.formats.path import base_name, parent_of
from imgscan.rootfs.view import ImageView
from imgscan.shell.known import SHELLS
from imgscan.system.programs.dangerous import runs_commands
from imgscan.system.programs.names import plain_name

# What a policy that allows it might as well allow everything for: each runs or writes whatever its arguments say.
_AS_GOOD_AS_ALL = SHELLS | frozenset(
    "su sudo env find vi vim vim.basic vim.tiny nvim nano less more man awk gawk mawk perl python python2 python3 ruby "
    "node php lua tclsh gdb strace tar zip rsync cp mv tee dd chmod chown install mount docker podman nsenter unshare "
    "chroot systemctl service apt apt-get dpkg rpm yum dnf apk pip pip3 npm make git ssh xargs script screen tmux "
    "nmap tcpdump crontab visudo passwd usermod useradd sed ed busybox".split()
)
_SYSTEM = frozenset({"/bin", "/sbin", "/usr/bin", "/usr/sbin"})
_ANY = re.compile(r"\.[*+]|\[\^")


class Commands:
    """Judges commands by their names; directories and patterns by the programs that they stand for in the image."""

    def __init__(self, view: ImageView) -> None:
        self._folders = Folders(view)

    def give_root(self, command: str) -> bool:
        """Whether a command runs or writes whatever its caller says.

        sudoers(5), "Cmnd": a directory with a slash at its end stands for the files in it, a path may have the
        wildcards of glob(3), and what begins with ``^`` is a regular expression.
        """
        path, _, arguments = command.replace("\t", " ").strip().partition(" ")
        if path == "ALL" or path.startswith("^"):
            return path == "ALL" or _ANY.search(path) is not None
        is_open = not arguments.strip() or WILD.search(arguments) is not None or "^" in arguments
        if path.endswith("/"):
            return self._of_pattern(path + "*", is_open)
        return self._of_pattern(path, is_open) if WILD.search(path) else _gives_root(base_name(path), is_open)

    def _of_pattern(self, path: str, is_open: bool) -> bool:
        folder, name = parent_of(path), base_name(path)
        # Of a system's own directories it need not be known what is in them today.
        if folder in _SYSTEM and any(fits(known, name) for known in _AS_GOOD_AS_ALL):
            return True
        result = self._folders.matching(path)
        return result is None or any(_gives_root(base_name(path), is_open) for path in result)


def _gives_root(name: str, is_open: bool) -> bool:
    """Whether a program of this name gives root away: some with any arguments, others where these are the caller's."""
    return name in _AS_GOOD_AS_ALL or plain_name(name) in _AS_GOOD_AS_ALL or (is_open and runs_commands(name))
