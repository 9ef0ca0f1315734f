"""A process of its own for whatever reads an image: it gives up all that reading does not need (``confine``).

What it makes of the image comes back as bytes, which the process that the user started writes: a report's file is
named by the user, and nothing that reads an image can name another.
"""

from __future__ import annotations

import os
import select
import signal
import struct
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from imgscan.cli.codes import FAULT, INTERRUPTED
from imgscan.cli.confine import confine, end_with_parent, missing
from imgscan.cli.faults import exhausted
from imgscan.cli.guard import guarded
from imgscan.cli.headroom import watched_headroom
from imgscan.cli.output import complain, finish
from imgscan.errors import UsageError

_HEAD = struct.Struct("<QI")
_LENGTH = struct.Struct("<Q")
_PIECE = 1 << 20
_GRACE_SECONDS = 0.05
"""What ended the process may have come to this one, too: an interrupt is then the better word for it."""


class Sandbox(StrEnum):
    """Whether an image is read in a confined process."""

    AUTO = "auto"
    """Where the kernel can; else one warning."""
    REQUIRE = "require"
    """Not without."""
    OFF = "off"


class Outcome(NamedTuple):
    """The exit code, and what is to be written; None where the work came to no end, and has said so."""

    code: int
    contents: tuple[bytes, ...] | None = None


Work: TypeAlias = Callable[[], Outcome]


class Needs(NamedTuple):
    """What the work needs of the system: paths that it reads, folders that it writes to, descriptors that are open."""

    readable: Sequence[str] = ()
    writable: Sequence[str] = ()
    open: frozenset[int] = frozenset()


NOTHING = Needs()


def isolated(choice: Sandbox, work: Work, needs: Needs = NOTHING, seconds: float | None = None) -> Outcome:
    """Do the work in a confined process, or in this one where there is no sandbox; errors come out of neither.

    ``seconds`` is how long it may take. What it leaves running is ended with it.

    Raises:
        UsageError: a sandbox is required, and this kernel has none. What else the work raises in this process.
    """
    lacking = () if choice is Sandbox.OFF else missing()
    if lacking and choice is Sandbox.REQUIRE:
        raise UsageError(f"--sandbox=require: this system lacks {' and '.join(lacking)}")
    if lacking:
        complain(f"imgscan: no sandbox: this system lacks {' and '.join(lacking)} (--sandbox=off if that is meant)")
    if lacking or choice is Sandbox.OFF:
        return _watched(work)
    finish()  # what is held back now would be written twice
    sys.stderr.flush()
    reading, writing = os.pipe()
    # An interrupt between the fork and the new process's first step would end that one by its own handler.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    child = os.fork()
    if not child:
        os.close(reading)
        _confined(work, needs, writing)
    os.close(writing)
    _lead_group(child)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        sent = _received(reading, child, seconds)
    except BaseException:
        _end_group(child)
        os.waitpid(child, 0)
        raise
    finally:
        os.close(reading)
    if sent is None:
        _end_group(child)
    # Its number stays its own, and that of its group, until it is waited for; what it forked may outlive it.
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    _end_group(child)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if sent is None:
        complain("imgscan: still at work long after --timeout: nothing was reported")
        return Outcome(FAULT)
    return _outcome(code, sent)


def _lead_group(process: int) -> None:
    """Make a process the first of a group of its own, which it and what it forks cannot leave once it is confined."""
    with suppress(OSError):  # it has done so itself, and may have ended
        os.setpgid(process, process)


def _end_group(process: int) -> None:
    with suppress(OSError):
        os.killpg(process, signal.SIGKILL)


def _close_others(kept: Iterable[int]) -> None:
    """Close what was left open to this process by whoever started it: a socket, say, which no filter guards."""
    inherited = {int(name) for name in os.listdir("/proc/self/fd")} - {0, 1, 2, *kept}
    for descriptor in inherited:
        with suppress(OSError):  # that of the listing itself
            os.close(descriptor)


def _confined(work: Work, needs: Needs, pipe: int) -> None:
    """In the new process: give up what is not needed, do the work, send what it made and end."""
    code = FAULT
    try:
        end_with_parent()
        _lead_group(0)
        # Of another group than the terminal's it would be stopped where it reads there, and perhaps where it writes.
        signal.signal(signal.SIGTTIN, signal.SIG_IGN)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        _close_others({pipe, *needs.open})
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and ends this process
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        for path in needs.writable:
            with suppress(OSError):
                os.makedirs(path, 0o700, exist_ok=True)
        confine(needs.readable, needs.writable)
        made: list[Outcome] = []

        def run() -> int:
            made.append(_watched(work))
            finish()
            return made[0].code

        code = guarded(run)
        if made and code == made[0].code and made[0].contents is not None:
            _send(pipe, made[0])
    except BaseException as error:  # noqa: BLE001 (nothing of the parent's code may run any more)
        with suppress(BaseException):
            complain(f"imgscan: the sandbox cannot be made ({error}); --sandbox=off does without")
        code = INTERRUPTED if isinstance(error, KeyboardInterrupt) else FAULT
    finally:
        os._exit(code)


def _watched(work: Work) -> Outcome:
    with watched_headroom(exhausted):
        return work()


def _send(pipe: int, outcome: Outcome) -> None:
    contents = outcome.contents or ()
    head = _HEAD.pack(sum(map(len, contents)), len(contents)) + b"".join(_LENGTH.pack(len(item)) for item in contents)
    for part in (head, *contents):
        view = memoryview(part)
        while view:
            view = view[os.write(pipe, view) :]


def _received(pipe: int, child: int, seconds: float | None) -> bytearray | None:
    """Return all that the process sends; None where it takes longer than ``seconds``."""
    end = None if seconds is None else time.monotonic() + seconds
    sent = bytearray()
    ended = os.pidfd_open(child)
    waited_for = [pipe, ended]
    try:
        while True:
            left = None if end is None else max(end - time.monotonic(), 0.0)
            ready = select.select(waited_for, [], [], left)[0]
            if not ready:
                return None
            if ended in ready:
                _end_group(child)  # whom it forked has the pipe, too, and would keep it open
                waited_for.remove(ended)
            if pipe in ready:
                piece = os.read(pipe, _PIECE)
                if not piece:
                    return sent
                sent += piece
    finally:
        os.close(ended)


def _outcome(code: int, sent: bytearray) -> Outcome:
    """Return what was sent; of a process that was ended, what ended it."""
    if code < 0:
        time.sleep(_GRACE_SECONDS)
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        why = " (out of memory, perhaps)" if -code == signal.SIGKILL else ""
        complain(f"imgscan: the process that reads the image was ended by {name}{why}: nothing was reported")
        return Outcome(FAULT)
    if len(sent) < _HEAD.size:
        return Outcome(code)
    total, count = _HEAD.unpack_from(sent)
    start = _HEAD.size + count * _LENGTH.size
    if len(sent) != start + total:
        complain("imgscan: the process that reads the image ended before its report was whole")
        return Outcome(FAULT)
    contents = []
    for at in range(count):
        (length,) = _LENGTH.unpack_from(sent, _HEAD.size + at * _LENGTH.size)
        contents.append(bytes(sent[start : start + length]))
        start += length
    return Outcome(code, tuple(contents))
