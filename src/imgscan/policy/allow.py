"""The policy's allow-lists held against findings: what is allowed is suppressed and stays in the report."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from imgscan.model.finding import Finding, State, Suppression
from imgscan.model.items import read_evidence
from imgscan.model.policy import Policy
from imgscan.policy.ports import is_allowed_port

OWNER = "policy"
"""Who answers for what an allow-list excuses."""
_NEVER = "dangerous"


def allowance(finding: Finding, policy: Policy) -> Suppression | None:
    """Return why an allow-list excuses a finding, None where none does.

    ``setuid`` excuses SUID and SGID files by their path, but none of class dangerous: that a path may have the bit
    does not say that a shell may stand there, which takes an exception with a reason of its own. ``ports`` excuses
    findings on EXPOSE whose ports are all listed, ``users`` login shells where all accounts are listed, and a start
    as uid 0 where root is, ``packages`` programs, SUID files and file capabilities that a listed package owns.
    """
    for name, excuses in _LISTS.items():
        allowed = getattr(policy, name)
        if allowed is not None and excuses(finding, allowed):
            return Suppression(f"on the allow-list of the policy (allow.{name})", OWNER)
    return None


class _Evidence(msgspec.Struct, frozen=True, rename={"suid_class": "class"}):
    """What findings say that lists of the policy ask for; names of files are absolute."""

    names: tuple[str, ...] = ()
    suid_class: str = ""
    ports: tuple[str, ...] = ()
    name: str | None = None
    shells: dict[str, object] = {}
    package: str | None = None


def _setuid(finding: Finding, allowed: frozenset[str]) -> bool:
    evidence = read_evidence(finding, _Evidence)
    names = evidence.names or ("/" + (finding.path or ""),)
    return (
        finding.rule.startswith("setuid.")
        and finding.state is State.VISIBLE
        and evidence.suid_class != _NEVER
        and allowed.issuperset(names)
    )


def _ports(finding: Finding, allowed: frozenset[str]) -> bool:
    ports = read_evidence(finding, _Evidence).ports
    rules = ("config.port-privileged", "config.port-ssh")
    return finding.rule in rules and bool(ports) and all(is_allowed_port(port, allowed) for port in ports)


def _users(finding: Finding, allowed: frozenset[str]) -> bool:
    if finding.rule == "config.root-user":
        # The image's own passwd says who has uid 0: an allowed name that it gives to root allows no root.
        return "root" in allowed and read_evidence(finding, _Evidence).name in (None, "root")
    shells = read_evidence(finding, _Evidence).shells
    # The evidence holds the first twenty: of more users than that some are not known to be allowed.
    known = 0 < len(shells) < MAX_USERS
    return finding.rule == "accounts.system-login-shell" and known and allowed.issuperset(shells)


MAX_USERS = 20


def _packages(finding: Finding, allowed: frozenset[str]) -> bool:
    evidence = read_evidence(finding, _Evidence)
    rules = ("programs.", "setuid.", "capabilities.")
    return (
        finding.rule.startswith(rules)
        and evidence.suid_class != _NEVER
        and evidence.package is not None
        and evidence.package.partition(" ")[0] in allowed
    )


_LISTS: dict[str, Callable[[Finding, frozenset[str]], bool]] = {
    "setuid": _setuid,
    "ports": _ports,
    "users": _users,
    "packages": _packages,
}
