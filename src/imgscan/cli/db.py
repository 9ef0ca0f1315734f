"""imgscan db: the database of advisories, from what was carried in; and what it says of one vulnerability."""

from __future__ import annotations

import argparse
import os
import re
import sys
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from imgscan.cli.writing import encoded, write_out
from imgscan.errors import ManifestError, UsageError
from imgscan.printable import printable
from imgscan.wording import counted, human_bytes

if TYPE_CHECKING:
    from imgscan.advisories.record import Statement

_WIDTH = 80
_ID = re.compile(r"[A-Za-z]{2,12}(?:-[A-Za-z0-9]+)?-[A-Za-z0-9:.-]*\d[A-Za-z0-9:.-]*", re.ASCII)
_MAX_LISTED = 40


def database_file() -> str | None:
    """Return where the user's database is, there or not; None where there is no home.

    Source: XDG Base Directory Specification 0.8: ``XDG_DATA_HOME`` where it is an absolute path, else
    ``~/.local/share``; ``~/Library/Application Support`` on macOS, ``LOCALAPPDATA`` on Windows.
    """
    given = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_DATA_HOME", "")
    if Path(given).is_absolute():
        return str(Path(given) / "imgscan/advisories.db")
    try:
        home = Path.home()
    except RuntimeError:
        return None
    folder = home / "Library/Application Support" if sys.platform == "darwin" else home / ".local/share"
    return str(folder / "imgscan/advisories.db") if home.is_absolute() else None


def database_of(arguments: argparse.Namespace, environment: Mapping[str, str]) -> str | None:
    """Return the database to match packages with: the one that was named, else the user's where there is one.

    Raises:
        UsageError: the one that was named is not there.
    """
    if getattr(arguments, "no_db", False):
        return None
    named = getattr(arguments, "db", None) or environment.get("IMGSCAN_DB", "").strip()
    if named:
        if not os.path.isfile(named):
            raise UsageError(f"{printable(named)}: no such database; imgscan db import makes one")
        return str(named)
    default = database_file()
    return default if default is not None and os.path.isfile(default) else None


def run_db(arguments: argparse.Namespace) -> int:
    """Import advisories, say what there is, or check the file."""
    path = arguments.db or os.environ.get("IMGSCAN_DB", "").strip() or database_file()
    if path is None:
        raise UsageError("there is no data folder: name a file with --db")
    text, code = {"import": _imported, "check": _checked}.get(arguments.action, _described)(path, arguments)
    write_out(encoded(text, None))
    return code


def _imported(path: str, arguments: argparse.Namespace) -> tuple[str, int]:
    from imgscan.advisories.database import import_into
    from imgscan.advisories.sources import read_source

    items = (item for source in arguments.paths for item in read_source(source))
    try:
        counts = import_into(path, items, datetime.now(UTC).date().isoformat())
    except ManifestError as error:
        raise UsageError(f"{error}; the database is as it was") from None
    parts = f"{counts.new} new, {counts.changed} changed, {counts.same} the same, {counts.withdrawn} withdrawn"
    ranks = f"; {counted(counts.ranks, 'rank')} of EPSS and CISA" if counts.ranks else ""
    return f"{printable(path)}: advisories: {parts}{ranks}; {human_bytes(os.path.getsize(path))}\n", 0


def _described(path: str, arguments: argparse.Namespace) -> tuple[str, int]:
    from imgscan.advisories.database import Advisories

    with Advisories(path) as database:
        lines = [f"{printable(path)}: {human_bytes(os.path.getsize(path))}, last import {database.imported()}"]
        for source in database.sources():
            lines.append(f"  {printable(source.name):<28} {source.advisories:>9,}  {source.imported}")
        lines.append("what it speaks of:")
        for ecosystem, releases in sorted(database.releases().items()):
            names = ", ".join(printable(name) for name in sorted(releases)[:_MAX_LISTED] if name)
            total = sum(releases.values())
            lines.append(f"  {printable(ecosystem):<28} {total:>9,}" + (f"  {names}" if names else ""))
    return "\n".join(lines) + "\n", 0


def _checked(path: str, arguments: argparse.Namespace) -> tuple[str, int]:
    from imgscan.advisories.database import Advisories

    with Advisories(path) as database:
        fault = database.fault()
    return f"{printable(path)}: {printable(fault) if fault else 'sound'}\n", 1 if fault else 0


def is_advisory(name: str) -> bool:
    """Whether a text is an id of an advisory (``CVE-2024-3094``, ``GHSA-...``), and no rule or control."""
    return _ID.fullmatch(name) is not None


def explained_advisory(name: str, arguments: argparse.Namespace) -> str:
    """Return what the database says of an advisory, or of a vulnerability that advisories have among their aliases.

    Raises:
        UsageError: there is no database, or it says nothing of it.
    """
    from imgscan.advisories.database import Advisories

    path = database_of(arguments, os.environ)
    if path is None:
        raise UsageError(f"{printable(name)}: there is no database of advisories; imgscan db import makes one")
    with Advisories(path) as database:
        known = list(database.named(name))
        if not known:
            raise UsageError(f"the database says nothing of {printable(name)}; its last import: {database.imported()}")
        names = sorted({each for item in known for each in (item.id.partition("+")[0], *item.aliases)})
        epss, exploited = database.ranks(names)
    lines = [printable(name)]
    others = [each for each in names if each != name]
    if others:
        lines[0] += f" ({', '.join(map(printable, others))})"
    summary = next((item.summary for item in known if item.summary), "")
    if summary:
        lines += textwrap.wrap(printable(summary), _WIDTH)
    if exploited:
        lines.append("known to be exploited (CISA)")
    if epss:
        lines.append(f"probability of being exploited in the next 30 days (EPSS): {epss:.1%}")
    rows = []
    for item in known:
        said = item.statement
        where = said.ecosystem + (f":{said.release}" if said.release else "")
        rows.append(f"  {where:<20} {said.package:<32} {said.rating:<10} {_fixes(item.statement)}")
    rows = list(dict.fromkeys(rows))
    lines += map(printable, rows[:_MAX_LISTED])
    if len(rows) > _MAX_LISTED:
        lines.append(f"  and {len(rows) - _MAX_LISTED} more packages")
    return "\n".join(lines) + "\n"


def _fixes(statement: Statement) -> str:
    fixes = [f"fixed in {event.fixed}" for events in statement.ranges for event in events if event.fixed]
    return ", ".join([*fixes, statement.note] if statement.note else fixes) or "no fix"
