"""The document ``imgscan.toml``: decisions (a ``Policy``) and defaults for the options of a scan."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from imgscan.errors import UsageError
from imgscan.formats.path import clean_path
from imgscan.model.finding import Severity
from imgscan.model.limits import Limits
from imgscan.model.policy import Policy, TrustedBase
from imgscan.policy.ports import port_names
from imgscan.policy.table import Table, table_of

_KEYS = (
    "fail_on formats analyzers skip rules platform jobs cache exceptions baseline limits severities controls "
    "allow trusted_base"
).split()
_DIFF_ID = re.compile(r"sha256:[0-9a-f]{64}")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a configuration says: ``policy`` as far as it stands in the file itself, defaults for options.

    None and an empty tuple leave an option as it is. ``exceptions``, ``baseline`` and ``base_files`` (name and file of
    a trusted base) are paths as written, relative to the configuration's folder: they are read by ``load``. ``ignored``
    is what the file ``source`` says and may not: it lies in the current folder, and nobody named it.
    """

    policy: Policy = Policy()
    formats: tuple[str, ...] = ()
    analyzers: tuple[str, ...] | None = None
    skip: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    platform: str | None = None
    jobs: int | None = None
    cache: str | None = None
    limits: Limits = Limits()
    exceptions: tuple[str, ...] = ()
    baseline: str | None = None
    base_files: tuple[tuple[str, str], ...] = ()
    source: str | None = None
    ignored: tuple[str, ...] = ()


def parse_settings(text: str, source: str) -> Settings:
    """Return what ``imgscan.toml`` says.

    Raises:
        UsageError: it is not TOML, a key is unknown, a value is of another type; the message names file and key.
    """
    return settings_of(table_of(text, source))


def parse_pyproject(text: str, source: str) -> Settings | None:
    """Return what ``[tool.imgscan]`` of a ``pyproject.toml`` says, None where there is no such table.

    Raises: as ``parse_settings``.
    """
    tool = table_of(text, source).table("tool")
    table = tool.table("imgscan") if tool is not None else None
    return None if table is None else settings_of(table)


def settings_of(table: Table) -> Settings:
    """Return what the table says, whichever file it stands in.

    Raises:
        UsageError: as ``parse_settings``.
    """
    table.only(_KEYS)
    inline, files = _trusted_bases(table)
    return Settings(
        policy=Policy(
            severities=_severities(table),
            controls_off=_controls_off(table),
            trusted_bases=inline,
            fail_on=table.level("fail_on"),
            **_allowed(table),
        ),
        formats=table.texts("formats") or (),
        analyzers=table.texts("analyzers"),
        skip=table.texts("skip") or (),
        rules=table.texts("rules") or (),
        platform=table.text("platform"),
        jobs=table.number("jobs", 0),
        cache=table.text("cache"),
        limits=_limits(table),
        exceptions=table.texts("exceptions") or (),
        baseline=table.text("baseline"),
        base_files=files,
    )


def _severities(table: Table) -> dict[str, Severity]:
    result = table.table("severities")
    if result is None:
        return {}
    levels = {key: result.level(key) for key in result.keys()}  # noqa: SIM118 (a Table, no dict)
    return {key: level for key, level in levels.items() if level is not None}


def _controls_off(table: Table) -> frozenset[str]:
    result = table.table("controls")
    if result is None:
        return frozenset()
    result.only(("off",))
    return frozenset(result.texts("off") or ())


def _allowed(table: Table) -> dict[str, Any]:
    result = table.table("allow")
    if result is None:
        return {}
    result.only(("ports", "setuid", "packages", "users"))
    lists = {key: result.texts(key) for key in ("ports", "setuid", "packages", "users")}
    allowed = {key: None if items is None else frozenset(items) for key, items in lists.items()}
    if lists["setuid"] is not None:
        allowed["setuid"] = frozenset("/" + clean_path(path) for path in lists["setuid"])
    if lists["ports"] is not None:
        try:
            allowed["ports"] = frozenset(name for text in lists["ports"] for name in port_names(text))
        except ValueError as error:
            raise result.fault("ports", f"{error} is no port; write 8080, 8080/tcp or 8000-8010/udp") from None
    return allowed


def _limits(table: Table) -> Limits:
    result = table.table("limits")
    if result is None:
        return Limits()
    result.only(Limits.__struct_fields__)
    return Limits(**{key: number for key in result.keys() if (number := result.number(key, 1))})  # noqa: SIM118 (a Table)


def _trusted_bases(table: Table) -> tuple[tuple[TrustedBase, ...], tuple[tuple[str, str], ...]]:
    """Return the bases whose diff_ids stand in the file, and those that name another file."""
    inline: list[TrustedBase] = []
    files: list[tuple[str, str]] = []
    for item in table.tables("trusted_base"):
        item.only(("name", "diff_ids", "file"))
        name = item.needed("name", "it says which base image this is")
        diff_ids, file = item.texts("diff_ids"), item.text("file")
        if (diff_ids is None) is (file is None):
            raise item.fault("diff_ids", "give either diff_ids or file")
        if file is not None:
            files.append((name, file))
        else:
            inline.append(TrustedBase(name, _checked(diff_ids or (), item.source)))
    return tuple(inline), tuple(files)


def parse_trusted_base(name: str, text: str, source: str) -> TrustedBase:
    """Return a trusted base whose diff_ids are the lines of a file, the lowest first; # begins a comment.

    Raises:
        UsageError: a line is no diff_id, or there is none.
    """
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return TrustedBase(name, _checked(tuple(line for line in lines if line), source))


def _checked(diff_ids: tuple[str, ...], source: str) -> tuple[str, ...]:
    odd = next((item for item in diff_ids if not _DIFF_ID.fullmatch(item)), None)
    if odd is not None or not diff_ids:
        description = f"{odd!r:.90} is no diff_id" if odd is not None else "no diff_ids"
        raise UsageError(f"{source}: {description}; write sha256: and 64 hexadecimal digits, the lowest layer first")
    return diff_ids
