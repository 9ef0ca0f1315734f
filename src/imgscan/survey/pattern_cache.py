"""Compiled patterns kept in a directory that the caller names; nothing is written without one."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import tempfile
from pathlib import Path

from imgscan.formats.multipattern import (
    Expression,
    MultiPattern,
    compile_patterns,
    engine_version,
    load_patterns,
)

_MAGIC = b"imgscan patterns 1\n"


def cached_patterns(expressions: tuple[Expression, ...], directory: str) -> MultiPattern:
    """Return the compiled set, from ``directory`` where it fits; a file that cannot be read or written is no fault.

    The key is the digest of the expressions, the library's version and the processor's features: a compiled set
    serves no other. What is kept are rules, never anything of an image.
    """
    path = Path(directory) / f"patterns-{_key(expressions)}.hsdb"
    with contextlib.suppress(OSError):
        data = path.read_bytes()
        digest, body = data[len(_MAGIC) : len(_MAGIC) + 32], data[len(_MAGIC) + 32 :]
        if data.startswith(_MAGIC) and hashlib.sha256(body, usedforsecurity=False).digest() == digest:
            loaded = load_patterns(body)
            if loaded is not None:
                return loaded
    compiled = compile_patterns(expressions)
    serialized = compiled.serialized()
    if serialized is not None:
        with contextlib.suppress(OSError):
            _write(path, _MAGIC + hashlib.sha256(serialized, usedforsecurity=False).digest() + serialized)
    return compiled


def _key(expressions: tuple[Expression, ...]) -> str:
    made = hashlib.sha256(usedforsecurity=False)
    for part in (engine_version(), platform.machine(), _processor_features(), *map(repr, expressions)):
        made.update(part.encode() + b"\0")
    return made.hexdigest()[:32]


def _processor_features() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("ascii", "replace")
    except OSError:  # not Linux
        return platform.processor()
    return next((line for line in text.splitlines() if line.startswith(("flags", "Features"))), "")


def _write(path: Path, data: bytes) -> None:
    """Write whole or not at all: another process may read at any time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".patterns-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
