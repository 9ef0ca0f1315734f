"""Every record of packages that an image may have: where it stands, and what it is listed as."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from ..packaged import told

SITE = "usr/lib/python3/site-packages"
METADATA = b"Metadata-Version: 2.1\nName: alpha\nVersion: 57.4.0\n"
SPDX = {
    "spdxVersion": "SPDX-2.3",
    "packages": [
        {
            "name": "postgresql",
            "versionInfo": "16.2.0",
            "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:bitnami/postgresql@16.2.0"}],
        }
    ],
}


def egg(text: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("EGG-INFO/PKG-INFO", text)
    return out.getvalue()


def as_json(document: object) -> bytes:
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("path", "content", "purl"),
    [
        (f"{SITE}/alpha-57.4.0-py3.11.egg/EGG-INFO/PKG-INFO", METADATA, "pkg:pypi/alpha@57.4.0"),
        (f"{SITE}/alpha-57.4.0.egg-info/METADATA", METADATA, "pkg:pypi/alpha@57.4.0"),
        (f"{SITE}/alpha-57.4.0-py3.11.egg", egg(METADATA), "pkg:pypi/alpha@57.4.0"),
        ("app/node_modules/left/package.json", b'{"name": "left", "version": " =v1.2.3 "}', "pkg:npm/left@1.2.3"),
        (
            "app/vendor/composer/installed.json",
            as_json({"packages": [{"name": "behat/mink", "version": "v1.8.1"}]}),
            "pkg:composer/behat/mink@v1.8.1",
        ),
        (
            "app/App.deps.json",
            as_json({"libraries": {"Newtonsoft.Json/13.0.3": {"type": "package"}}}),
            "pkg:nuget/Newtonsoft.Json@13.0.3",
        ),
        (
            "opt/conda/conda-meta/zlib-1.2.11-h_0.json",
            as_json(
                {"name": "zlib", "version": "1.2.11", "build": "h_0", "channel": "conda-forge", "subdir": "linux-64"}
            ),
            "pkg:conda/zlib@1.2.11?build=h_0&channel=conda-forge&subdir=linux-64",
        ),
        ("opt/bitnami/postgresql/.spdx-postgresql.spdx", as_json(SPDX), "pkg:bitnami/postgresql@16.2.0"),
        ("usr/lib/R/library/x/DESCRIPTION", b"Package: x\nVersion: 1\nBuilt: R 4\n", "pkg:cran/x@1"),
        ("var/lib/opkg/status", b"Package: a\nVersion: 1-r1\nStatus: install user installed\n", "pkg:opkg/a@1-r1"),
        ("usr/lib/opkg/status", b"Package: a\nVersion: 1-r1\nStatus: install user installed\n", "pkg:opkg/a@1-r1"),
        ("var/db/pkg/dev-libs/openssl-3.0.12-r1/CONTENTS", b"dir /usr\n", "pkg:ebuild/dev-libs/openssl@3.0.12-r1"),
        (
            "home/linuxbrew/.linuxbrew/Cellar/jq/1.7.1/INSTALL_RECEIPT.json",
            b"{}",
            "pkg:brew/jq@1.7.1",
        ),
        ("app/lib/plug-1.14.0/ebin/plug.app", b'{application,plug,[{vsn,"1.14.0"}]}.', "pkg:hex/plug@1.14.0"),
        (
            "usr/local/lib/luarocks/rocks-5.1/lpeg/1.0-1/lpeg-1.0-1.rockspec",
            b'package = "lpeg"\nversion = "1.0-1"\n',
            "pkg:luarocks/lpeg@1.0-1",
        ),
        (
            "var/www/html/wp-content/plugins/forms/forms.php",
            b"<?php\n/*\nPlugin Name: Forms\nVersion: 5.8.1\n*/",
            "pkg:wordpress-plugin/forms@5.8.1",
        ),
        ("var/www/html/wp-includes/version.php", b"<?php\n$wp_version = '6.4.2';\n", "pkg:generic/wordpress@6.4.2"),
        (
            "usr/local/lib/perl5/5.36/.meta/JSON-XS-4.03/install.json",
            as_json({"name": "JSON::XS", "version": "4.03", "dist": "JSON-XS-4.03"}),
            "pkg:cpan/JSON-XS@4.03",
        ),
        (
            "root/.julia/packages/JSON/abcd/Project.toml",
            b'name = "JSON"\nuuid = "u-1"\nversion = "0.21.4"\n',
            "pkg:julia/JSON@0.21.4?uuid=u-1",
        ),
        (
            "app/Package.resolved",
            as_json({"pins": [{"location": "https://github.com/apple/swift-nio.git", "state": {"version": "2.62.0"}}]}),
            "pkg:swift/github.com/apple/swift-nio@2.62.0",
        ),
        ("snap/core22/1/meta/snap.yaml", b"name: core22\nversion: '2024'\n", "pkg:snap/core22@2024"),
        (
            "var/lib/flatpak/app/org.gimp.GIMP/x86_64/stable/abc/metadata",
            b"[Application]\nname=org.gimp.GIMP\n",
            "pkg:flatpak/org.gimp.GIMP@stable?arch=x86_64",
        ),
        (
            "app/META-INF/maven/org.example/thing/pom.properties",
            b"groupId=org.example\nartifactId=thing\nversion=2\n",
            "pkg:maven/org.example/thing@2",
        ),
        (
            "var/jenkins_home/plugins/git/META-INF/MANIFEST.MF",
            b"Manifest-Version: 1.0\nShort-Name: git\nPlugin-Version: 5.2.1\n",
            "pkg:maven/org.jenkins-ci.plugins/git@5.2.1",
        ),
    ],
)
def test_a_record_is_listed_with_its_package_url_and_layer(path: str, content: bytes, purl: str) -> None:
    (item,) = told({"etc/hostname": b""}, {path: content}).section("packages")

    assert (item["purl"], item["path"], item["layer"]) == (purl, f"/{path}", 1)


def test_a_directory_of_the_nix_store_is_a_package_and_a_file_is_none() -> None:
    store = "nix/store/0123456789abcdfghijklmnpqrsvwxyz"

    found = told({f"{store}-openssl-3.0.12-bin/bin/openssl": b"x", f"{store}-patch-1.0": b"x"}).section("packages")

    assert [item["purl"] for item in found] == [
        "pkg:nix/openssl@3.0.12?output=bin&outputhash=0123456789abcdfghijklmnpqrsvwxyz"
    ]


def test_a_distribution_of_perl_has_the_version_of_its_module() -> None:
    library = "usr/local/lib/perl5/site_perl/5.36"
    files = {
        f"{library}/x86_64/auto/JSON/XS/.packlist": b"/x\n",
        f"{library}/x86_64/JSON/XS.pm": b"our $VERSION = '4.03';",
    }

    found = told(files).section("packages")

    assert [item["purl"] for item in found] == ["pkg:cpan/JSON-XS@4.03"]


def test_a_file_of_conda_is_owned_by_its_package() -> None:
    document = {"name": "a", "version": "1", "files": ["bin/a"]}

    result = told(
        {"opt/conda/conda-meta/a-1-0.json": as_json(document), "opt/conda/bin/a": (0o755, b"\x7fELF" + bytes(60))}
    )

    assert result.rules() == []


def test_archives_that_were_not_read_inside_an_archive_are_told() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("lib/x-1.jar", "an error page")

    result = told({"app/a-1.war": out.getvalue()})

    assert [item["name"] for item in result.section("packages")] == ["a"]
    assert "lib/x-1.jar was not read" in result.finding("packages.unreadable").message
