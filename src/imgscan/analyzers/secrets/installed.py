"""Whether a file is as its package installed it: then what it holds is everybody's, and no secret of this image."""

from __future__ import annotations

from collections.abc import Mapping

from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.packages.digests import same_digest
from imgscan.system.packages.owners import owners
from imgscan.system.packages.programs import Digests

ALGORITHMS = ("md5", "sha1", "sha256")
"""What package databases record: dpkg's md5sums, apk's and older rpm's SHA-1, rpm's and RECORD's SHA-256."""


def package_of(view: ImageView, fact: LocatedFact, observed: Mapping[str, str]) -> str:
    """Return which package recorded this content, as ``name (type)``; empty where none did.

    ``observed`` are digests that the analyzer itself took; else those that the survey took of a file with hits.
    """
    computed = Digests(**(observed or view.digests_of(fact.ref)))
    if not computed:
        return ""
    index = view.derived(owners)
    for path in (*fact.names, fact.path):
        for package, file in index.claims(path):
            if file.digest and same_digest(file.digest, computed):
                record = package.record
                return f"{record.name} ({record.type})"
    return ""
