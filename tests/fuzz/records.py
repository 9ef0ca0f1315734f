"""What is fuzzed of records: advisories, VEX, bills of materials, package databases, orders of versions."""

from __future__ import annotations

import base64
import io
import json
import zipfile
import zlib
from contextlib import suppress
from itertools import permutations

from imgscan.advisories.affected import fixed_in, is_affected
from imgscan.advisories.order import UnorderedError, is_ordered, key_of
from imgscan.advisories.record import Advisory
from imgscan.advisories.sources import records_of
from imgscan.advisories.vex import parse_vex
from imgscan.errors import InputError, UsageError
from imgscan.formats.elf.anatomy import anatomy_of
from imgscan.formats.packages.bill_document import MAX_PACKAGES, attested_bill, parse_bill
from imgscan.formats.packages.go_buildinfo import find_go_build, parse_go_buildinfo
from imgscan.formats.packages.relations import MAX_NAMES, apk_relations, debian_relations, python_relations
from imgscan.formats.packages.rust_audit import find_crates, parse_crates
from imgscan.formats.packages.versions import newer
from imgscan.formats.path import decode_name
from imgscan.system.packages.sources import reader_of
from imgscan.testing import compress
from imgscan.testing import program as elf_program
from imgscan.testing.programs import go_info, go_mach_o, go_pe, old_go_elf, rust_elf, wall
from imgscan.testing.rpm import berkeley, ndb, package, sqlite

from .shaken import Fuzzed, of_shaken

ECOSYSTEMS = (
    *("Debian", "Red Hat", "Alpine", "npm", "Go", "PyPI", "Maven", "RubyGems", "NuGet", "Packagist", "CRAN"),
    "Arch Linux",
)
_KINDS = ("deb", "rpm", "alpm", "apk", "pypi", "npm")
_PURL = "pkg:rpm/redhat/bind@9.16-1.el9?arch=x86_64&epoch=32"


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


# Advisories


def _advisories(data: bytes) -> None:
    """Read advisories of any form, and hold a version against all that they say."""
    for item in records_of(data, "x"):
        if isinstance(item, Advisory):
            for statement in item.statements:
                for version in ("1.2.3", "1:2.0-3"):
                    with suppress(UnorderedError):
                        is_affected(statement, version)
                        fixed_in([statement], version)


def _vex(data: bytes) -> None:
    with suppress(UsageError):
        parse_vex(data, "x")


_OSV = {
    "id": "GHSA-1",
    "modified": "2026-01-01T00:00:00Z",
    "aliases": ["CVE-2026-1"],
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "affected": [
        {
            "package": {"ecosystem": "Debian:12", "name": "bind9"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1:9.18-1"}]}],
            "versions": ["1.0"],
        }
    ],
}
_CSAF = {
    "document": {"tracking": {"id": "RHSA-1", "current_release_date": "2026-01-01"}},
    "product_tree": {
        "branches": [
            {
                "branches": [
                    {"product": {"product_id": "b", "product_identification_helper": {"purl": _PURL}}},
                    {"product": {"product_id": "o", "product_identification_helper": {"cpe": "cpe:/o:redhat:el:9"}}},
                ]
            }
        ],
        "relationships": [
            {
                "full_product_name": {"product_id": "o:b"},
                "product_reference": "b",
                "relates_to_product_reference": "o",
            }
        ],
    },
    "vulnerabilities": [
        {
            "cve": "CVE-2026-1",
            "product_status": {"fixed": ["o:b"], "known_not_affected": ["b"]},
            "scores": [{"cvss_v3": {"baseScore": 9.8}, "products": ["o:b"]}],
        }
    ],
}
_DEBIAN = {"bind9": {"CVE-2026-1": {"releases": {"bookworm": {"status": "resolved", "fixed_version": "1:9.18-1"}}}}}
_SECDB = {
    "distroversion": "v3.20",
    "reponame": "main",
    "packages": [{"pkg": {"name": "bind", "secfixes": {"9.18-r0": ["CVE-2026-1 CVE-2026-2"], "0": ["CVE-2026-3"]}}}],
}
_KEV = {"catalogVersion": "2026.01.01", "vulnerabilities": [{"cveID": "CVE-2026-1"}]}
_EPSS = b"#model_version:v2026,score_date:2026-01-01\ncve,epss,percentile\nCVE-2026-1,0.97,0.99\n"
_OPENVEX = {
    "statements": [
        {
            "vulnerability": {"name": "CVE-2026-1", "aliases": ["GHSA-1"]},
            "status": "not_affected",
            "products": ["pkg:deb/debian/bind9", {"@id": "pkg:oci/a", "subcomponents": [{"@id": _PURL}]}],
            "justification": "vulnerable_code_not_present",
        }
    ]
}
_CYCLONE_VEX = {
    "bomFormat": "CycloneDX",
    "components": [{"bom-ref": "b", "purl": _PURL}],
    "vulnerabilities": [{"id": "CVE-2026-1", "analysis": {"state": "false_positive"}, "affects": [{"ref": "b"}]}],
}

# Bills of materials


def _bill(data: bytes) -> None:
    bill = parse_bill(data)
    assert len(bill.packages) + bill.others <= MAX_PACKAGES


def _attested(data: bytes) -> None:
    """Read an attestation, bare and in an envelope."""
    payload = base64.b64encode(data).decode()
    for document in (data, _json({"payloadType": "application/vnd.in-toto+json", "payload": payload})):
        with suppress(InputError):
            bill = attested_bill(document)
            assert bill is None or len(bill.packages) + bill.others <= MAX_PACKAGES


_SPDX = {
    "spdxVersion": "SPDX-2.3",
    "packages": [
        {"versionInfo": "1", "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:npm/%40s/a@1"}]}
    ],
}
_CYCLONE = {"bomFormat": "CycloneDX", "components": [{"type": "library", "components": [{"purl": _PURL}]}]}

