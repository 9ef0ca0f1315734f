"""Parsers of package data on random bytes, and on good data with some bytes changed, cut or repeated."""

from __future__ import annotations

import gzip
import io
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.errors import InputError
from imgscan.formats.accounts.names import parse_account_names
from imgscan.formats.archives.zip import read_content, read_members
from imgscan.formats.packages import apk, applications, dpkg, gemspec, pacman, scripted, store_path
from imgscan.formats.packages import npm as npm_package
from imgscan.formats.packages import python as python_package
from imgscan.formats.packages.chisel import parse_manifest_wall
from imgscan.formats.packages.composer import parse_installed_json
from imgscan.formats.packages.conda import parse_conda_meta
from imgscan.formats.packages.copyright import parse_copyright
from imgscan.formats.packages.dotnet import parse_deps_json
from imgscan.formats.packages.executable import parse_executable
from imgscan.formats.packages.go_buildinfo import MAGIC, find_go_build, parse_go_buildinfo
from imgscan.formats.packages.java.archive import parse_jar
from imgscan.formats.packages.java.manifest import parse_manifest
from imgscan.formats.packages.java.pom import parse_pom_xml
from imgscan.formats.packages.os_release import parse_os_release
from imgscan.formats.packages.purl import make_purl
from imgscan.formats.packages.r_package import parse_description
from imgscan.formats.packages.rpm_db import read_header_blobs
from imgscan.formats.packages.rpm_digest import is_as_packaged
from imgscan.formats.packages.rpm_header import parse_rpm_header
from imgscan.formats.packages.rpm_manifest import parse_rpm_manifest
from imgscan.formats.packages.rust_audit import find_crates
from imgscan.formats.packages.spdx_document import parse_spdx_packages
from imgscan.model.package import PackageFile, PackageRecord, PackageType
from imgscan.shell.known import program_by_content
from imgscan.system.packages.digests import same_digest
from imgscan.system.packages.facts import RecordedPackage, recorded
from imgscan.system.packages.programs import Digests
from imgscan.system.packages.records import pack_files, unpack_files
from imgscan.system.packages.sources import reader_of
from imgscan.system.programs.dangerous import danger_of
from imgscan.testing.programs import go_elf, go_pe, mach_o, old_go_elf, rust_elf, wall
from imgscan.testing.rpm import berkeley, header, immutable, ndb, package, sqlite

Parser = Callable[[bytes], Any]


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("META-INF/MANIFEST.MF", "Implementation-Version: 1\n")
        packed.writestr(
            "META-INF/maven/a/b/pom.properties", "groupId=a\nartifactId=b\nversion=1\n", zipfile.ZIP_DEFLATED
        )
    return out.getvalue()


def _members(data: bytes) -> list[bytes]:
    return [read_content(data, member, 1 << 16) for member in read_members(data)]


def _headers(data: bytes) -> list[PackageRecord]:
    return [parse_rpm_header(blob) for blob in read_header_blobs(data)]


