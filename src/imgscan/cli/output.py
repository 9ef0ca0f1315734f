"""Standard output and standard error, whatever becomes of who reads them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from imgscan.agents import inert
from imgscan.errors import UsageError
from imgscan.printable import printable


def send(data: bytes) -> bool:
    """Write to standard output; False where nobody reads any more (``imgscan ls | head``), which is no fault.

    Raises:
        UsageError: it cannot be written, a disk is full.
    """
    return _written(data)


def finish() -> bool:
    """Write what standard output still holds back; as ``send``."""
    return _written(b"")


def _written(data: bytes) -> bool:
    try:
        if data:
            sys.stdout.buffer.write(data)
        else:
            sys.stdout.flush()
    except BrokenPipeError:
        forget_output()
        return False
    except OSError as error:
        forget_output()
        raise UsageError(f"standard output cannot be written ({error.strerror})") from None
    return True


def forget_output() -> None:
    """Keep Python from writing at exit what could not be written now."""
    with suppress(OSError, ValueError):  # ValueError: a stream without a number, in a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(text: str) -> None:
    """Write to standard error, each line with nothing in it that acts on a terminal; lost where nobody can read it."""
    with suppress(OSError, ValueError):
        for line in text.split("\n"):
            print(inert(printable(line)), file=sys.stderr)