_STATEMENT = {"predicateType": "https://spdx.dev/Document", "predicate": _SPDX}
_WRAPPED = {"predicateType": "https://cyclonedx.org/bom", "predicate": {"Data": _CYCLONE}}

# Versions


def _words(data: bytes) -> list[str]:
    return decode_name(data).split("\n")[:3]


def _orders(data: bytes) -> None:
    """Hold versions against each other in an ecosystem that the first byte chooses: one order, whichever is asked."""
    ecosystem = ECOSYSTEMS[data[0] % len(ECOSYSTEMS)] if data else ECOSYSTEMS[0]
    assert is_ordered(ecosystem)
    keys = []
    for word in _words(data[1:]):
        with suppress(UnorderedError):
            keys.append(key_of(ecosystem, word))
    for one, other in permutations(keys, 2):
        assert (one < other) is (other > one)
        assert not (one < other and other < one)
    for low, middle, high in permutations(keys, 3):
        assert not (low < middle and middle < high) or low < high


def _newer(data: bytes) -> None:
    old, new = (*_words(data), "", "")[:2]
    for kind in _KINDS:
        forth, back = newer(kind, old, new), newer(kind, new, old)
        assert (forth, back) in ((None, None), (True, False), (False, True))


def _relations(data: bytes) -> None:
    text = decode_name(data)
    for names in (debian_relations(text, text), apk_relations(text), python_relations(text.split("\n"))):
        assert len(names) <= MAX_NAMES
        assert all(names)


_VERSIONS = (b"1:2.0~rc1-1+b2", b"1.0_alpha1-r3", b"v1.2.3-rc.1+build", b"2!1.0.post1.dev2+local", b"1.0-SNAPSHOT")

# Package databases


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


_POM = b"groupId=g\nartifactId=a\nversion=1\n"
_MANIFEST = b"Manifest-Version: 1.0\nImplementation-Title: a\nImplementation-Version: 1\nStart-Class: x\n y\n"
_PYTHON = b"Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: b>=1; extra == 'c'\nLicense: MIT\n more\n"
_STATUS = (
    b"Package: a\nStatus: install ok installed\nVersion: 1:2-3\nArchitecture: amd64\nSource: b (2)\n"
    b"Depends: c (>= 1) | d, e\nProvides: f (= 1)\nConffiles:\n /etc/a 0123456789abcdef0123456789abcdef obsolete\n\n"
)
_APK = (
    b"C:Q1pSfxgb6zIYJCGFvkHm0lHuwtBmc=\nP:a\nV:1-r0\nA:x86_64\nL:MIT\nD:so:libc.so !b c>=1\np:cmd:a=1\n"
    b"F:bin\nM:0:0:755\nR:a\na:0:0:4755\nZ:Q1pSfxgb6zIYJCGFvkHm0lHuwtBmc=\n\n"
)
_CHISEL = wall(
    {"kind": "package", "name": "a", "version": "1", "sha256": "", "arch": "amd64"},
    {"kind": "path", "path": "/bin/a", "mode": "0755", "slices": ["a_bins"]},
)
_MTREE = b"#mtree\n/set type=file uid=0 gid=0 mode=644\n./bin/a mode=755 size=1 sha256digest=00\n"

