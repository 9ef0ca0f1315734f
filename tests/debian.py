"""A Debian 12 in small, as its packages make it, and a layer that plants what an audit must find."""

from __future__ import annotations

from imgscan.testing import TarBuilder, program
from imgscan.testing.packages import debian, elf

BASH = program(imports=["execve", "setpgid"], contents={".rodata": b"\0BASH_VERSINFO\0BASH_VERSION\0GNU bash\0"})
CAP_SETUID = bytes.fromhex("0100000280000000000000000000000000000000")
# Path as the package records it, mode, gid, package: those of a real one (FACTS 3.1).
PROGRAMS: tuple[tuple[str, int, int, str], ...] = (
    *((f"/usr/bin/{name}", 0o4755, 0, "passwd") for name in ("chfn", "chsh", "gpasswd", "passwd")),
    ("/usr/bin/newgrp", 0o4755, 0, "login"),
    ("/bin/mount", 0o4755, 0, "mount"),
    ("/bin/umount", 0o4755, 0, "mount"),
    ("/bin/su", 0o4755, 0, "util-linux"),
    ("/usr/bin/chage", 0o2755, 42, "passwd"),
    ("/usr/bin/expiry", 0o2755, 42, "passwd"),
    ("/sbin/unix_chkpwd", 0o2755, 42, "libpam-modules-bin"),
    ("/usr/bin/sudo", 0o4755, 0, "sudo"),
    ("/usr/lib/openssh/ssh-keysign", 0o4755, 0, "openssh-client"),
    ("/usr/bin/ssh-agent", 0o2755, 105, "openssh-client"),
    ("/usr/bin/crontab", 0o2755, 101, "cron"),
    ("/usr/bin/tcpdump", 0o755, 0, "tcpdump"),
    ("/usr/bin/python3.11", 0o755, 0, "python3.11-minimal"),
    ("/usr/bin/perl", 0o755, 0, "perl-base"),
    ("/usr/bin/x86_64-linux-gnu-gcc-12", 0o755, 0, "gcc-12"),
    ("/bin/ls", 0o755, 0, "coreutils"),
    ("/bin/bash", 0o755, 0, "bash"),
)
SUMS = "var/lib/dpkg/info/coreutils.md5sums"


def content(path: str) -> bytes:
    """Return what is in a program of the packages."""
    return BASH if path == "/bin/bash" else elf(path)


def pristine() -> TarBuilder:
    """Return a layer as debootstrap and apt leave it."""
    tar = TarBuilder().file("etc/os-release", b"ID=debian\nVERSION_ID=12\nPRETTY_NAME='Debian 12'\n")
    for name in ("bin", "sbin", "lib"):
        tar.directory(f"usr/{name}").symlink(name, f"usr/{name}")
    tar.directory("usr/local/bin").directory("tmp", mode=0o1777)
    tar.file("etc/passwd", b"root:x:0:0::/root:/bin/bash\n")
    tar.file("etc/group", b"root:x:0:\nshadow:x:42:\ncrontab:x:101:\n_ssh:x:105:\n")
    packages: dict[str, dict[str, bytes]] = {}
    for path, mode, gid, package in PROGRAMS:
        packages.setdefault(package, {})[path] = content(path)
        tar.file(path if path.startswith("/usr") else f"usr{path}", content(path), mode=mode, gid=gid)
    for name, data in debian(*((package, "1", files) for package, files in packages.items())).items():
        tar.file(name, data)
    return tar.file("usr/sbin/policy-rc.d", b"#!/bin/sh\nexit 101\n", mode=0o755)


EVIL = content("/bin/ls") + b"\n"
"""What the planted layer makes of ``ls``, with the package's own list of checksums rewritten to fit."""


def planted() -> TarBuilder:
    """Return a layer with five faults: SUID Python and shell, a capability, a changed program, an open directory."""
    tar = TarBuilder().file("usr/bin/python3.11", content("/usr/bin/python3.11"), mode=0o4755)
    tar.file("usr/lib/.dbus-helper", BASH, mode=0o4755)
    tar.file("usr/bin/perl", content("/usr/bin/perl"), {"security.capability": CAP_SETUID}, mode=0o755)
    told = debian(("coreutils", "1", {"/bin/ls": EVIL}))[SUMS]
    return tar.file("usr/bin/ls", EVIL, mode=0o755).file(SUMS, told).directory("usr/local/bin", mode=0o777)
