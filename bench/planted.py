"""Whether an audit finds what was planted on a Debian, and nothing on the Debian itself.

    python bench/make_images.py audited -o audited.tar --work work
    python bench/planted.py audited.tar -o planted.tar

``planted.tar`` holds two images that share the layers of the first: the one given, and one with a layer more, in which
an attacker made a copy of bash SUID, and so on. Prints how many files each image has of each class, and for each thing
planted the finding that tells of it. Exit code 1 where one was not found, or the pristine image has a stray file.
"""

import argparse
import hashlib
import json
import sys
import tarfile
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import imgscan
from imgscan.testing import TarBuilder

_SUMS = "var/lib/dpkg/info/coreutils.md5sums"
_CAP_SETUID = bytes.fromhex("0100000280000000000000000000000000000000")  # cap_setuid=ep, revision 2
_BAD = ("stray", "unexpected", "dangerous", "unknown")


class Plant(NamedTuple):
    """Something planted: what it is, and the finding that must tell of it (rule, path, least severity)."""

    what: str
    rule: str
    path: str
    severity: imgscan.Severity


PLANTED = (
    Plant("SUID python3.11", "setuid.suid-file", "usr/bin/python3.11", imgscan.Severity.CRITICAL),
    Plant(
        "SUID copy of bash, named differently", "setuid.suid-file", "usr/lib/.dbus-helper", imgscan.Severity.CRITICAL
    ),
    Plant(
        "its content told, whatever its name", "programs.renamed-shell", "usr/lib/.dbus-helper", imgscan.Severity.HIGH
    ),
    Plant("cap_setuid on perl", "capabilities.file", "usr/bin/perl", imgscan.Severity.CRITICAL),
    Plant("modified /usr/bin/ls", "integrity.modified", "usr/bin/ls", imgscan.Severity.HIGH),
    Plant("md5sums rewritten to fit it", "packages.record-rewritten", "var/lib/dpkg/status", imgscan.Severity.HIGH),
    Plant(
        "world-writable directory of PATH",
        "permissions.world-writable-directory",
        "usr/local/bin",
        imgscan.Severity.HIGH,
    ),
)


def planted_layer(read: Callable[[str], bytes]) -> bytes:
    """Return the attacker's layer; ``read`` returns the content of a file of the image below."""
    ls = read("usr/bin/ls") + b"\n"  # one byte more runs as before
    digest = hashlib.md5(ls, usedforsecurity=False).hexdigest().encode()
    lines = [digest + line[32:] if line.endswith(b"  bin/ls") else line for line in read(_SUMS).split(b"\n")]
    tar = TarBuilder().file("usr/bin/python3.11", read("usr/bin/python3.11"), mode=0o4755)
    tar.file("usr/lib/.dbus-helper", read("usr/bin/bash"), mode=0o4755)
    tar.file("usr/bin/perl", read("usr/bin/perl"), {"security.capability": _CAP_SETUID}, mode=0o755)
    tar.file("usr/bin/ls", ls, mode=0o755).file(_SUMS, b"\n".join(lines))
    return tar.directory("usr/local/bin", mode=0o777).build()


def write_planted(base: Path, output: Path) -> None:
    """Write the archive of both images; ``base`` is a docker-archive of one image."""
    with imgscan.open_image(base) as image:
        files = image.filesystem()
        layer = planted_layer(lambda path: b"".join(files.open(path)))
    with tarfile.open(base) as old, tarfile.open(output, "w") as new:
        for member in old:
            if member.name == "manifest.json":
                (manifest,) = json.loads(_content(old, member))
            else:
                new.addfile(member, old.extractfile(member))
        config = json.loads(_content(old, old.getmember(manifest["Config"])))
        digest = hashlib.sha256(layer).hexdigest()
        config["rootfs"]["diff_ids"].append(f"sha256:{digest}")
        config["history"].append({"created": config["created"], "created_by": "RUN /tmp/plant"})
        stored = json.dumps(config).encode()
        name = hashlib.sha256(stored).hexdigest() + ".json"
        layers = [*manifest["Layers"], f"{digest}.tar"]
        tag = manifest["RepoTags"][0].rpartition(":")[0] + ":planted"
        both = [manifest, {"Config": name, "RepoTags": [tag], "Layers": layers}]
        added = {f"{digest}.tar": layer, name: stored, "manifest.json": json.dumps(both).encode()}
        for path, content in added.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            new.addfile(info, BytesIO(content))


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    return file.read()


def classes_of(report: imgscan.Report) -> Counter[str]:
    """Return how many SUID and SGID files the image has of each class."""
    items = {item["path"]: item for key in ("setuid", "setgid") for item in report.inventory.get(key, ())}
    return Counter(str(item["class"]) for item in items.values())


def found(report: imgscan.Report, plant: Plant) -> imgscan.Finding | None:
    """Return the finding that tells of what was planted."""
    return next(
        (
            item
            for item in report.findings
            if (item.rule, item.path) == (plant.rule, plant.path) and item.severity >= plant.severity
        ),
        None,
    )


def _tell(title: str, report: imgscan.Report) -> None:
    grave = Counter(f"{item.severity.name} {item.rule}" for item in report.findings if item.severity >= 2)
    integrity = [item for item in report.inventory.get("integrity", ()) if item["type"] == "deb"]
    print(f"{title}: SUID and SGID files {dict(classes_of(report))}; read whole: {report.coverage.complete}")
    print(f"  package files: {integrity}")
    print(f"  MEDIUM and above: {dict(grave)}")


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", type=Path, metavar="IMAGE", help="docker-archive of a Debian 12")
    parser.add_argument("-o", dest="output", type=Path, required=True, metavar="FILE", help="archive of both images")
    options = parser.parse_args()
    write_planted(options.base, options.output)
    pristine, planted = imgscan.scan_all(options.output)
    _tell("pristine", pristine)
    _tell("planted", planted)
    told = [found(planted, plant) for plant in PLANTED]
    for plant, finding in zip(PLANTED, told, strict=True):
        print(f"  {'found ' if finding else 'MISSED'} {plant.what}: {finding.message if finding else ''}")
    wrong = sum(classes_of(pristine)[name] for name in _BAD)
    print(f"planted: {sum(item is not None for item in told)} of {len(PLANTED)} found; pristine: {wrong} wrong")
    return 1 if None in told or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
