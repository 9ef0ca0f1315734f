"""Records that installers of many languages leave: what each says, and what its neighbours do not."""

from __future__ import annotations

import json

import pytest

from imgscan.errors import PackageDataError
from imgscan.formats.packages import applications, scripted, store_path
from imgscan.formats.packages.chisel import parse_manifest_wall
from imgscan.formats.packages.composer import parse_installed_json
from imgscan.formats.packages.conda import parse_conda_meta
from imgscan.formats.packages.dotnet import parse_deps_json
from imgscan.formats.packages.npm import parse_package_json
from imgscan.formats.packages.r_package import parse_description
from imgscan.formats.packages.rpm_manifest import parse_rpm_manifest, parse_rpm_names
from imgscan.formats.packages.rust_audit import find_crates, parse_crates
from imgscan.formats.packages.spdx_document import parse_purl, parse_spdx_packages
from imgscan.model.package import PackageFile, PackageType
from imgscan.testing.programs import elf_with_sections, rust_elf, wall

ROWS = [{"name": "behat/mink", "version": "v1.8.1", "license": ["MIT"]}, {"name": "plain", "version": "2"}]


@pytest.mark.parametrize("document", [ROWS, {"packages": ROWS, "dev": False}], ids=["composer 1", "composer 2"])
def test_composer_names_vendor_package_and_licence(document: object) -> None:
    found = parse_installed_json(json.dumps(document).encode())

    assert [(item.namespace, item.name, item.version, item.license) for item in found] == [
        ("behat", "mink", "v1.8.1", "MIT"),
        ("", "plain", "2", ""),
    ]


@pytest.mark.parametrize("data", [b"", b"<html>", b'{"packages": 3}', b"3"])
def test_an_installed_json_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(PackageDataError):
        parse_installed_json(data)


def test_dotnet_lists_packages_and_the_runtime_but_not_the_program() -> None:
    libraries = {
        "App/1.0.0": {"type": "project"},
        "Newtonsoft.Json/13.0.3": {"type": "package"},
        "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1": {"type": "runtimepack"},
        "odd": {"type": "package"},
    }

    found = parse_deps_json(json.dumps({"libraries": libraries}).encode())

    assert [(item.name, item.version) for item in found] == [
        ("Newtonsoft.Json", "13.0.3"),
        ("Microsoft.NETCore.App.Runtime.linux-x64", "8.0.1"),
    ]


def test_a_deps_json_of_something_else_is_refused() -> None:
    with pytest.raises(PackageDataError):
        parse_deps_json(b'{"name": "x"}')


def test_crates_that_only_built_a_program_are_left_out() -> None:
    rows = [{"name": "adler", "version": "1.0.2"}, {"name": "cc", "version": "1.0", "kind": "build"}, {"name": ""}]

    assert [(crate.name, crate.version) for crate in find_crates(rust_elf(rows))] == [("adler", "1.0.2")]
    assert find_crates(rust_elf(rows, section=".other")) == ()
    assert find_crates(elf_with_sections({".rodata": b"adler 1.0.2"})) == ()


@pytest.mark.parametrize("data", [b"", b"not zlib", b"x\x9c\x03\0\0\0\0\x01"])
def test_a_damaged_list_of_crates_is_refused(data: bytes) -> None:
    with pytest.raises(PackageDataError):
        parse_crates(data)


def test_conda_records_files_below_its_prefix_with_the_digest_that_they_have_there() -> None:
    paths = [
        {"_path": "lib/a.so", "sha256": "a" * 64},
        {"_path": "bin/b", "sha256": "b" * 64, "sha256_in_prefix": "c" * 64, "prefix_placeholder": "/opt"},
        {"_path": "lib/c.so", "path_type": "softlink", "sha256": "a" * 64},
    ]
    document = {"name": "zlib", "version": "1.2.11", "channel": "https://conda.example/conda-forge/linux-64"}

    found = parse_conda_meta(json.dumps({**document, "paths_data": {"paths": paths}}).encode(), "opt/conda")

    assert (found.name, found.version, found.supplier) == ("zlib", "1.2.11", "conda-forge")
    assert found.files == (
        PackageFile("opt/conda/lib/a.so", "sha256:" + "a" * 64),
        PackageFile("opt/conda/bin/b", "sha256:" + "c" * 64),
        PackageFile("opt/conda/lib/c.so", flags="l"),
    )


def test_a_manifest_of_rpm_packages_names_source_and_epoch() -> None:
    line = "alpha\t1.0-1.azl3\t1\t1\tMicrosoft Corporation\t{}\t1000\tx86_64\t{}\talpha-1.0-1.azl3.src.rpm\n"

    found = parse_rpm_manifest((line.format("(none)", 0) + line.format(1, 1)).encode())

    assert [(item.name, item.version, item.epoch, item.arch) for item in found] == [
        ("alpha", "1.0-1.azl3", "", "x86_64"),
        ("alpha", "1.0-1.azl3", "1", "x86_64"),
    ]


