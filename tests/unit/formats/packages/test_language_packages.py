"""Python distributions, npm packages and gems, as they describe themselves."""

from __future__ import annotations

import pytest

from imgscan.errors import PackageDataError
from imgscan.formats.packages.gemspec import parse_gemspec
from imgscan.formats.packages.npm import is_installed_package, parse_package_json
from imgscan.formats.packages.python import parse_metadata, parse_record
from imgscan.model.package import PackageFile


def test_core_metadata_ends_at_the_first_empty_line() -> None:
    found = parse_metadata(b"Metadata-Version: 2.1\nName: Django\nVersion: 4.2\nLicense: BSD\n\nName: other\n")

    assert (found.name, found.version, found.license) == ("Django", "4.2", "BSD")


def test_a_licence_text_is_no_licence_name() -> None:
    assert parse_metadata(b"Name: a\nVersion: 1\nLicense: Copyright\n all of it\n").license == ""


@pytest.mark.parametrize("field", [b"", b"License: UNKNOWN\n", b"License: Copyright\n all of it\n"])
def test_without_a_licence_name_the_classifiers_say_it(field: bytes) -> None:
    classifiers = b"Classifier: License :: OSI Approved :: MIT License\nClassifier: License :: Public Domain\n"
    data = b"Name: a\nVersion: 1\n" + field + classifiers + b"\nClassifier: License :: in the description\n"

    assert parse_metadata(data).license == "MIT License, Public Domain"


def test_a_licence_expression_counts_more_than_classifiers() -> None:
    data = b"Name: a\nVersion: 1\nLicense-Expression: MIT\nClassifier: License :: OSI Approved :: BSD License\n"

    assert parse_metadata(data).license == "MIT"


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        (b'"license": {"type": "MIT", "url": "x"}', "MIT"),
        (b'"licenses": [{"type": "MIT"}, {"type": "ISC"}, 1, {"type": 2}]', "MIT OR ISC"),
        (b'"license": ["MIT"]', "MIT"),
        (b'"license": 5', ""),
        (b'"license": "' + b"x" * 400 + b'"', ""),
    ],
)
def test_older_npm_packages_have_licences_as_objects(licence: bytes, expected: str) -> None:
    assert parse_package_json(b'{"name": "a", "version": "1", ' + licence + b"}").license == expected


def test_metadata_without_a_version_is_refused() -> None:
    with pytest.raises(PackageDataError):
        parse_metadata(b"Name: a\n\nVersion: 1\n")


def test_a_record_is_relative_to_the_directory_above() -> None:
    data = b"""a/__init__.py,sha256=abc_-,3
a/__pycache__/__init__.cpython-311.pyc,,
../../bin/tool,sha256=def,1
"a/with,comma.py",sha256=ghi,1
a-1.dist-info/RECORD,,
"""

    assert list(parse_record(data, "usr/lib/python3/site-packages/a-1.dist-info")) == [
        PackageFile("usr/lib/python3/site-packages/a/__init__.py", "sha256:abc_-"),
        PackageFile("usr/lib/bin/tool", "sha256:def"),
        PackageFile("usr/lib/python3/site-packages/a/with,comma.py", "sha256:ghi"),
        PackageFile("usr/lib/python3/site-packages/a-1.dist-info/RECORD", ""),
    ]


def test_a_line_of_a_record_that_is_none_is_left_out() -> None:
    assert list(parse_record(b'one\n"unclosed\na,b\n', "x.dist-info")) == []


def test_a_scope_is_a_namespace() -> None:
    found = parse_package_json(b'{"name": "@angular/core", "version": "1.2.3", "license": "MIT"}')

    assert (found.namespace, found.name, found.version, found.license) == ("@angular", "core", "1.2.3", "MIT")


@pytest.mark.parametrize("data", [b"", b"[]", b'{"type": "module"}', b'{"name": 1, "version": "1"}', b"[" * 100_000])
def test_a_package_json_that_is_no_package_is_refused(data: bytes) -> None:
    with pytest.raises(PackageDataError):
        parse_package_json(data)


@pytest.mark.parametrize(
    ("path", "installed"),
    [
        ("app/package.json", True),
        ("app/node_modules/a/package.json", True),
        ("app/node_modules/@s/a/package.json", True),
        ("app/node_modules/a/test/fixture/package.json", False),
        ("app/node_modules/a/node_modules/b/package.json", True),
    ],
)
def test_a_package_json_inside_a_package_is_none_itself(path: str, installed: bool) -> None:
    assert is_installed_package(path) is installed


def test_a_gemspec_is_read_without_running_it() -> None:
    data = b"""# -*- encoding: utf-8 -*-
# stub: nokogiri 1.15.4 x86_64-linux lib

Gem::Specification.new do |s|
  s.name = "nokogiri".freeze
  s.version = Gem::Version.new("1.15.4")
  s.platform = "x86_64-linux".freeze
  s.licenses = ["MIT".freeze, "BSD".freeze]
end
"""
    found = parse_gemspec(data)

    assert (found.name, found.version, found.arch, found.license) == (
        "nokogiri",
        "1.15.4",
        "x86_64-linux",
        "MIT OR BSD",
    )


def test_a_gemspec_that_computes_its_version_has_it_from_the_stub() -> None:
    found = parse_gemspec(b'# stub: rake 13.0.6 ruby lib\ns.name = "rake"\ns.version = VERSION\n')

    assert (found.name, found.version, found.arch) == ("rake", "13.0.6", "")


def test_a_gemspec_that_says_nothing_plainly_is_refused() -> None:
    with pytest.raises(PackageDataError):
        parse_gemspec(b"Gem::Specification.new { |s| s.name = name }")
