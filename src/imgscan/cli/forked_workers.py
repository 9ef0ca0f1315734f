"""Forked processes for the tasks of a fleet: they stay, so that what one of them has compiled and read is at hand."""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
import struct
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from contextlib import suppress
from typing import NamedTuple, NoReturn, TypeVar, cast

from imgscan.cli.confine import end_with_parent

_LENGTH = struct.Struct("<Q")
_PIECE = 1 << 20

Result = TypeVar("Result")


class _Work(NamedTuple):
    future: Future[object]
    data: bytes


class _Child:
    """A process: the pipes to it and from it, what it is at, what it has sent of its result."""

    def __init__(self, pid: int, tasks: int, results: int) -> None:
        self.pid = pid
        self.tasks = tasks
        self.results = results
        self.work: _Work | None = None
        self.sent = bytearray()

    def take(self, work: _Work) -> None:
        self.work, self.sent = work, bytearray()
        _send(self.tasks, work.data)

    def is_done(self) -> bool:
        """Whether all of the result is there."""
        return len(self.sent) >= _LENGTH.size and len(self.sent) == _LENGTH.size + _LENGTH.unpack_from(self.sent)[0]


class ForkedWorkers:
    """Workers of a fleet (``imgscan.fleet.workers.Workers``) forked from this process, in which is no other thread.

    Tasks and results go through pipes that nobody else has: no lock is shared that could die with who holds it, and a
    process that ends costs the one task that it was at. Forked in a confined process they are confined as it is.
    """

    def __init__(self, processes: int) -> None:
        self.slots = processes
        self._children: dict[int, _Child] = {}  # by the pipe to read from
        self._waiting: deque[_Work] = deque()

    def submit(self, key: str, function: Callable[..., Result], /, *arguments: object) -> Future[Result]:
        """Hand in a task.

        Raises:
            RuntimeError: no process can be made, or none can be made safely.
        """
        future: Future[object] = Future()
        data = pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL)
        self._waiting.append(_Work(future, _LENGTH.pack(len(data)) + data))
        self._hand_out()
        return cast("Future[Result]", future)

    def wait(self, seconds: float | None) -> None:
        """Take what the processes send, at most for so long, until there is something (None: however long)."""
        self._hand_out()
        poll = select.poll()
        for pipe in self._children:
            poll.register(pipe, select.POLLIN)
        for pipe, _ in poll.poll(None if seconds is None else 1000 * seconds):
            self._receive(self._children[pipe])

    def renew(self) -> bool:
        """Say yes: another process takes the place of one that ended."""
        return True

    def close(self) -> None:
        """End the processes, whatever they do."""
        self._waiting.clear()
        for child in self._children.values():
            os.close(child.tasks)  # one that has nothing to do ends now
            os.close(child.results)
            if child.work is not None:
                with suppress(PermissionError):  # where a sandbox forbids it, it ends with its task, or the work
                    os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
        self._children.clear()

    def _hand_out(self) -> None:
        idle = deque(child for child in self._children.values() if child.work is None)
        while self._waiting and (idle or len(self._children) < self.slots):
            child = idle.popleft() if idle else self._forked()
            work = self._waiting.popleft()
            try:
                child.take(work)
            except BrokenPipeError:  # it ended while it had nothing to do
                child.work = None
                self._lose(child)
                self._waiting.appendleft(work)

    def _receive(self, child: _Child) -> None:
        piece = os.read(child.results, _PIECE)
        child.sent += piece
        if not piece:
            self._lose(child)
        elif child.is_done() and child.work is not None:
            future, child.work = child.work.future, None
            error, result = pickle.loads(memoryview(child.sent)[_LENGTH.size :])  # noqa: S301 (of a process of our own)
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

    def _lose(self, child: _Child) -> None:
        """Forget a process that ended; what it was at has failed."""
        del self._children[child.results]
        self._bury(child)
        if child.work is not None:
            child.work.future.set_exception(BrokenExecutor("a process ended before its result was sent"))
            child.work = None

    def _bury(self, child: _Child) -> None:
        for pipe in (child.tasks, child.results):
            os.close(pipe)
        os.waitpid(child.pid, 0)

    def _forked(self) -> _Child:
        if threading.active_count() > 1:
            raise RuntimeError("no fork beside other threads")
        tasks, results = os.pipe(), os.pipe()
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            pid = os.fork()
            if not pid:
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and ends this process
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
                self._serve(tasks, results)
        except OSError as error:
            for pipe in (*tasks, *results):
                os.close(pipe)
            raise RuntimeError("no more processes") from error
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        os.close(tasks[0])
        os.close(results[1])
        child = self._children[results[0]] = _Child(pid, tasks[1], results[0])
        return child

    def _serve(self, tasks: tuple[int, int], results: tuple[int, int]) -> NoReturn:
        """In the new process: do one task after the other until there are no more. Nothing else runs any more."""
        code = 1
        try:
            end_with_parent()
            gc.freeze()
            for child in self._children.values():  # an end of a pipe that is open here would not be seen to close
                os.close(child.tasks)
                os.close(child.results)
            os.close(tasks[1])
            os.close(results[0])
            while (data := _received(tasks[0])) is not None:
                _send(results[1], _answer(data))
            code = 0
        finally:
            os._exit(code)


def _answer(data: bytes) -> bytes:
    """Do a task and return its result, or what it raised, as they are sent."""
    answer: tuple[BaseException | None, object]
    try:
        function, arguments = pickle.loads(data)  # noqa: S301 (of the process that forked this one)
        answer = None, function(*arguments)
    except Exception as error:  # noqa: BLE001 (whoever waits for the result raises it)
        answer = error, None
    try:
        sent = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        pickle.loads(sent)  # noqa: S301 (an exception may pickle, and not come back)
    except Exception as error:  # noqa: BLE001 (what cannot be sent is told)
        text = f"{type(answer[0] or error).__name__}: {answer[0] or error}"
        sent = pickle.dumps((RuntimeError(text), None), pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(sent)) + sent


def _received(pipe: int) -> bytes | None:
    head = _exactly(pipe, _LENGTH.size)
    return None if head is None else _exactly(pipe, _LENGTH.unpack(head)[0])


def _exactly(pipe: int, size: int) -> bytes | None:
    """Return so many bytes; None where the other end is closed."""
    parts, left = [], size
    while left:
        piece = os.read(pipe, min(left, _PIECE))
        if not piece:
            return None
        parts.append(piece)
        left -= len(piece)
    return b"".join(parts)


def _send(pipe: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view) :]
