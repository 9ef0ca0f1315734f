"""The contract of what keeps facts from scan to scan."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class FactStore(Protocol):
    """Keeps bytes under keys, for any number of threads and processes at once.

    Keys are 64 hexadecimal digits. A store may forget whatever it likes, at any time: what is missing is computed
    again. What it gives back is checked by who asked, against damage; but who can write into it can write facts, so
    it must be open to those alone whose word a report may take.
    """

    def get(self, key: str) -> bytes | None:
        """Return the value of a key, None where there is none or where it cannot be had; raises nothing."""

    def put(self, key: str, value: bytes) -> None:
        """Keep a value, in place of the one before; raises nothing, whatever becomes of it."""
