"""Which package a Java archive is."""

from __future__ import annotations

import pytest

from imgscan.formats.packages.java.groups import known_group
from imgscan.formats.packages.java.identity import JavaNames, packages_of
from imgscan.formats.packages.java.manifest import group_by_bundle, parse_manifest
from imgscan.formats.packages.java.pom import PomName

DEPENDENCY = PomName("org.example", "dependency", "3.1")


def names(path: str, manifest: str = "", *poms: PomName) -> list[tuple[str, str, str]]:
    found = packages_of(JavaNames(parse_manifest(manifest.encode()), poms), path)
    return [(package.namespace, package.name, package.version) for package in found]


def test_the_vendor_id_is_the_group() -> None:
    manifest = "Implementation-Vendor-Id: org.hibernate\nImplementation-Version: 5.6.15.Final\n"

    assert names("hibernate-core-5.6.15.Final.jar", manifest) == [("org.hibernate", "hibernate-core", "5.6.15.Final")]


def test_a_vendor_id_that_names_a_maker_of_many_groups_is_no_group() -> None:
    assert names("commons-io-2.6.jar", "Implementation-Vendor-Id: org.apache\n") == [
        ("commons-io", "commons-io", "2.6")
    ]


def test_the_group_of_a_known_artifact_depends_on_its_version() -> None:
    assert known_group("hibernate-core", "5.6.0") == "org.hibernate"
    assert known_group("hibernate-core", "6.2.0.Final") == "org.hibernate.orm"
    assert known_group("spring-boot-starter-web") == "org.springframework.boot"
    assert known_group("nobody-knows-this") == ""


@pytest.mark.parametrize(
    ("bundle", "artifact", "group"),
    [
        ("com.fasterxml.jackson.core.jackson-databind", "jackson-databind", "com.fasterxml.jackson.core"),
        ("io.netty.buffer", "netty-buffer", "io.netty"),
        ("org.apache.commons.lang3", "commons-lang3", "org.apache.commons"),
        ("org.yaml.snakeyaml", "snakeyaml", "org.yaml"),
        ("com.acme.other", "thing", ""),
        ("thing", "thing", ""),
    ],
)
def test_a_bundle_name_gives_the_group_when_the_artifact_is_its_end(bundle: str, artifact: str, group: str) -> None:
    assert group_by_bundle(bundle, artifact) == group


def test_the_artifact_is_what_the_file_is_called_and_not_the_bundle() -> None:
    manifest = "Bundle-SymbolicName: org.springframework.core\nBundle-Version: 4.3.30\n"

    assert names("spring-core.jar", manifest) == [("org.springframework", "spring-core", "4.3.30")]


def test_an_archive_that_holds_the_pom_of_another_is_a_package_of_its_own() -> None:
    assert names("my-app-1.0.jar", "", DEPENDENCY) == [("", "my-app", "1.0"), ("org.example", "dependency", "3.1")]
    assert names("app.jar", "Implementation-Title: shop\nImplementation-Version: 2.0\n", DEPENDENCY) == [
        ("", "shop", "2.0"),
        ("org.example", "dependency", "3.1"),
    ]


def test_an_archive_that_holds_its_own_pom_is_one_package() -> None:
    assert names("dependency-3.1.jar", "", DEPENDENCY) == [("org.example", "dependency", "3.1")]
    assert names("renamed.jar", "", DEPENDENCY) == [("org.example", "dependency", "3.1")]
    assert names("org.example.dependency-3.1.jar", "", DEPENDENCY) == [("org.example", "dependency", "3.1")]


def test_a_placeholder_is_no_version() -> None:
    assert names("thing.jar", "Implementation-Version: ${project.version}\n") == []


def test_a_plugin_of_jenkins_is_named_by_its_manifest() -> None:
    manifest = "Short-Name: git\nPlugin-Version: 5.2.1\n"

    assert names("git.hpi", manifest) == [("org.jenkins-ci.plugins", "git", "5.2.1")]
    assert names("git.hpi", manifest + "Group-Id: com.acme\n") == [("com.acme", "git", "5.2.1")]
