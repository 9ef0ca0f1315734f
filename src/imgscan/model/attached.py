"""Documents of an image: those that make it, and those about it beside it (an attestation, a bill of materials)."""

from __future__ import annotations

import msgspec


class ImageDocument(msgspec.Struct, frozen=True):
    """A document that makes the image, as its bytes are: its config, its manifest; ``name`` is the archive's."""

    name: str
    data: bytes = b""
    damage: str = ""


class AttachedDocument(msgspec.Struct, frozen=True):
    """One blob of an artifact whose subject is the image: its ``data``, or in ``damage`` why there is none."""

    digest: str
    media_type: str
    data: bytes = b""
    damage: str = ""
