"""JSON documents of an image, decoded or refused. orjson is wrapped here."""

from __future__ import annotations

from typing import Any

import orjson

from imgscan.errors import ManifestError, Position


def member(value: object, *names: str) -> object:
    """Return what stands in an object under a name, or under names one below the other; None where there is none.

    Documents of others hold anything: a value that is no object has no members.
    """
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def parse_json(data: bytes, name: str) -> Any:
    """Return the decoded document.

    Raises:
        ManifestError: not JSON; ``name`` is the member or blob it stands in, the offset that of the fault.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        offset = len(error.doc[: error.pos].encode("utf-8", "replace")) if isinstance(error.doc, str) else error.pos
        raise ManifestError(f"not JSON ({error.msg})", Position(source=name, offset=offset)) from None
