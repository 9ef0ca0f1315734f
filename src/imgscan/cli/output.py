"""Standard output when nobody reads it any more."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def readers_gone() -> Iterator[None]:
    """Let writing end where the reader has gone (``imgscan ls | head``): no fault, and no change of the exit code."""
    try:
        yield
    except BrokenPipeError:
        forget_output()


def forget_output() -> None:
    """Keep Python from writing at exit what could not be written now."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