READERS: dict[str, bytes] = {
    "var/lib/dpkg/status": _STATUS,
    "var/lib/dpkg/status.d/a": _STATUS,
    "var/lib/dpkg/info/a.list": b"/.\n/bin\n/bin/a\n",
    "var/lib/dpkg/info/a.md5sums": b"0123456789abcdef0123456789abcdef  bin/a\n",
    "var/lib/dpkg/diversions": b"/bin/a\n/bin/a.real\nb\n",
    "var/lib/dpkg/statoverride": b"root adm 4755 /bin/a\n",
    "usr/lib/opkg/status": _STATUS,
    "usr/lib/opkg/info/a.control": b"Package: a\nVersion: 1\nLicense: MIT\n",
    "lib/apk/db/installed": _APK,
    "var/lib/rpm/Packages": berkeley([package("a")]),
    "var/lib/rpm/Packages.db": ndb([package("a")]),
    "var/lib/rpm/rpmdb.sqlite": sqlite([package("a")]),
    "var/lib/rpm/rpmdb.sqlite-wal": b"\x37\x7f\x06\x82" + bytes(60),
    "var/lib/rpmmanifest/container-manifest-1": b"a-1-2.cm2.x86_64\n",
    "var/lib/rpmmanifest/container-manifest-2": b"a\t1-2.cm2\t1\t1\tX\t(none)\t1\tx86_64\t0\ta-1-2.src.rpm\n",
    "var/lib/chisel/manifest.wall": _CHISEL,
    "var/lib/pacman/local/a-1-1/desc": b"%NAME%\na\n\n%VERSION%\n1-1\n\n%DEPENDS%\nb>=1\n\n%PROVIDES%\nc=1\n",
    "var/lib/pacman/local/a-1-1/files": b"%FILES%\nbin/\nbin/a\n\n%BACKUP%\netc/a\t0123\n",
    "var/lib/pacman/local/a-1-1/mtree": compress(_MTREE, "gzip"),
    "var/db/pkg/app/a-1-r1/CONTENTS": b"dir /bin\nobj /bin/a 0123456789abcdef0123456789abcdef 1\nsym /bin/b -> a 1\n",
    "etc/os-release": b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME=\'a\\\n',
    "usr/share/doc/a/copyright": b"Format: https://x/\n\nFiles: *\nLicense: GPL-2+\n text\n",
    "lib/python3/a-1.dist-info/METADATA": _PYTHON,
    "lib/python3/a-1.dist-info/RECORD": b'a/b.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n"a,b",,\n',
    "lib/python3/a-1.egg-info/installed-files.txt": b"../a/b.py\nPKG-INFO\n",
    "lib/python3/a-1.egg": _zip({"EGG-INFO/PKG-INFO": _PYTHON}),
    "srv/a.jar": _zip({"META-INF/MANIFEST.MF": _MANIFEST, "META-INF/maven/g/a/pom.properties": _POM}),
    "srv/META-INF/maven/g/a/pom.properties": _POM,
    "srv/META-INF/MANIFEST.MF": _MANIFEST,
    "srv/node_modules/a/package.json": _json({"name": "@s/a", "version": "=v1.0", "dependencies": {"b": "^1"}}),
    "srv/vendor/composer/installed.json": _json({"packages": [{"name": "a/b", "version": "v1", "license": ["MIT"]}]}),
    "usr/lib/R/library/a/DESCRIPTION": b"Package: a\nVersion: 1\nLicense: GPL (>= 2)\n",
    "opt/conda/conda-meta/a-1-0.json": b'{"name":"a","version":"1","build":"0","files":["bin/a"],"license":"MIT"}',
    "srv/a.deps.json": b'{"libraries":{"a/1.0.0":{"type":"package","sha512":"x"}},"targets":{"x":{"a/1.0.0":{}}}}',
    "opt/bitnami/a/.spdx-a.spdx": _json(_SPDX),
    "usr/lib/ruby/specifications/a-1.gemspec": b'Gem::Specification.new do |s|\n s.name = "a"\n s.version = "1"\n',
    "usr/lib/luarocks/rocks/a/1-1/a-1-1.rockspec": b'package = "a"\nversion = "1-1"\n',
    "usr/lib/erlang/a/ebin/a.app": b'{application, a, [{description, "x"}, {vsn, "1"}]}.\n',
    "srv/wp-content/plugins/a/a.php": b"<?php\n/*\nPlugin Name: a\nVersion: 1\n*/\n",
    "usr/share/perl5/a/B.pm": b"package A::B;\nour $VERSION = '1';\n",
    "snap/a/1/meta/snap.yaml": b"name: a\nversion: '1'\nlicense: MIT\n",
    "root/.julia/packages/a/b/Project.toml": b'name = "a"\nuuid = "x"\nversion = "1"\n',
    "srv/Package.resolved": b'{"pins":[{"identity":"a","location":"x/y.git","state":{"version":"1"}}],"version":2}',
    "var/lib/flatpak/app/a/current/active/metadata": b"[Application]\nname=org.a\nruntime=x/y/1\n",
}
"""A path whose file some reader takes for its own, and such a file."""
_PATHS = tuple(READERS)