_BLOBS = [package("a", x=(0o104755, "0" * 64)), header({1000: "b", 1005: "d" * 3000})]
_GO = MAGIC + bytes([8, 2]) + bytes(16) + b"\x08go1.22.1" + b"\x30" + b"0" * 16 + b"mod\tx/y\tv1.0.0\n" + b"1" * 16
PARSERS: dict[str, tuple[Parser, bytes]] = {
    "dpkg-status": (
        dpkg.parse_status,
        b"Package: a\nVersion: 1\nConffiles:\n /etc/a " + b"0" * 32 + b"\n\nPackage: b\n",
    ),
    "dpkg-list": (dpkg.parse_list, b"/.\n/bin\n/bin/ls\n"),
    "dpkg-md5sums": (dpkg.parse_md5sums, b"0" * 32 + b"  bin/ls\n"),
    "dpkg-diversions": (dpkg.parse_diversions, b"/a\n/b\nc\n" * 3),
    "dpkg-statoverride": (dpkg.parse_statoverride, b"root root 4755 /a\n"),
    "apk": (apk.parse_installed, b"P:a\nV:1\nF:bin\nR:b\na:0:0:755\nZ:Q1" + b64encode(bytes(20)) + b"\n\n"),
    "rpm-header": (parse_rpm_header, _BLOBS[0]),
    "rpm-digest": (is_as_packaged, immutable(_BLOBS[0])),
    "rpm-sqlite": (_headers, sqlite(_BLOBS, 512)),
    "rpm-ndb": (_headers, ndb(_BLOBS)),
    "rpm-berkeley": (_headers, berkeley(_BLOBS, page_size=512)),
    "pacman-desc": (pacman.parse_desc, b"%NAME%\na\n\n%VERSION%\n1\n"),
    "pacman-files": (pacman.parse_files, b"%FILES%\nusr/\nusr/a\n"),
    "pacman-mtree": (pacman.parse_mtree, gzip.compress(b"/set uid=0\n./a\\040 mode=755 sha256digest=00\n", mtime=0)),
    "os-release": (parse_os_release, b'ID=a\nNAME="b \\" c"\n'),
    "python-metadata": (python_package.parse_metadata, b"Name: a\nVersion: 1\n\n"),
    "python-record": (lambda data: python_package.parse_record(data, "a/b.dist-info"), b'a,sha256=b,1\n"c,d",,\n'),
    "npm": (npm_package.parse_package_json, b'{"name": "@a/b", "version": "1", "license": "c"}'),
    "gem": (gemspec.parse_gemspec, b'# stub: a 1 ruby lib\n s.name = "a".freeze\n s.version = "1"\n'),
    "go": (parse_go_buildinfo, _GO),
    "jar": (lambda data: parse_jar(data, "a-1.jar"), _zip()),
    "jar-manifest": (parse_manifest, b"Manifest-Version: 1.0\nBundle-SymbolicName: a.b;x:=1\n c\n"),
    "pom-xml": (
        lambda data: parse_pom_xml(data, "a", "b"),
        b"<parent><version>1</version></parent><version>2</version>",
    ),
    "executable": (parse_executable, mach_o()),
    "go-program": (find_go_build, go_elf("go1.22.1", "path\ta\nmod\ta\tv1\t\n")),
    "go-program-of-old": (find_go_build, old_go_elf("go1.17", "path\ta\nmod\ta\tv1\t\n")),
    "go-program-of-windows": (find_go_build, go_pe("go1.22.1", "path\ta\nmod\ta\tv1\t\n")),
    "rust": (find_crates, rust_elf([{"name": "a", "version": "1"}])),
    "composer": (parse_installed_json, b'{"packages": [{"name": "a/b", "version": "1", "license": ["MIT"]}]}'),
    "dotnet": (parse_deps_json, b'{"libraries": {"A/1.0": {"type": "package"}, "B/1": {"type": "project"}}}'),
    "conda": (lambda data: parse_conda_meta(data, "opt"), b'{"name": "a", "version": "1", "files": ["b"]}'),
    "rpm-manifest": (parse_rpm_manifest, b"a\t1-1\t1\t1\tM\t(none)\t1\tx86_64\t0\ta-1.src.rpm\n"),
    "chisel": (parse_manifest_wall, wall({"kind": "package", "name": "a", "version": "1"})),
    "spdx": (
        parse_spdx_packages,
        (
            b'{"spdxVersion": "SPDX-2.3", "packages": [{"versionInfo": "1", "externalRefs": '
            b'[{"referenceType": "purl", "referenceLocator": "pkg:bitnami/a@1"}]}]}'
        ),
    ),
    "r": (parse_description, b"Package: a\nVersion: 1\nBuilt: R 4\n"),
    "portage": (store_path.parse_contents, b"obj /bin/a " + b"0" * 32 + b" 1\nsym /a -> b 1\n"),
    "erlang": (lambda data: scripted.parse_erlang_app(data, "a.app"), b'{application, a, [{vsn, "1.0"}]}.'),
    "rockspec": (scripted.parse_rockspec, b'package = "a"\nversion = "1-1"\n'),
    "wordpress": (lambda data: scripted.parse_wordpress(data, "a/b.php"), b"/*\nPlugin Name: A\nVersion: 1\n*/"),
    "perl": (scripted.perl_version, b"our $VERSION = '1.2';\n"),
    "snap": (applications.parse_snap_yaml, b"name: a\nversion: '1'\n"),
    "flatpak": (lambda data: applications.parse_flatpak_metadata(data, "app/a/b/c/d/e"), b"[Application]\nname=a\n"),
    "julia": (applications.parse_julia_project, b'name = "a"\nversion = "1"\n'),
    "swift": (applications.parse_package_resolved, b'{"pins": [{"identity": "a", "state": {"version": "1"}}]}'),
    "copyright": (parse_copyright, b"Format: copyright-format\n\nFiles: *\nLicense: GPL-2+ and Expat\n"),
    "zip": (_members, _zip()),
    "accounts": (parse_account_names, b"root:x:0:0:r:/root:/bin/sh\n"),
    "program": (program_by_content, b"\x7fELF BASH_VERSION GNU bash"),
}


