"""Times that no build on an honest clock leaves: before 1970, or after the image says that it was made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_DAY_NS = 86_400 * 10**9
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FAR_NS = 4_102_444_800 * 10**9
"""The first of January 2100: later than any image, whatever its config says."""


def created_ns(text: str | None) -> int | None:
    """Return a config's date in nanoseconds since the epoch; None for none, or one that says nothing (up to 1980)."""
    try:
        result = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    if result.tzinfo is None:
        return None
    try:
        seconds = (result - _EPOCH) // timedelta(seconds=1)
    except OverflowError:
        return None
    return seconds * 10**9 if result.year > 1980 else None


def latest_honest_ns(created: str | None) -> int:
    """Return the time after which a file is from the future: a day after the image was made."""
    made = created_ns(created)
    return FAR_NS if made is None else made + _DAY_NS


def describe_time(time_ns: int) -> str:
    """Return a time as a date, or its seconds where no calendar has it."""
    try:
        return (_EPOCH + timedelta(seconds=time_ns // 10**9)).date().isoformat()
    except OverflowError:
        return f"{time_ns // 10**9} s after 1970"