def _read_packages(data: bytes) -> None:
    """Read a package database's file; the first byte chooses which."""
    path = _PATHS[data[0] % len(_PATHS)] if data else _PATHS[0]
    reader = reader_of(path)
    assert reader is not None, path
    for _ in reader(path, data[1:]):
        pass


# Programs

_MODULES = 'path\tx\nmod\tx\tv1.0.0\th1:a\ndep\ty\tv1.1.0\n=>\tz\tv1.2.0\th1:b\nbuild\t-ldflags="-X main.version=1"\n'
_CRATES = {"name": "a", "version": "1.0.0", "source": "crates.io", "kind": "build", "dependencies": [1], "root": True}


def _crates(data: bytes) -> None:
    for content in (data, zlib.compress(data)):  # the fuzzer would not guess the checksum
        with suppress(InputError):
            parse_crates(content)


def _programs(data: bytes) -> None:
    for find in (find_go_build, find_crates):
        with suppress(InputError):
            find(data)


def records() -> dict[str, Fuzzed]:
    """Return all, by name."""
    programs = (old_go_elf("go1.17", _MODULES), go_pe("go1.22", ""), go_mach_o("go1.22", ""), rust_elf([_CRATES]))
    advisories = (*map(_json, (_OSV, _CSAF, _DEBIAN, _SECDB, _KEV)), _EPSS)
    return {
        "advisories": (_advisories, advisories),
        "vex": (_vex, tuple(map(_json, (_OPENVEX, _CYCLONE_VEX, _CSAF)))),
        "bill": (_bill, tuple(map(_json, (_SPDX, _CYCLONE)))),
        "shaken advisories": of_shaken(_advisories, _OSV, _CSAF, _DEBIAN, _SECDB, _KEV),
        "shaken vex": of_shaken(_vex, _OPENVEX, _CYCLONE_VEX, _CSAF),
        "shaken bill": of_shaken(_bill, _SPDX, _CYCLONE),
        "shaken attestation": of_shaken(_attested, _STATEMENT, _WRAPPED, _SPDX, _CYCLONE),
        "order": (_orders, tuple(bytes([n]) + b"\n".join(_VERSIONS[n % 3 :]) for n in range(len(ECOSYSTEMS)))),
        "newer": (_newer, (b"\n".join(_VERSIONS[:2]), b"\n".join(_VERSIONS[2:]))),
        "relations": (
            _relations,
            (b"a (>= 1) | b:any, c [amd64]\n", b"so:libc.so.6 !b c>=1~x", b"b>=1; extra == 'c'\nd"),
        ),
        "packages": (_read_packages, tuple(bytes([n]) + seed for n, seed in enumerate(READERS.values()))),
        "go buildinfo": (parse_go_buildinfo, (go_info("go1.22.1", _MODULES),)),
        "crates": (_crates, (_json({"packages": [_CRATES]}),)),
        "programs": (_programs, programs),
        "elf anatomy": (anatomy_of, (elf_program(), elf_program(wide=False, little=False))),
    }
