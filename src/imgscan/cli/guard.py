"""From whatever happens while a command runs to its exit code, and to one line where it is no answer."""

from __future__ import annotations

import os
from collections.abc import Callable

from imgscan.cli.codes import FAULT, INTERRUPTED, UNREADABLE, USAGE
from imgscan.cli.faults import fault_line, is_shortage, last_resort, out_of_memory
from imgscan.cli.output import complain
from imgscan.errors import ArchiveError, ImgscanError, UsageError


def guarded(run: Callable[[], int]) -> int:
    """Return the exit code of ``run``, or that of what it raised, which is told on standard error."""
    try:
        with last_resort():
            return run()
    except UsageError as error:
        complain(f"imgscan: {error}")
        return USAGE
    except ImgscanError as error:
        complain(f"imgscan: {error}")
        _advise(error)
        return UNREADABLE
    except KeyboardInterrupt:
        return interrupted()
    except OSError as error:  # what is written, and nearly all that is read, is under errors of our own
        complain(fault_line(error))
        return FAULT if is_shortage(error) else UNREADABLE
    except Exception as error:  # noqa: BLE001 (the very last: a traceback tells nobody what to do)
        if is_shortage(error):
            out_of_memory()
        else:
            complain(fault_line(error))
        return FAULT


def _advise(error: ImgscanError) -> None:
    """Say what to do where an image is named as a registry or a daemon knows it, and no file has that name."""
    from imgscan.cli.hints import hint_on

    source = error.position.source if isinstance(error, ArchiveError) else None
    if source is not None and not os.path.exists(source) and (hint := hint_on(source)):
        complain(f"imgscan: {hint}")


def interrupted() -> int:
    """Say so; another interrupt changes nothing any more."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.write(2, b"imgscan: interrupted\n")
    return INTERRUPTED
