"""An analyzer that tries what a parser would that an image has taken over. A folder of its own is made of this file.

It imports nothing of the tests: it runs in a process of imgscan's. Each attempt gets its error's name, or ``done``.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import msgspec

from imgscan.model.entry import Entry
from imgscan.model.finding import Item
from imgscan.model.interest import Interest
from imgscan.model.observed import Content
from imgscan.model.rule import Rule
from imgscan.rootfs.view import ImageView

_LIBC = ctypes.CDLL(None, use_errno=True)
_NAMESPACE_OF_USERS, _THREAD_OF_PARENT = 0x10000000, 0x8000
_TIOCSTI, _TIOCLINUX, _FS_IOC_SETFLAGS, _FS_IOC_GETFLAGS = 0x5412, 0x541C, 0x40086602, 0x80086601
_PTRACE_ATTACH = 16
_CALLS = {  # by machine: clone, clone3, openat2, io_uring_setup, mq_open, shmget, kcmp
    "x86_64": (56, 435, 437, 425, 240, 29, 312),
    "aarch64": (220, 435, 437, 425, 180, 194, 272),
}


def _call(position: int, *arguments: int) -> None:
    number = _CALLS[os.uname().machine][position]
    result = _LIBC.syscall(ctypes.c_long(number), *(ctypes.c_long(value) for value in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


def _forked(flags: int) -> None:
    pid = os.getpid()
    _call(0, flags | signal.SIGCHLD, 0, 0, 0, 0)
    if os.getpid() != pid:
        os._exit(0)


def _traced(process: int) -> None:
    if _LIBC.ptrace(_PTRACE_ATTACH, process, None, None) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def _daemon() -> None:
    """Leave a process behind that keeps the standard streams open."""
    if not os.fork():
        signal.alarm(100)
        signal.pause()


def _attempts() -> dict[str, Callable[[], object]]:
    precious, secret, image = (os.environ[name] for name in ("PRECIOUS", "SECRET", "IMAGE"))
    inherited, outside = int(os.environ["INHERITED"]), int(os.environ["OUTSIDE"])
    page = ctypes.addressof(ctypes.c_char.from_buffer(mmap.mmap(-1, 4096)))
    return {
        "socket": socket.socket,
        "unix socket": lambda: socket.socket(socket.AF_UNIX),
        "socket pair": socket.socketpair,
        "overwrite": lambda: Path(precious).write_text("x"),
        "create": lambda: Path(f"{precious}.new").write_text("x"),
        "append": lambda: Path(precious).open("a").close(),
        "remove": lambda: os.unlink(precious),
        "rename": lambda: os.rename(precious, f"{precious}.old"),
        "link": lambda: os.link(precious, f"{precious}.link"),
        "symlink": lambda: os.symlink(precious, f"{precious}.link"),
        "folder": lambda: os.mkdir(f"{precious}.folder"),
        "fifo": lambda: os.mkfifo(f"{precious}.fifo"),
        "truncate": lambda: os.truncate(precious, 0),
        "empty while reading": lambda: os.close(os.open(image, os.O_RDONLY | os.O_TRUNC)),
        "openat2": lambda: _call(2, -100, page, page, 24),
        "chmod": lambda: os.chmod(precious, 0o777),
        "touch": lambda: os.utime(precious),
        "attribute": lambda: os.setxattr(precious, "user.x", b"x"),
        "flags of a file": lambda: fcntl.ioctl(os.open(image, os.O_RDONLY), _FS_IOC_SETFLAGS, bytes(8)),
        "exec": lambda: os.execv(sys.executable, [sys.executable, "-c", "0"]),
        "spawn": lambda: subprocess.run([sys.executable, "-c", "0"], check=False),
        "read a file of the user": lambda: Path(secret).read_bytes(),
        "list a folder of the user": lambda: os.listdir(os.path.dirname(secret)),
        "list the root": lambda: os.listdir("/"),
        "read the passwords": lambda: Path("/etc/shadow").read_bytes(),
        "memory of its own": lambda: Path("/proc/self/mem").open("r+b").close(),
        "environment of the parent": lambda: Path(f"/proc/{outside}/environ").read_bytes(),
        "command line of the parent": lambda: Path(f"/proc/{outside}/cmdline").read_bytes(),
        "memory of the parent": lambda: Path(f"/proc/{outside}/mem").open("rb").close(),
        "trace the parent": lambda: _traced(outside),
        "signal to the parent": lambda: os.kill(outside, 0),
        "signal to the group": lambda: os.kill(0, 0),
        "signal to all": lambda: os.kill(-1, 0),
        "signal to the first": lambda: os.kill(1, 0),
        "signal by a descriptor": lambda: signal.pidfd_send_signal(os.pidfd_open(outside), 0),
        "signal by an owner": lambda: fcntl.fcntl(0, fcntl.F_SETOWN, outside),
        "limits of the parent": lambda: resource.prlimit(outside, resource.RLIMIT_NOFILE, (3, 3)),
        "priority of the parent": lambda: os.setpriority(os.PRIO_PROCESS, outside, 19),
        "processors of the parent": lambda: os.sched_setaffinity(outside, os.sched_getaffinity(0)),
        "compare with the parent": lambda: _call(6, outside, os.getpid(), 0, 1, 1),
        "namespace": lambda: _forked(_NAMESPACE_OF_USERS),
        "child of the parent": lambda: _forked(_THREAD_OF_PARENT),
        "clone3": lambda: _call(1, page, 88),
        "io_uring": lambda: _call(3, 1, page),
        "message queue": lambda: _call(4, page, os.O_CREAT | os.O_RDWR, 0o600, 0),
        "shared memory": lambda: _call(5, 0, 4096, 0o1600),
        "session": os.setsid,
        "group": lambda: os.setpgid(0, 0),
        "type into the terminal": lambda: fcntl.ioctl(0, _TIOCSTI, b"x"),
        "paste into the terminal": lambda: fcntl.ioctl(0, _TIOCLINUX, b"\3"),
        "open the terminal": lambda: os.open("/dev/tty", os.O_RDONLY),
        "inherited descriptor": lambda: os.write(inherited, b"x"),
    }


def _tried() -> dict[str, str]:
    only = os.environ.get("ONLY", "")
    results = {}
    for name, action in _attempts().items():
        if only and name not in only.split(","):
            continue
        try:
            action()
        except OSError as error:
            results[name] = errno.errorcode.get(error.errno or 0, str(error))
        else:
            results[name] = "done"
    return results


class Tried(msgspec.Struct, frozen=True):
    """What came of it in the process that reads a layer."""

    process: int
    results: dict[str, str]


class Planted:
    """Tries all of it where a layer is read, and where the image is concluded on."""

    id = "planted"
    version = 1
    fact = Tried
    interest = Interest(names=frozenset({"app"}))
    rules: ClassVar[tuple[Rule, ...]] = ()

    def observe(self, entry: Entry, content: Content) -> Iterator[Tried]:
        """Try all of it in the process of the layer."""
        if os.environ.get("IN_LAYERS"):
            yield Tried(os.getpid(), _tried())

    def conclude(self, view: ImageView) -> Iterator[Item]:
        """Try all of it, and say what came of it."""
        if os.environ.get("DAEMON"):
            _daemon()
        results = _tried()
        if os.environ.get("DIE"):
            os.kill(os.getpid(), int(os.environ["DIE"]))
        yield Item("planted", {"process": os.getpid(), "results": results})
        for fact in view.visible(self):
            yield Item("planted", {"process": fact.data.process, "results": fact.data.results})
