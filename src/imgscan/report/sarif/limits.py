"""What GitHub code scanning takes. Source: its REST API documentation, "Upload an analysis as SARIF data"."""

from __future__ import annotations

import msgspec


class UploadLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Beyond ``runs`` or ``results`` (a run) an upload is refused; of results it shows ``shown``, of tags ``tags``.

    ``gzip_bytes`` is the size of the compressed file.
    """

    runs: int = 20
    results: int = 25_000
    shown: int = 5_000
    tags: int = 10
    gzip_bytes: int = 10_000_000


UPLOAD_LIMITS = UploadLimits()
