"""Digests of the image's programs, and comparing them with the forms that package databases write them in."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode

from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.packages.programs import Digests, HashedFile, ProgramDigests

_HEX_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64}


def visible_programs(view: ImageView) -> tuple[LocatedFact[HashedFile], ...]:
    """Return the facts of the programs and sources that the image shows; made to be used through ``view.derived``."""
    return tuple(view.visible(ProgramDigests))


def same_digest(recorded: str, computed: Digests) -> bool | None:
    """Whether a recorded digest (``algorithm:value``) is that of the content; None when it cannot be compared.

    The value is hex or, as in RECORD, urlsafe base64 without padding.
    """
    algorithm, _, value = recorded.partition(":")
    computed_value = computed.get(algorithm)
    size = _HEX_DIGITS.get(algorithm)
    if computed_value is None or size is None:
        return None
    return (value if len(value) == size else _hex(value)) == computed_value


def _hex(value: str) -> str:
    try:
        return urlsafe_b64decode(value + "=" * (-len(value) % 4)).hex()
    except (binascii.Error, ValueError):
        return ""