def test_a_manifest_of_names_alone_has_version_release_and_architecture() -> None:
    found = parse_rpm_names(b"ca-certificates-base-2.0.0-16.cm2.noarch\nlibgcc-11.2.0-7.cm2.x86_64\n")

    assert [(item.name, item.version, item.arch) for item in found] == [
        ("ca-certificates-base", "2.0.0-16.cm2", "noarch"),
        ("libgcc", "11.2.0-7.cm2", "x86_64"),
    ]
    with pytest.raises(PackageDataError):
        parse_rpm_names(b"<html>\n")


def test_a_manifest_without_one_line_of_its_form_is_refused() -> None:
    with pytest.raises(PackageDataError):
        parse_rpm_manifest(b"<html>\n")
    assert parse_rpm_manifest(b"") == []


def test_chisel_gives_each_package_the_paths_of_its_slices() -> None:
    data = wall(
        {"kind": "package", "name": "libc6", "version": "2.39", "arch": "amd64", "sha256": "a" * 64},
        {"kind": "path", "path": "/usr/bin/x", "mode": "0755", "slices": ["libc6_libs"], "sha256": "b" * 64},
        {
            "kind": "path",
            "path": "/etc/y",
            "mode": "0644",
            "slices": ["libc6_libs"],
            "sha256": "b" * 64,
            "final_sha256": "c" * 64,
        },
        {"kind": "path", "path": "/usr/lib/", "mode": "0755", "slices": ["libc6_libs"]},
        {"kind": "path", "path": "/lib", "mode": "0777", "slices": ["libc6_libs"], "link": "usr/lib"},
    )

    (found,) = parse_manifest_wall(data)

    assert (found.type, found.name, found.version, found.arch) == (PackageType.DEB, "libc6", "2.39", "amd64")
    assert found.files == (
        PackageFile("usr/bin/x", "sha256:" + "b" * 64, 0o755, "0:0"),
        PackageFile("etc/y", "sha256:" + "c" * 64, 0o644, "0:0"),
        PackageFile("lib", "", None, "0:0", "l"),
    )


@pytest.mark.parametrize("data", [b"", b"plain text", wall({"kind": "package"})[:-5]])
def test_a_manifest_of_chisel_that_is_cut_or_none_is_refused(data: bytes) -> None:
    with pytest.raises(PackageDataError):
        parse_manifest_wall(data)


def test_an_spdx_document_names_what_has_a_package_url_and_a_version() -> None:
    refs = [{"referenceType": "purl", "referenceLocator": "pkg:bitnami/postgresql@16.2.0?arch=amd64"}]
    packages = [
        {
            "name": "postgresql",
            "versionInfo": "16.2.0",
            "externalRefs": refs,
            "licenseConcluded": "NOASSERTION",
            "licenseDeclared": "PostgreSQL",
        },
        {"name": "nothing", "versionInfo": "1"},
    ]

    found = parse_spdx_packages(json.dumps({"spdxVersion": "SPDX-2.3", "packages": packages}).encode())

    assert [(item.type, item.name, item.version, item.arch, item.license) for item in found] == [
        (PackageType.BITNAMI, "postgresql", "16.2.0", "amd64", "PostgreSQL")
    ]


@pytest.mark.parametrize("text", ["", "pkg:", "pkg:unheard-of/a@1", "pkg:npm", "npm/a@1"])
def test_what_is_no_package_url_of_a_known_type_is_none(text: str) -> None:
    assert parse_purl(text) is None


def test_a_scope_in_a_package_url_is_decoded() -> None:
    assert parse_purl("pkg:npm/%40scope/name@1") == (PackageType.NPM, "@scope", "name", "")


def test_r_tells_an_installed_package_from_a_source() -> None:
    text = b"Package: stringr\nVersion: 1.5.0\nLicense: MIT + file LICENSE\n"

    found = parse_description(text + b"Built: R 4.3.0; ; 2023-01-01; unix\n")

    assert found is not None
    assert (found.name, found.version, found.license) == ("stringr", "1.5.0", "MIT + file LICENSE")
    assert parse_description(text) is None


@pytest.mark.parametrize(
    ("path", "name", "version", "output"),
    [
        ("nix/store/0123456789abcdfghijklmnpqrsvwxyz-openssl-3.0.12", "openssl", "3.0.12", ""),
        ("nix/store/0123456789abcdfghijklmnpqrsvwxyz-openssl-3.0.12-bin", "openssl", "3.0.12", "bin"),
        ("nix/store/0123456789abcdfghijklmnpqrsvwxyz-gcc-12.3.0-lib", "gcc", "12.3.0", "lib"),
        ("nix/store/0123456789abcdfghijklmnpqrsvwxyz-python3.11-pip-23.0", "python3.11-pip", "23.0", ""),
    ],
)
def test_a_store_path_names_package_version_and_output(path: str, name: str, version: str, output: str) -> None:
    found = store_path.parse_store_path(path)

    assert found is not None
    assert (found.name, found.version, found.arch) == (name, version, output)


