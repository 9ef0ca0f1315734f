"""A store in memory, which counts what it is asked for; and reports as they are but for what they say of a store."""

from __future__ import annotations

from msgspec.structs import replace

from imgscan.report.document import Report


class MemoryStore:
    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.puts = 0

    def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    def put(self, key: str, value: bytes) -> None:
        self.puts += 1
        self.values[key] = value


def plain(report: Report) -> Report:
    """Return a report without what it says of a store."""
    return replace(report, coverage=replace(report.coverage, from_store=None))