def is_total(parse: Parser, data: bytes) -> None:
    """Run a parser to its end: a value, or an error of the tree and no other."""
    try:
        found = parse(data)
        if isinstance(found, Iterable) and not isinstance(found, str | bytes):
            list(found)
    except InputError:
        pass


@pytest.mark.parametrize("name", PARSERS)
@given(data=st.binary(max_size=600))
def test_random_bytes_end_in_a_value_or_an_error_of_the_tree(name: str, data: bytes) -> None:
    is_total(PARSERS[name][0], data)


@pytest.mark.parametrize("name", PARSERS)
@given(draw=st.data())
def test_changed_bytes_end_in_a_value_or_an_error_of_the_tree(name: str, draw: st.DataObject) -> None:
    parse, good = PARSERS[name]
    data = bytearray(good)
    for _ in range(draw.draw(st.integers(1, 8))):
        at = draw.draw(st.integers(0, max(len(data) - 1, 0)))
        match draw.draw(st.integers(0, 3)):
            case 0 if data:
                data[at] = draw.draw(st.integers(0, 255))
            case 1:
                del data[at:]
            case 2:
                data[at:at] = data[: draw.draw(st.integers(0, 64))]
            case _:
                data[at : at + 4] = draw.draw(
                    st.sampled_from([b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\n\n\0\0"])
                )
    is_total(parse, bytes(data))


PATHS = (
    "var/lib/dpkg/status var/lib/dpkg/info/a.list var/lib/dpkg/info/a.md5sums var/lib/dpkg/status.d/a "
    "var/lib/dpkg/diversions var/lib/dpkg/statoverride lib/apk/db/installed usr/lib/sysimage/rpm/rpmdb.sqlite "
    "var/lib/rpm/rpmdb.sqlite-wal var/lib/rpm/Packages var/lib/pacman/local/a-1/desc var/lib/pacman/local/a-1/mtree "
    "var/lib/pacman/local/a-1/files etc/os-release a-1.dist-info/METADATA a-1.dist-info/RECORD a.egg-info/PKG-INFO "
    "a.egg-info/installed-files.txt a.egg-info package.json specifications/a-1.gemspec a.jar"
).split()


@pytest.mark.parametrize("path", PATHS)
@given(data=st.binary(max_size=300) | st.sampled_from([good for _, good in PARSERS.values()]))
def test_each_file_of_a_package_is_read_or_refused(path: str, data: bytes) -> None:
    reader = reader_of(path)

    assert reader is not None
    is_total(lambda content: reader(path, content), data)


_TEXT = st.text(st.characters(exclude_characters="\0"), max_size=20)
_FILES = st.builds(
    PackageFile,
    path=_TEXT,
    digest=st.sampled_from(["", "md5:00", "sha256:ab"]),
    mode=st.none() | st.integers(0, 0o7777),
    owner=_TEXT,
    flags=st.sampled_from(["", "c", "gd"]),
)


@given(files=st.lists(_FILES, max_size=20))
def test_files_come_out_of_their_text_as_they_went_in(files: list[PackageFile]) -> None:
    assert list(unpack_files(pack_files(files))) == files


@given(name=_TEXT, version=_TEXT, kind=st.sampled_from(PackageType))
def test_a_record_comes_out_of_its_fact_as_it_went_in(name: str, version: str, kind: PackageType) -> None:
    record = PackageRecord(type=kind, name=name, version=version)

    assert recorded(record) == RecordedPackage(record)


@given(name=st.text(min_size=1, max_size=20), version=st.text(min_size=1, max_size=20))
def test_a_package_url_has_its_parts_where_a_reader_looks_for_them(name: str, version: str) -> None:
    purl = make_purl("maven", name, version, qualifiers={"arch": version})
    rest, _, qualifiers = purl.partition("?")
    path, _, found = rest.rpartition("@")

    assert purl.isascii()
    assert unquote(found) == version
    assert path == f"pkg:maven/{path.rpartition('/')[2]}"
    assert unquote(path.rpartition("/")[2]) == name
    assert unquote(qualifiers.partition("=")[2]) == version


@given(recorded=st.text(max_size=80), computed=st.dictionaries(st.sampled_from(["md5", "sha256"]), st.text(max_size=5)))
def test_digests_of_any_form_can_be_compared(recorded: str, computed: dict[str, str]) -> None:
    assert same_digest(recorded, Digests(**computed)) in (True, False, None)


@given(name=st.text(max_size=40))
def test_any_name_is_dangerous_or_not(name: str) -> None:
    assert danger_of(name) is None or isinstance(danger_of(name), str)
