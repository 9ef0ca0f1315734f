r"""The list of packages of images that have rpm packages and no database: container-manifest-1 and -2.

They are queries of rpm in a fixed form. Source: microsoft/azurelinux, toolkit/scripts and toolkit/imageconfigs of the
distroless images: ``rpm -qa --qf "%{NAME}\t%{VERSION}-%{RELEASE}\t%{INSTALLTIME}\t%{BUILDTIME}\t%{VENDOR}\t
%{EPOCH}\t%{SIZE}\t%{ARCH}\t%{EPOCHNUM}\t%{SOURCERPM}\n"``.
"""

from __future__ import annotations

import re
from itertools import islice

from imgscan.errors import PackageDataError, Position
from imgscan.formats.text_lines import split_lines
from imgscan.model.package import PackageRecord, PackageType

_MAX_LINES = 100_000
_COLUMNS = 10
_NONE = "(none)"
_NAME = re.compile(
    r"([A-Za-z0-9_.+-]{1,200})-([A-Za-z0-9_.+~^]{1,100}-[A-Za-z0-9_.+~^]{1,100})\.([a-z0-9_]{1,20})", re.ASCII
)


def parse_rpm_manifest(data: bytes) -> list[PackageRecord]:
    """Return the packages of container-manifest-2; lines of another form are passed over.

    Raises:
        PackageDataError: it has lines, and none of them is of that form.
    """
    lines = [line for line in islice(split_lines(data.decode("utf-8", "replace")), _MAX_LINES) if line.strip()]
    result = [record for record in map(_record, lines) if record is not None]
    if lines and not result:
        raise PackageDataError("a manifest of rpm packages without one of their lines", Position(offset=0))
    return result


def parse_rpm_names(data: bytes) -> list[PackageRecord]:
    """Return the packages of container-manifest-1, which names each as ``NAME-VERSION-RELEASE.ARCH``.

    Raises:
        PackageDataError: it has lines, and none of them is of that form.
    """
    lines = [line for line in islice(split_lines(data.decode("utf-8", "replace")), _MAX_LINES) if line.strip()]
    matches = [match for match in (_NAME.fullmatch(line.strip()) for line in lines) if match is not None]
    if lines and not matches:
        raise PackageDataError("a manifest of rpm packages without one of their names", Position(offset=0))
    return [PackageRecord(type=PackageType.RPM, name=match[1], version=match[2], arch=match[3]) for match in matches]


def _record(line: str) -> PackageRecord | None:
    fields = [field.strip() for field in line.split("\t")]
    if len(fields) < _COLUMNS or not fields[0] or not fields[1] or " " in fields[0]:
        return None
    name, version, _, _, vendor, epoch, _, arch, number, source = fields[:_COLUMNS]
    epoch = epoch if epoch != _NONE else ""
    return PackageRecord(
        type=PackageType.RPM,
        name=name,
        version=version,
        arch="" if arch == _NONE else arch,
        source="" if source == _NONE else source,
        supplier="" if vendor == _NONE else vendor,
        epoch=epoch or ("" if number in ("0", _NONE) else number),
    )
