"""The records of the packages whose files come along: without them no scanner knows what is in the last stage.

Each in the form that distroless images of its kind have: ``/var/lib/dpkg/status.d`` (GoogleContainerTools/distroless),
apk's own database without lists of files, and ``container-manifest-2`` (microsoft/azurelinux).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from imgscan.harden.needed import Needed
from imgscan.harden.plan import Instruction
from imgscan.harden.subject import Subject
from imgscan.model.items import PackageItem

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,100}", re.ASCII)
_STATUS = "/var/lib/dpkg/status.d"
_MANIFEST = "/var/lib/rpmmanifest"
_APK = "/lib/apk/db/installed"
_OF_FILES = "[FRaZM]"
"""The lines of apk's database on files: which of them came along they would not say."""
_COLUMNS = (
    "%{NAME}",
    "%{VERSION}-%{RELEASE}",
    "%{INSTALLTIME}",
    "%{BUILDTIME}",
    "%{VENDOR}",
    "%{EPOCH}",
    "%{SIZE}",
    "%{ARCH}",
    "%{EPOCHNUM}",
    "%{SOURCERPM}",
)


class Records(msgspec.Struct, frozen=True):
    """What writes the records, in the stage before the last, and from where they are copied to where."""

    instruction: Instruction
    source: str
    target: str


def records_of(subject: Subject, needed: Needed) -> Iterator[Records]:
    """Yield the records of the needed packages, by type."""
    names: dict[str, set[str]] = {}
    for item in subject.items(PackageItem):
        if item.name in needed.packages and item.database == "visible" and _NAME.fullmatch(item.name):
            names.setdefault(item.type, set()).add(item.name)
    for kind, (command, source, target) in _BY_TYPE.items():
        if kind in names:
            text = f"RUN set -eu; {command(sorted(names[kind]))}"
            why = "the records of the packages that they are of, for scanners"
            yield Records(Instruction(text, why), source, target)


def _dpkg(names: Sequence[str]) -> str:
    each = f'dpkg-query -s "$name" > "{_STATUS}/$name"'
    return f"mkdir -p {_STATUS}; for name in {' '.join(names)}; do {each}; done"


def _apk(names: Sequence[str]) -> str:
    program = (
        'BEGIN { RS = ""; FS = "\\n" } { name = ""; for (i = 1; i <= NF; i++) if ($i ~ /^P:/) name = substr($i, 3); '
        f'if (index(" {" ".join(names)} ", " " name " ")) {{ '
        f'for (i = 1; i <= NF; i++) if ($i !~ /^{_OF_FILES}:/) print $i; print "" }} }}'
    )
    return f"awk '{program}' {_APK} > {_APK}.needed"


def _rpm(names: Sequence[str]) -> str:
    columns = "\\t".join(_COLUMNS)
    return f"mkdir -p {_MANIFEST}; rpm -q --qf '{columns}\\n' {' '.join(names)} > {_MANIFEST}/container-manifest-2"


_BY_TYPE: Mapping[str, tuple[Callable[[Sequence[str]], str], str, str]] = {
    "deb": (_dpkg, f"{_STATUS}/", f"{_STATUS}/"),
    "apk": (_apk, f"{_APK}.needed", _APK),
    "rpm": (_rpm, f"{_MANIFEST}/", f"{_MANIFEST}/"),
}
"""What writes the records of packages of a type, from where they are copied, and to where."""
