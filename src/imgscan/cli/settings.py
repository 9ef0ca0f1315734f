"""What a scan is to do, from four places: the command line, the environment, the configuration, the defaults."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from imgscan.cli.bounds import limits_of, seconds_of
from imgscan.cli.cache import kept_in
from imgscan.cli.db import database_of
from imgscan.cli.output import complain
from imgscan.cli.store import ChosenStore, store_of
from imgscan.errors import UsageError
from imgscan.model.finding import Severity
from imgscan.model.options import ScanOptions
from imgscan.model.policy import Policy
from imgscan.policy.load import load_settings, with_files
from imgscan.policy.settings import Settings

VARIABLES = tuple(
    "config formats fail_on platform jobs analyzers skip rules cache store exceptions baseline db".split()
)
"""Each may be given as ``IMGSCAN_<NAME>``; lists with commas. Other variables that begin so mean nothing."""


class Chosen(NamedTuple):
    """What the four places come to; ``fail_on`` None never fails."""

    options: ScanOptions
    kept: ChosenStore
    formats: tuple[str, ...]
    fail_on: Severity | None


def chosen(arguments: argparse.Namespace) -> Chosen:
    """Return what a command is to do: the command line first, then ``IMGSCAN_*``, then the configuration.

    Rule files and exceptions of all places are added up. Reads the files that they name.

    Raises:
        UsageError: one of them makes no sense.
    """
    given = _given(os.environ)
    settings = Settings() if arguments.no_config else load_settings(arguments.config or given.get("config"))
    if settings.ignored:
        complain(
            f"imgscan: warning: {settings.source} lies in the current folder and nobody named it: "
            f"{', '.join(settings.ignored)} not followed (--config {settings.source} does)"
        )
    exceptions = (*_list(given, "exceptions"), *arguments.exceptions)
    policy = with_files(settings.policy, exceptions, arguments.baseline or given.get("baseline"))
    analyzers = arguments.analyzers or given.get("analyzers")
    skip = arguments.skip or given.get("skip")
    jobs = arguments.jobs or _jobs(given) or settings.jobs or 0
    if jobs < 0:
        raise UsageError("--jobs takes a number from 1 on")
    advisories = database_of(arguments, os.environ)
    cache = kept_in(arguments, given.get("cache") or settings.cache)
    kept = store_of(arguments, given, cache)
    options = ScanOptions(
        image=getattr(arguments, "select", None),
        platform=arguments.platform or given.get("platform") or settings.platform,
        jobs=jobs,
        analyzers=ids(analyzers) if analyzers else settings.analyzers,
        skip=ids(skip) if skip else settings.skip,
        rules=(*settings.rules, *_list(given, "rules"), *arguments.rules),
        pattern_cache=cache,
        store=kept.store,
        limits=limits_of(arguments.limit, settings.limits),
        timeout=seconds_of(arguments.timeout),
        edition=arguments.cis_edition,
        policy=policy,
        today=_today(policy, advisories),
        timing=getattr(arguments, "timing", False),
        advisories=advisories,
        vex=tuple(arguments.vex),
        ignore_unfixed=arguments.ignore_unfixed,
    )
    formats = tuple(arguments.format) or _list(given, "formats") or settings.formats
    return Chosen(options, kept, formats, _fail_on(arguments.fail_on, given, policy))


def ids(text: str | None) -> tuple[str, ...]:
    """Return the items of a list with commas."""
    return tuple(item.strip() for item in (text or "").split(",") if item.strip())


def _given(environment: Mapping[str, str]) -> dict[str, str]:
    named = ((name, environment.get(f"IMGSCAN_{name.upper()}", "").strip()) for name in VARIABLES)
    return {name: value for name, value in named if value}


def _list(given: dict[str, str], name: str) -> tuple[str, ...]:
    return ids(given.get(name))


def _jobs(given: dict[str, str]) -> int:
    text = given.get("jobs", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise UsageError("IMGSCAN_JOBS takes a number from 1 on")
    return int(text)


def _fail_on(asked: str | None, given: dict[str, str], policy: Policy) -> Severity | None:
    text = (asked or given.get("fail_on", "")).upper()
    if not text:
        return policy.fail_on
    if text not in Severity.__members__:
        raise UsageError(f"IMGSCAN_FAIL_ON takes one of {', '.join(level.name.lower() for level in Severity)}")
    return Severity[text]


def _today(policy: Policy, advisories: str | None) -> str | None:
    """Return today's date where something can expire or grow old: else a report does not depend on the clock."""
    expires = any(item.expires for item in policy.exemptions)
    return datetime.now(UTC).date().isoformat() if expires or advisories else None
