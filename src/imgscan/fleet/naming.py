"""File names for what a fleet writes: none leads out of its folder, and no two sources share one."""

from __future__ import annotations

import os
import re
from hashlib import sha256

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 60
_DIGITS = 16

ENDINGS = {
    "text": "txt",
    "json": "json",
    "jsonl": "jsonl",
    "sarif": "sarif",
    "junit": "junit.xml",
    "codequality": "codequality.json",
    "html": "html",
    "markdown": "md",
    "cyclonedx": "cdx.json",
    "spdx": "spdx.json",
}


def source_id(source: str) -> str:
    """Return what stands for a source in file names: a part of its digest."""
    return sha256(source.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]


def report_stem(source: str, position: int) -> str:
    """Return where reports on one image of a source go, without the ending: ``3f/app.tar-3f9c0e12ab34cd56-0``.

    Of the source's name only letters, digits and ``._-`` of its last part are left, for people; the digest of all of
    it tells equal names apart. The folder keeps a million of them from lying in one.
    """
    digest = source_id(source)
    word = _UNSAFE.sub("_", os.path.basename(source.rstrip("/")))[:_LONGEST].strip("._-")
    return f"{digest[:2]}/{word or 'image'}-{digest}-{position}"


def ending_of(form: str) -> str:
    """Return how a file of a format ends; formats of other packages by their name."""
    return ENDINGS.get(form) or _UNSAFE.sub("_", form).strip("._-") or "report"
