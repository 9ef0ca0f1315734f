"""Checks that shipped settings switch off: unsigned packages, certificates of any kind (CIS Docker 4.11).

What stands in a file is proof, where the history is a hint: it holds for every package that the image installs from
now on.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec

from imgscan.analyzers.verification.rules import RULES
from imgscan.formats.packages.unverified import Check, SettingsFile, Unverified, parse_unverified
from imgscan.formats.path import base_name
from imgscan.model.entry import Entry
from imgscan.model.finding import Finding, Severity
from imgscan.model.interest import Interest, Links
from imgscan.model.ledger import Cause, Gap
from imgscan.model.observed import Content
from imgscan.model.remedy import Action, Remedy, edit_file
from imgscan.rootfs.view import ImageView, LocatedFact
from imgscan.system.file_items import absolute
from imgscan.system.packages.files import PackageFiles
from imgscan.system.packages.owners import owners
from imgscan.wording import counted, listed

_MAX_FINDINGS = 20
_MAX_BYTES = 1 << 18
_NAMES = {
    "sources.list": SettingsFile.APT_SOURCES,
    "apt.conf": SettingsFile.APT_CONF,
    "yum.conf": SettingsFile.RPM,
    "dnf.conf": SettingsFile.RPM,
    "zypp.conf": SettingsFile.RPM,
    "pacman.conf": SettingsFile.PACMAN,
    "pip.conf": SettingsFile.PIP,
    ".npmrc": SettingsFile.NPM,
    "npmrc": SettingsFile.NPM,
    ".gitconfig": SettingsFile.GIT,
    "gitconfig": SettingsFile.GIT,
    ".curlrc": SettingsFile.CURL,
    ".wgetrc": SettingsFile.WGET,
    "wgetrc": SettingsFile.WGET,
    ".gemrc": SettingsFile.GEM,
    "gemrc": SettingsFile.GEM,
    ".condarc": SettingsFile.CONDA,
}
_GLOBS = {
    "etc/apt/sources.list.d/*.list": SettingsFile.APT_SOURCES,
    "etc/apt/sources.list.d/*.sources": SettingsFile.APT_SOURCES,
    "etc/apt/apt.conf.d/*": SettingsFile.APT_CONF,
    "etc/yum.repos.d/*.repo": SettingsFile.RPM,
    "etc/zypp/repos.d/*.repo": SettingsFile.RPM,
}
_SOURCES = ("etc/apt/sources.list.d/", "etc/yum.repos.d/", "etc/zypp/repos.d/")
_STOCK = frozenset(
    "debian.sources debian-security.sources debian.list ubuntu.sources ubuntu.list kali.sources raspi.list "
    "redhat.repo".split()
)
"""What installers and subscriptions of distributions write, which no package owns."""
_WHAT = {
    Check.SIGNATURE: ("unsigned-packages", Severity.HIGH, "takes packages without a signature"),
    Check.CERTIFICATE: ("no-certificate-check", Severity.MEDIUM, "takes any certificate"),
    Check.TRANSPORT: ("plain-transport", Severity.MEDIUM, "fetches over http, which anybody on the way may change"),
}


def _settings_class(path: str) -> SettingsFile | None:
    """Return whose settings a file holds, None for another file."""
    named = _NAMES.get(base_name(path))
    return named or next((kind for glob, kind in _GLOBS.items() if fnmatchcase(path, glob)), None)


class SettingsFact(msgspec.Struct, frozen=True):
    """The settings of one file that switch checks off; ``whole`` is false where only its start was read."""

    kind: SettingsFile
    settings: tuple[Unverified, ...]
    whole: bool


class Verification:
    """Reads the settings that package managers and downloaders of the merged image would use."""

    id = "verification"
    version = 3
    fact = SettingsFact
    interest = Interest(
        links=Links(_settings_class, ("etc", "root")),
        names=frozenset(_NAMES),
        globs=tuple(_GLOBS),
        max_content_bytes=_MAX_BYTES,
    )
    rules = RULES
    needs = (PackageFiles,)

    def observe(self, entry: Entry, content: Content) -> Iterator[SettingsFact]:
        """Yield one fact a file with such settings: lines, checks and names of settings, never values.

        Files of package sources have one without such settings, too.
        """
        kind = _settings_class(entry.path)
        result = parse_unverified(kind, content.data) if kind is not None else ()
        wanted = result or not content.whole or (_is_source(entry.path) and b"://" in content.data)
        if kind is not None and wanted:
            yield SettingsFact(kind, tuple(result[:200]), content.whole)

    def conclude(self, view: ImageView) -> Iterator[Finding | Gap]:
        """Yield one finding for each visible file and check, and for each source that is not the distribution's."""
        facts = list(view.visible(self))
        yield from self._cut(facts)
        yield from self._foreign(view, facts)
        for fact in [fact for fact in facts if fact.data.settings][:_MAX_FINDINGS]:
            for check in Check:
                settings = [item for item in fact.data.settings if item.check is check]
                if settings:
                    yield self._finding(fact, check, settings)

    def _cut(self, facts: list[LocatedFact[SettingsFact]]) -> Iterator[Gap]:
        cut = [fact.names[0] for fact in facts if not fact.data.whole]
        if cut:
            yield Gap(
                cause=Cause.LIMIT,
                what="settings of package managers",
                why=f"only the first {_MAX_BYTES >> 10} KiB of a file are read",
                count=len(cut),
                path=cut[0],
                rules=(f"{self.id}.*",),
            )

    def _foreign(self, view: ImageView, facts: list[LocatedFact[SettingsFact]]) -> Iterator[Finding]:
        index = view.derived(owners)
        result = [
            (fact, path)
            for fact in facts
            if _is_source(path := fact.names[0]) and base_name(path) not in _STOCK and index.system(path) is None
        ]
        for fact, path in result[:_MAX_FINDINGS] if index.known else ():
            yield Finding(
                rule=f"{self.id}.third-party-source",
                analyzer=self.id,
                severity=Severity.INFO,
                message="a package source that no package of the distribution owns",
                path=path,
                layer=fact.layer,
                evidence={"kind": str(fact.data.kind)},
                remedies=(Remedy(Action.REMOVE, "rm -f", (absolute(path),)),),
            )

    def _finding(self, fact: LocatedFact[SettingsFact], check: Check, settings: list[Unverified]) -> Finding:
        rule, severity, what = _WHAT[check]
        path = fact.names[0]
        names = dict.fromkeys(item.setting for item in settings)
        lines = [item.number for item in settings]
        # Without its option a source of apt is a source all the same.
        kept = names.keys() == {"trusted=yes"}
        changes = ["s/trusted=yes//"] if kept else [f"{line}d" for line in lines[:50]]
        return Finding(
            rule=f"{self.id}.{rule}",
            analyzer=self.id,
            severity=severity,
            message=f"{fact.data.kind} {what}: {listed(list(names), 3)} ({counted(len(lines), 'line')})",
            path=path,
            line=lines[0],
            layer=fact.layer,
            evidence={"kind": str(fact.data.kind), "settings": list(names), "lines": lines[:50]},
            remedies=(edit_file(absolute(path), *changes),),
            identity=" ".join(names),
        )


def _is_source(path: str) -> bool:
    """Whether a file says where packages come from."""
    return path.startswith(_SOURCES)
