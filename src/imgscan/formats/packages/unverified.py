"""Settings of package managers and downloaders that switch a check off: which line, which check. Never their values.

Sources: sources.list(5), apt.conf(5), apt-secure(8); dnf.conf(5), zypper(8) repository files; pacman.conf(5); pip
"Configuration"; npm-config; git-config(1) http.sslVerify; curl(1) -K; wgetrc; gem "RubyGems configuration"; condarc.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

import msgspec

MAX_LINES = 20_000
"""How many lines of a file are read."""
_OFF = r"(?:\s*[=:]\s*|\s+)[\"']?(?:0|no|off|false)\b"
_ON = r"(?:\s*[=:]\s*|\s+)[\"']?(?:1|yes|on|true)\b"


class Check(StrEnum):
    """What is no longer checked."""

    SIGNATURE = "signature"
    CERTIFICATE = "certificate"
    TRANSPORT = "transport"


class Unverified(msgspec.Struct, frozen=True):
    """A setting: its line from 1, the check that it switches off, and its name."""

    number: int
    check: Check
    setting: str


class SettingsFile(StrEnum):
    """Whose settings a file holds."""

    APT_SOURCES = "apt sources"
    APT_CONF = "apt"
    RPM = "dnf"
    PACMAN = "pacman"
    PIP = "pip"
    NPM = "npm"
    GIT = "git"
    CURL = "curl"
    WGET = "wget"
    GEM = "gem"
    CONDA = "conda"


def _rule(check: Check, setting: str, pattern: str) -> tuple[Check, str, re.Pattern[str]]:
    return check, setting, re.compile(pattern, re.IGNORECASE)


_SIGNATURE, _CERTIFICATE, _TRANSPORT = Check.SIGNATURE, Check.CERTIFICATE, Check.TRANSPORT
_RULES: dict[SettingsFile, tuple[tuple[Check, str, re.Pattern[str]], ...]] = {
    SettingsFile.APT_SOURCES: (
        _rule(_SIGNATURE, "trusted=yes", r"deb(?:-src)?\s+\[[^\]]*\btrusted=yes\b"),
        _rule(_SIGNATURE, "Trusted: yes", r"Trusted:\s*yes\b"),
        _rule(_SIGNATURE, "allow-insecure=yes", r"deb(?:-src)?\s+\[[^\]]*\ballow-insecure=yes\b"),
        _rule(_SIGNATURE, "Allow-Insecure: yes", r"Allow-Insecure:\s*yes\b"),
    ),
    SettingsFile.APT_CONF: (
        _rule(_SIGNATURE, "AllowUnauthenticated", r".*\bAllowUnauthenticated" + _ON),
        _rule(_SIGNATURE, "AllowInsecureRepositories", r".*\bAllowInsecureRepositories" + _ON),
        _rule(_SIGNATURE, "AllowWeakRepositories", r".*\bAllowWeakRepositories" + _ON),
        _rule(_CERTIFICATE, "Verify-Peer", r".*\bVerify-Peer" + _OFF),
        _rule(_CERTIFICATE, "Verify-Host", r".*\bVerify-Host" + _OFF),
    ),
    SettingsFile.RPM: (
        _rule(_SIGNATURE, "gpgcheck=0", r"(?:pkg_)?gpgcheck\s*=\s*(?:0|no|off|false)\b"),
        _rule(_CERTIFICATE, "sslverify=0", r"sslverify\s*=\s*(?:0|no|off|false)\b"),
    ),
    SettingsFile.PACMAN: (
        _rule(_SIGNATURE, "SigLevel = Never", r"SigLevel\s*=.*\bNever\b"),
        _rule(_SIGNATURE, "SigLevel = TrustAll", r"SigLevel\s*=.*\bTrustAll\b"),
    ),
    SettingsFile.PIP: (
        _rule(_CERTIFICATE, "trusted-host", r"trusted[-_]host\s*=\s*\S"),
        _rule(_TRANSPORT, "index-url", r"(?:extra-)?index[-_]url\s*=\s*http://"),
    ),
    SettingsFile.NPM: (
        _rule(_CERTIFICATE, "strict-ssl=false", r"strict-ssl\s*=\s*[\"']?false\b"),
        _rule(_TRANSPORT, "registry", r"(?:@[^:\s]{1,200}:)?registry\s*=\s*[\"']?http://"),
    ),
    SettingsFile.GIT: (_rule(_CERTIFICATE, "http.sslVerify=false", r"sslVerify\s*=\s*(?:false|0|no|off)\b"),),
    SettingsFile.CURL: (_rule(_CERTIFICATE, "insecure", r"(?:-k|(?:--)?insecure)\b(?!\s*[=:]?\s*false)"),),
    SettingsFile.WGET: (_rule(_CERTIFICATE, "check_certificate=off", r"check[-_]?certificate\s*=\s*(?:off|0|no)\b"),),
    SettingsFile.GEM: (
        _rule(_CERTIFICATE, "ssl_verify_mode: 0", r":?ssl_verify_mode:\s*0\b"),
        _rule(_TRANSPORT, "sources", r"-\s*http://"),
    ),
    SettingsFile.CONDA: (_rule(_CERTIFICATE, "ssl_verify: false", r"ssl_verify:\s*(?:false|no|off)\b"),),
}
_COMMENTS = {
    SettingsFile.APT_CONF: ("#", "//"),
    SettingsFile.PIP: ("#", ";"),
    SettingsFile.NPM: ("#", ";"),
    SettingsFile.GIT: ("#", ";"),
}
_DISABLED = re.compile(r"enabled\s*[=:]\s*(?:0|no|off|false)\b", re.IGNORECASE)


def parse_unverified(kind: SettingsFile, data: bytes) -> tuple[Unverified, ...]:
    """Return the settings of a file that switch a check off; sections that are disabled are left out. Total."""
    result: list[Unverified] = []
    section: list[Unverified] = []
    disabled = False
    for number, line in _lines(kind, data):
        if not line or line.startswith("["):
            result += [] if disabled else section
            section, disabled = [], False
        disabled = disabled or _DISABLED.match(line) is not None
        section += [
            Unverified(number, check, setting) for check, setting, pattern in _RULES[kind] if pattern.match(line)
        ]
    return tuple(result + ([] if disabled else section))


def _lines(kind: SettingsFile, data: bytes) -> Iterator[tuple[int, str]]:
    comments = _COMMENTS.get(kind, ("#",))
    # A blank line parts the stanzas of apt's sources alone; elsewhere a section lasts until the next.
    stanzas = kind is SettingsFile.APT_SOURCES
    for number, raw in enumerate(data.split(b"\n", MAX_LINES)[:MAX_LINES], 1):
        line = raw[:2000].decode("utf-8", "replace").strip()
        if line.startswith(comments):
            continue
        if line or stanzas:
            yield number, line
