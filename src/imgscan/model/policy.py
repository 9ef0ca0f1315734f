"""What an organisation has decided: its limits on severity, its allow-lists, its exceptions, its baseline."""

from __future__ import annotations

import msgspec

from imgscan.model.finding import Severity


class TrustedBase(msgspec.Struct, frozen=True):
    """A base image that may be built upon: its name and the diff_ids of all its layers, from the bottom up."""

    name: str
    diff_ids: tuple[str, ...]


class Exemption(msgspec.Struct, frozen=True, kw_only=True):
    """A documented exception: which findings or control of which images do not count, why, who says so, how long.

    ``rule`` is a finding's rule or a control's id (globs), ``path`` a glob over the path as the report shows it (None:
    any), ``image`` a glob over the image's references (None: any). ``expires`` is an ISO date, the last day it holds.
    """

    rule: str
    reason: str
    owner: str
    path: str | None = None
    image: str | None = None
    fingerprint: str | None = None
    expires: str | None = None


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Decisions that a scan takes into account; the default decides nothing.

    ``severities`` maps a rule (glob) or control id to the severity it gets. ``controls_off`` are ids (or globs) of
    controls that are not reported. The allow-lists (``ports`` as EXPOSE writes them, TCP ports both as ``80`` and
    ``80/tcp``; ``setuid`` paths with their leading slash; names of ``packages`` and ``users``) are None when nothing
    was decided. ``baseline`` are fingerprints of findings that were known before, None without a baseline.
    """

    severities: dict[str, Severity] = {}
    controls_off: frozenset[str] = frozenset()
    ports: frozenset[str] | None = None
    setuid: frozenset[str] | None = None
    packages: frozenset[str] | None = None
    users: frozenset[str] | None = None
    trusted_bases: tuple[TrustedBase, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    baseline: frozenset[str] | None = None
    fail_on: Severity | None = None
