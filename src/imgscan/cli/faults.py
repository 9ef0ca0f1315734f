"""The last resort: whatever goes wrong ends in one line and an exit code that says whose fault it is."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from imgscan.cli.codes import FAULT, INTERRUPTED

if TYPE_CHECKING:
    from sys import UnraisableHookArgs
    from threading import ExceptHookArgs

_RESERVE = 1 << 20
_NO_MEMORY = b"imgscan: out of memory, nothing was reported: allow it more, or use --jobs 1\n"
_SHORTAGES = {errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOSPC}


def is_shortage(error: BaseException) -> bool:
    """Whether the machine lacks something, and nothing is wrong with the image."""
    if isinstance(error, RuntimeError):  # of threading.Thread.start, which has no error of its own
        return str(error) == "can't start new thread"
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _SHORTAGES)


def fault_line(error: BaseException) -> str:
    """Return the line on an unexpected error: what and where, and never what it says, which may quote a secret."""
    where = _innermost(error.__traceback__)
    if isinstance(error, OSError):
        return f"imgscan: {error.strerror or type(error).__name__}{where}"
    return f"imgscan: internal fault, {type(error).__name__}{where}: nothing was reported; please report it"


def _innermost(trace: TracebackType | None) -> str:
    at = ""
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if "imgscan" in path.parts:
            at = f" at {path.parent.name}/{path.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return at


@contextmanager
def last_resort() -> Iterator[None]:
    """While it lasts, no thread dies unheard and no interrupt is lost.

    Python tells of an exception in a thread, or in a callback, by a traceback and goes on: who waits for that thread
    waits for ever. So a MemoryError there ends the process, as an interrupt there does. ``headroom`` does what this
    cannot.
    """
    home = os.getpid()
    reserve = [bytearray(_RESERVE)]  # given back first: saying what happened needs a little

    def at_once(error: BaseException | type[BaseException] | None) -> None:
        kind = error if isinstance(error, type) else type(error)
        if issubclass(kind, MemoryError):
            reserve.clear()
            if os.getpid() == home:
                exhausted()
            os._exit(FAULT)
        if issubclass(kind, KeyboardInterrupt):
            _end(b"imgscan: interrupted\n" if os.getpid() == home else b"", INTERRUPTED)

    def in_thread(arguments: ExceptHookArgs) -> None:
        at_once(arguments.exc_type)
        if os.getpid() == home and arguments.exc_value is not None:
            os.write(2, (fault_line(arguments.exc_value) + "\n").encode(errors="replace"))
        os._exit(FAULT)

    def unraisable(arguments: UnraisableHookArgs) -> None:
        at_once(arguments.exc_type)
        if os.getpid() == home:
            former[1](arguments)

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, lambda number, frame: _end(b"imgscan: interrupted\n", INTERRUPTED))
        raise KeyboardInterrupt

    former = (threading.excepthook, sys.unraisablehook)
    threading.excepthook, sys.unraisablehook = in_thread, unraisable
    ours = threading.current_thread() is threading.main_thread()
    # Where it is ignored (a job in the background of a shell) it stays so.
    ours = ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except MemoryError:
        reserve.clear()
        raise
    finally:
        threading.excepthook, sys.unraisablehook = former
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def overdue() -> None:
    """End the process: the scan did not heed its deadline."""
    _end(b"imgscan: still at work long after --timeout: nothing was reported\n", FAULT)


# Two threads may run out of memory at once, the one that watches for it among them: one says so.
_ENDING = threading.Lock()


def exhausted() -> None:
    """End the process for want of memory."""
    _ENDING.acquire()  # for good
    _end(_NO_MEMORY, FAULT)


def out_of_memory() -> None:
    """Say so, with as little as can be, unless another thread does and ends the process."""
    if _ENDING.acquire(timeout=1):
        with suppress(OSError):
            os.write(2, _NO_MEMORY)
        _ENDING.release()


def _end(line: bytes, code: int) -> None:
    with suppress(OSError):
        os.write(2, line)
    os._exit(code)
