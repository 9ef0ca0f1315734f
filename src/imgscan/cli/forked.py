"""A forked process for each layer; no thread anywhere in the one that forks."""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
import struct
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from mmap import mmap
from typing import Any, NoReturn

from imgscan.cli.confine import end_with_parent

_LENGTH = struct.Struct("<Q")
_COUNT = struct.Struct("<q")
_SLOTS = 512
_PIECE = 1 << 20


class _Child:
    """A process at work: what it has sent so far."""

    def __init__(self, pid: int, future: Future[object]) -> None:
        self.pid = pid
        self.future = future
        self.sent = bytearray()


class ForkedProcesses(Executor):
    """Does each task in a process of its own, at most ``limit`` at a time; ``wait`` brings the results.

    A process sends its result through a pipe that nobody else can write to, and ends: whatever becomes of it, the pipe
    ends too. One that did not send all has failed.

    Raises:
        OSError: there is no memory to share.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._children: dict[int, _Child] = {}  # by the pipe to read from
        # What each has read, in a place of its own: a lock could die with the one that holds it.
        self._read = mmap(-1, _SLOTS * _COUNT.size)
        self._made = 0

    def submit(self, task: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Fork a process for a task that takes a function to tell read bytes to, as ``progress``.

        Raises:
            RuntimeError: no process can be made, or none can be made safely: of other threads a forked process has
                the locks and nobody who would release them.
        """
        while len(self._children) >= self._limit:
            self.wait(None)
        if threading.active_count() > 1:
            raise RuntimeError("no fork beside other threads")
        slot = self._made % _SLOTS * _COUNT.size
        try:
            reading, writing = os.pipe()
        except OSError as error:
            raise RuntimeError("no more pipes") from error
        parent = os.getpid()
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            future: Future[Any] = Future()
            pid = os.fork()
            self._children[reading] = _Child(pid, future)
            if not pid:
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and says what is to be done
                self._do(writing, parent, slot, task, arguments, named)
        except OSError as error:
            os.close(reading)
            raise RuntimeError("no more processes") from error
        finally:
            os.close(writing)
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        self._made += 1
        return future

    def _do(
        self,
        pipe: int,
        parent: int,
        slot: int,
        task: Callable[..., object],
        arguments: tuple[object, ...],
        named: dict[str, object],
    ) -> NoReturn:
        """In the new process: do the task, send its result and end. Nothing of the parent's code runs any more."""
        code = 1
        try:
            end_with_parent()
            gc.freeze()

            def tell(count: int) -> None:
                if os.getppid() != parent:
                    os._exit(1)
                _COUNT.pack_into(self._read, slot, _COUNT.unpack_from(self._read, slot)[0] + count)

            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            data = pickle.dumps(task(*arguments, progress=tell, **named), pickle.HIGHEST_PROTOCOL)
            _send(pipe, data)
            code = 0
        finally:
            os._exit(code)

    def wait(self, seconds: float | None) -> None:
        """Take what the processes send, at most for so long, until one of them has ended (None: however long)."""
        if not self._children:
            return
        poll = select.poll()
        for pipe in self._children:
            poll.register(pipe, select.POLLIN)
        for pipe, _ in poll.poll(None if seconds is None else 1000 * seconds):
            child = self._children[pipe]
            piece = os.read(pipe, _PIECE)
            child.sent += piece
            if not piece:
                del self._children[pipe]
                os.close(pipe)
                os.waitpid(child.pid, 0)
                _finish(child)

    def bytes_read(self) -> int:
        """Return how many bytes all tasks have read."""
        return sum(count for (count,) in _COUNT.iter_unpack(self._read))

    def stop(self) -> None:
        """End the processes, whatever they do."""
        for pipe, child in self._children.items():
            os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
            os.close(pipe)
        self._children.clear()
        self._read.close()


def _send(pipe: int, data: bytes) -> None:
    for part in (_LENGTH.pack(len(data)), data):
        view = memoryview(part)
        while view:
            view = view[os.write(pipe, view) :]


def _finish(child: _Child) -> None:
    sent = memoryview(child.sent)
    if len(sent) < _LENGTH.size or len(sent) != _LENGTH.size + _LENGTH.unpack_from(sent)[0]:
        child.future.set_exception(BrokenExecutor("a process ended before its result was sent"))
        return
    child.future.set_result(pickle.loads(sent[_LENGTH.size :]))  # noqa: S301 (of a process of our own)
