"""Records, databases and packages for the tests of advisories."""

from __future__ import annotations

import json
from pathlib import Path

from imgscan.advisories.database import Counts, import_into
from imgscan.advisories.sources import read_source

TODAY = "2026-11-30"


def record(
    identifier: str, ecosystem: str, package: str, fixed: str | None = "2.0", **more: object
) -> dict[str, object]:
    """Return a record of OSV: every version below ``fixed`` is affected, all without one."""
    events = [{"introduced": "0"}, {"fixed": fixed}] if fixed is not None else [{"introduced": "0"}]
    affected = {
        "package": {"ecosystem": ecosystem, "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {"id": identifier, "modified": "2026-01-01T00:00:00Z", "affected": [affected], **more}


def database(folder: Path, *documents: object, day: str = TODAY) -> str:
    """Return the path of a database of these documents, each a file."""
    path = str(folder / "advisories.db")
    imported(path, folder, *documents, day=day)
    return path


def imported(path: str, folder: Path, *documents: object, day: str = TODAY) -> Counts:
    source = folder / f"source-{len(list(folder.iterdir()))}"
    source.mkdir()
    for number, document in enumerate(documents):
        (source / f"{number}.json").write_text(json.dumps(document))
    return import_into(path, read_source(str(source)), day)