@pytest.mark.parametrize("name", ["source", "openssl-3.0.12.drv", "builder.sh", ".links"])
def test_a_store_path_without_a_version_is_no_package(name: str) -> None:
    assert store_path.parse_store_path(f"nix/store/0123456789abcdfghijklmnpqrsvwxyz-{name}") is None


def test_portage_names_category_package_and_revision() -> None:
    found = store_path.parse_ebuild_folder("var/db/pkg/dev-libs/openssl-3.0.12-r1")

    assert found is not None
    assert (found.namespace, found.name, found.version) == ("dev-libs", "openssl", "3.0.12-r1")
    assert store_path.parse_ebuild_folder("var/db/pkg/dev-libs/-MERGING-x") is None


def test_contents_of_portage_are_files_with_digests_and_links() -> None:
    data = b"dir /usr\nobj /usr/bin/a b " + b"0" * 32 + b" 1700000000\nsym /usr/lib/x -> y 1700000000\nodd\n"

    assert store_path.parse_contents(data) == [
        PackageFile("usr/bin/a b", "md5:" + "0" * 32),
        PackageFile("usr/lib/x", flags="l"),
    ]


def test_homebrew_names_its_packages_by_folder() -> None:
    found = store_path.parse_cellar_folder("home/linuxbrew/.linuxbrew/Cellar/jq/1.7.1")

    assert found is not None
    assert (found.name, found.version) == ("jq", "1.7.1")
    assert store_path.parse_cellar_folder("opt/jq/1.7.1") is None


def test_applications_of_erlang_are_of_otp_or_of_hex() -> None:
    data = b'{application,plug,[{description,"x"},{vsn,"1.14.0"}]}.'

    hexed = scripted.parse_erlang_app(data, "app/lib/plug-1.14.0/ebin/plug.app")
    own = scripted.parse_erlang_app(data, "usr/local/lib/erlang/lib/plug-1.14.0/ebin/plug.app")

    assert hexed is not None
    assert own is not None
    assert (hexed.type, hexed.version, own.type) == (PackageType.HEX, "1.14.0", PackageType.OTP)
    assert scripted.parse_erlang_app(b"<plist>", "a.app") is None


def test_a_plugin_of_wordpress_is_named_by_its_folder() -> None:
    data = b"<?php\n/**\n * Plugin Name: Contact Form\n * Version: 5.8.1\n * License: GPL-2.0+\n */"

    found = scripted.parse_wordpress(data, "var/www/html/wp-content/plugins/contact-form/main.php")

    assert found is not None
    assert (found.type, found.name, found.version) == (PackageType.WORDPRESS_PLUGIN, "contact-form", "5.8.1")
    assert scripted.parse_wordpress(b"<?php\n// Version: 5\n", "wp-content/plugins/a/b.php") is None


def test_rockspec_perl_snap_flatpak_julia_and_swift_say_their_versions() -> None:
    rock = scripted.parse_rockspec(b'package = "lpeg"\nversion = "1.0.2-1"\ndescription = {\n license = "MIT/X11"\n}\n')
    snap = applications.parse_snap_yaml(b"name: core22\nversion: '20240111'\napps:\n  name: no\n")
    flatpak = applications.parse_flatpak_metadata(
        b"[Application]\nname=org.gimp.GIMP\n", "var/lib/flatpak/app/org.gimp.GIMP/x86_64/stable/abc/metadata"
    )
    julia = applications.parse_julia_project(b'name = "JSON"\nuuid = "u"\nversion = "0.21.4"\n')
    swift = applications.parse_package_resolved(
        b'{"pins": [{"location": "https://github.com/apple/swift-nio.git", "state": {"version": "2.62.0"}}]}'
    )

    assert [(item.name, item.version) for item in (rock, snap, flatpak, julia, *swift) if item] == [
        ("lpeg", "1.0.2-1"),
        ("core22", "20240111"),
        ("org.gimp.GIMP", "stable"),
        ("JSON", "0.21.4"),
        ("swift-nio", "2.62.0"),
    ]
    assert scripted.perl_version(b"package A;\nour $VERSION = '1.23';\n") == "1.23"
    assert scripted.perl_version(b"package A;\n1;\n") == ""
    assert scripted.perl_module("usr/local/lib/perl5/site_perl/5.36/x86_64/auto/JSON/XS/.packlist") == "JSON/XS"


def test_a_byte_in_latin_1_does_not_hide_a_package() -> None:
    found = parse_package_json(b'{"name":"left","version":"v1.0.0 ","author":"Jos\xe9"}')

    assert (found.name, found.version) == ("left", "1.0.0")
