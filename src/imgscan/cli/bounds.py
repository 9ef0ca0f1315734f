"""Bounds given as words: ``--limit NAME=VALUE``, ``--timeout SECONDS``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from msgspec.structs import replace

from imgscan.errors import UsageError
from imgscan.model.limits import Limits

_VALUE = re.compile(r"(\d{1,15})(?:([KMG])(?:iB)?)?", re.ASCII)
_FACTORS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def limits_of(texts: Sequence[str], limits: Limits) -> Limits:
    """Return ``limits`` with those that ``texts`` give, ``NAME=VALUE`` each; of two for one name the last holds.

    Raises:
        UsageError: no such name, or no whole number from 1 on (``64MiB`` is one).
    """
    given: dict[str, int] = {}
    for text in texts:
        name, _, value = text.partition("=")
        name = name.strip().replace("-", "_")
        if name not in Limits.__struct_fields__:
            near = get_close_matches(name[:80], Limits.__struct_fields__, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(Limits.__struct_fields__)}"
            raise UsageError(f"--limit: no limit {name or text!r}; {hint}")
        match = _VALUE.fullmatch(value.strip().replace("_", ""))
        number = int(match[1]) * _FACTORS.get(match[2] or "", 1) if match else 0
        if number < 1:
            raise UsageError(f"--limit: {name} takes a whole number from 1 on, also 64MiB or 2G; not {value!r}")
        given[name] = number
    return replace(limits, **given)


def seconds_of(text: str | None) -> float | None:
    """Return the seconds of ``--timeout``, None without it.

    Raises:
        UsageError: no number above 0.
    """
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise UsageError(f"--timeout takes seconds, a number above 0; not {text!r}")
    return seconds
