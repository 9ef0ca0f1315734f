"""Compiled patterns kept in a directory that the caller names; nothing is written without one."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import stat
from pathlib import Path
from threading import Lock

from imgscan.files import NewFile
from imgscan.matching.multipattern import (
    Compiler,
    Expression,
    MultiPattern,
    compile_patterns,
    engine_version,
    load_patterns,
)

_MAGIC = b"imgscan patterns 1\n"
_DIGEST = 32
_LARGEST = 64 << 20
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_FLAGS = os.O_RDONLY
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
    _FLAGS |= getattr(os, _name, 0)  # no system has all of them


def compiler(directory: str | None) -> Compiler:
    """Return what compiles patterns, keeping them in ``directory``; without one nothing is read or written."""
    return compile_patterns if directory is None else PatternCache(directory)


class CompiledOnce:
    """Has each set of patterns compiled once, whichever thread asks first, and keeps it as long as itself."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._compiled: dict[tuple[Expression, ...], MultiPattern] = {}
        self._lock = Lock()

    def __call__(self, expressions: tuple[Expression, ...]) -> MultiPattern:
        """Return the compiled set.

        Raises:
            ValueError: as ``compile_patterns``.
        """
        with self._lock:
            result = self._compiled.get(expressions)
            if result is None:
                result = self._compiled[expressions] = self._compiler(expressions)
            return result


class PatternCache:
    """A directory of compiled sets; each is loaded once, and may then be used from several threads.

    The key is the digest of the expressions, the library's version and the processor's features: a compiled set
    serves no other. What is kept are rules, never anything of an image. A file that cannot be read, is damaged, or
    that another user may have written is as good as none; one that cannot be written is no fault.
    """

    def __init__(self, directory: str) -> None:
        self._directory = Path(directory)
        self._loaded: dict[tuple[Expression, ...], MultiPattern] = {}
        self._lock = Lock()

    def __call__(self, expressions: tuple[Expression, ...]) -> MultiPattern:
        """Return the compiled set, from the directory where it fits.

        Raises:
            ValueError: as ``compile_patterns``.
        """
        with self._lock:
            result = self._loaded.get(expressions)
            if result is None:
                result = self._loaded[expressions] = self._kept(expressions)
            return result

    def _kept(self, expressions: tuple[Expression, ...]) -> MultiPattern:
        path = self._directory / f"patterns-{_key(expressions)}.hsdb"
        with contextlib.suppress(OSError, ValueError):  # ValueError: a path with a NUL
            loaded = load_patterns(_checked(_own_bytes(path)))
            if loaded is not None:
                return loaded
        compiled = compile_patterns(expressions)
        serialized = compiled.serialized()
        if serialized is not None:
            with contextlib.suppress(OSError, ValueError):
                _write(path, _MAGIC + hashlib.sha256(serialized).digest() + serialized)
        return compiled


def _own_bytes(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        OSError: it cannot be read, or another user could have written it: the library that loads it trusts it.
    """
    handle = os.open(path, _FLAGS)  # does not wait for a FIFO's writer
    with os.fdopen(handle, "rb") as file:
        result = os.fstat(handle)
        if not stat.S_ISREG(result.st_mode) or result.st_size > _LARGEST:
            raise OSError(f"{path}: no file of compiled patterns")
        if hasattr(os, "geteuid") and (result.st_uid != os.geteuid() or result.st_mode & _OTHERS_WRITE):
            raise OSError(f"{path}: others may have written it")
        return file.read()


def _checked(data: bytes) -> bytes:
    """Return what a kept file holds; nothing where its digest is not that of its content."""
    start = len(_MAGIC) + _DIGEST
    body = data[start:]
    whole = data.startswith(_MAGIC) and hashlib.sha256(body).digest() == data[len(_MAGIC) : start]
    return body if whole else b""


def _key(expressions: tuple[Expression, ...]) -> str:
    made = hashlib.sha256(usedforsecurity=False)
    for part in (engine_version(), platform.machine(), _processor_features(), *map(repr, expressions)):
        made.update(part.encode() + b"\0")
    return made.hexdigest()[:32]


def _processor_features() -> str:
    try:
        with Path("/proc/cpuinfo").open("rb") as file:
            text = file.read(1 << 14).decode("ascii", "replace")  # the first processor: they are alike
    except OSError:  # not Linux
        return platform.processor()
    return next((line for line in text.splitlines() if line.startswith(("flags", "Features"))), "")


def _write(path: Path, data: bytes) -> None:
    """Write whole or not at all, for this user alone: another process may read at any time."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        if not stat.S_ISREG(path.lstat().st_mode):
            path.unlink()  # a FIFO, a link: nothing that is to be kept or written through
    NewFile(str(path), data, mode=0o600).commit()
