"""Files of a fleet's folder: each is there whole or not at all, whoever is killed while it is written."""

from __future__ import annotations

import os
from contextlib import suppress


def write_whole(path: str, data: bytes) -> None:
    """Put a file in the place of what had its name, in one step.

    It is not forced to the disk: after a power failure it may be empty, and whoever reads it takes that for missing.

    Raises:
        OSError: it cannot be written; the old one is as it was.
    """
    folder, name = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    beside = os.path.join(folder, f".{name[:32]}.{os.urandom(8).hex()}.tmp")
    try:
        with open(beside, "xb") as file:  # noqa: PTH123 (as everywhere here: paths are texts)
            file.write(data)
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def read_whole(path: str, limit: int) -> bytes | None:
    """Return a file's content; None where there is none, or one that is larger than anything written here."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            data = file.read(limit + 1)
    except OSError:
        return None
    return data if len(data) <= limit else None
