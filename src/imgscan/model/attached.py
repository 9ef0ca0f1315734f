"""A document about an image that lies beside it in its archive: an attestation, a bill of materials."""

from __future__ import annotations

import msgspec


class AttachedDocument(msgspec.Struct, frozen=True):
    """One blob of an artifact whose subject is the image: its ``data``, or in ``damage`` why there is none."""

    digest: str
    media_type: str
    data: bytes = b""
    damage: str = ""
