"""Versions in order, held against the tools and the published rules of the ecosystems."""

from __future__ import annotations

import random
import shutil
import subprocess
from itertools import pairwise

import pytest
from packaging.version import Version

from imgscan.advisories.order import UnorderedError, is_ordered, key_of

ASCENDING = {
    # Debian Policy 5.6.12; deb-version(7).
    "Debian": ["0", "1.0~~", "1.0~~a", "1.0~", "1.0~rc1-1", "1.0", "1.0-1", "1.0-1+deb12u1", "1.0a", "1.0+b", "1:0.9"],
    # rpm's own tests, rpmvercmp.at.
    "AlmaLinux": [
        "1.0~rc1-1",
        "1.0-1",
        "1.0-1.el9",
        "1.0-1.el9_2.1",
        "1.0^git1-1",
        "1.0.1-1",
        "1.1-1",
        "1.10-1",
        "2.0-1",
        "1:0.1-1",
    ],
    # apk-tools, test/version.data.
    "Alpine": [
        "0.1.0_alpha",
        "0.1.0_beta2",
        "0.1.0_rc",
        "0.1.0_rc1",
        "0.1.0",
        "0.1.0-r1",
        "0.1.0_git20230424-r4",
        "0.1.0_git20230717-r5",
        "0.1.0_p1",
        "0.1.0a",
        "0.1.0.1",
        "0.1.01",
        "0.1.1",
        "0.12",
    ],
    # semver.org 2.0, section 11.
    "npm": [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "1.10.0",
    ],
    "Go": [
        "v0.0.0-20190101000000-abcdefabcdef",
        "0.1.0",
        "v1.2.0-rc.1",
        "1.2.0",
        "go1.20rc1",
        "1.20",
        "1.20.5",
        "v2.0.0",
    ],
    # PEP 440.
    "PyPI": ["1.0.dev1", "1.0a1", "1.0b2", "1.0rc1", "1.0", "1.0.post1", "1.0.1", "1.10", "1!0.5"],
    # Maven, ComparableVersion and its tests.
    "Maven": [
        "1.0-alpha-1",
        "1.0-alpha-2",
        "1.0-b1",
        "1.0-beta-2",
        "1.0-m1",
        "1.0-rc1",
        "1.0-SNAPSHOT",
        "1.0",
        "1.0-sp",
        "1.0-jre",
        "1.0.x1",
        "1.0-1-SNAPSHOT",
        "1.0-1",
        "1.0.1-SNAPSHOT",
        "1.0.1",
        "1.10",
    ],
    "RubyGems": ["1.0.0.a", "1.0.0.rc1", "1.0.0", "1.0.1", "1.10"],
    "NuGet": ["1.0.0-alpha", "1.0.0-beta", "1.0.0", "1.0.0.1", "1.0.1", "1.10.0"],
    # composer/semver and PHP's version_compare.
    "Packagist": [
        "1.0.0-dev",
        "1.0.0-alpha1-dev",
        "1.0.0-alpha1",
        "1.0.0-beta1",
        "1.0.0-RC1",
        "1.0.0",
        "1.0.0-p1",
        "1.0.1",
        "1.10.0",
    ],
    "Arch Linux": ["1.0rc1-1", "1.0-1", "1.0-2", "1.0.1-1", "1.10-1", "1:0.1-1"],
}


@pytest.mark.parametrize("ecosystem", ASCENDING)
def test_versions_come_in_the_order_of_their_ecosystem(ecosystem: str) -> None:
    keys = [key_of(ecosystem, version) for version in ASCENDING[ecosystem]]

    pairs = zip(pairwise(ASCENDING[ecosystem]), pairwise(keys), strict=True)
    wrong = [pair for pair, (one, other) in pairs if not one < other]
    assert wrong == []
    assert sorted(keys, reverse=True) == keys[::-1]


@pytest.mark.parametrize(
    ("ecosystem", "one", "other"),
    [
        ("Debian", "1.0", "0:1.0"),
        ("Debian", "1.00", "1.0"),
        ("Debian", "1.0-0", "1.0"),
        ("AlmaLinux", "1.0-1", "0:1.0-1"),
        ("AlmaLinux", "1.05-1", "1.5-1"),
        ("npm", "1.0.0+build", "v1.0.0"),
        ("Go", "v2.0.0+incompatible", "2.0.0"),
        ("PyPI", "1.0", "1.0.0"),
        ("Maven", "1.0.0", "1-ga"),
        ("Maven", "1.0-CR1", "1-rc1"),
        ("Maven", "1.x1", "1-x1"),
        ("Packagist", "v1.0", "1.0.0.0-stable"),
        ("Packagist", "1.0+build", "1.0"),
        ("Packagist", "1.0b2", "1.0.0-beta.2"),
        ("Alpine", "001.1", "1.1"),
    ],
)
def test_two_ways_to_write_a_version_are_one(ecosystem: str, one: str, other: str) -> None:
    assert key_of(ecosystem, one) == key_of(ecosystem, other)


@pytest.mark.parametrize(
    ("ecosystem", "text"),
    [
        ("PyPI", "not a version"),
        ("npm", "latest"),
        ("Go", "(devel)"),
        ("Debian", "a:1"),
        ("npm", ""),
        ("npm", "1" * 400),
        ("Alpine", "1.0-1"),
        ("Alpine", "1.0_early1"),
        ("Packagist", "dev-master"),
        ("Packagist", "1.0-early"),
        ("Maven", "a1" * 60),
        ("NuGet", "v"),
        ("NuGet", "vv"),
        ("RubyGems", "v"),
    ],
)
def test_what_is_no_version_is_refused(ecosystem: str, text: str) -> None:
    with pytest.raises(UnorderedError):
        key_of(ecosystem, text)


def test_an_ecosystem_without_a_known_order_is_said() -> None:
    assert is_ordered("Debian")
    assert not is_ordered("Atlantis")
    with pytest.raises(UnorderedError):
        key_of("Atlantis", "1")


def _words(seed: int, alphabet: str, count: int) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choice(alphabet) for _ in range(chance.randint(1, 9))) for _ in range(count)]


def test_python_versions_are_those_of_packaging() -> None:
    chance = random.Random(5)
    endings = ["", "a1", "b2", "rc1", ".post1", ".dev3", ".0"]
    versions = [f"{chance.randint(0, 3)}.{chance.randint(0, 12)}{chance.choice(endings)}" for _ in range(400)]
    for one, other in pairwise(versions):
        assert (key_of("PyPI", one) < key_of("PyPI", other)) == (Version(one) < Version(other))


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="dpkg is not installed")
def test_debian_versions_are_in_the_order_of_dpkg() -> None:
    words = enumerate(_words(7, "0129.~+ab", 260))
    versions = [f"{number % 2}:1{word}-1" if number % 3 else f"1{word}" for number, word in words]
    for one, other in pairwise(versions):
        expected = subprocess.run(["dpkg", "--compare-versions", one, "lt", other], check=False).returncode == 0
        assert (key_of("Debian", one) < key_of("Debian", other)) == expected, (one, other)
