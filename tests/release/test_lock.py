"""The locks hold what pyproject.toml asks for and nothing else, each file by its digest."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name
from release.lock import LOCKED, LOCKED_TEST, LOCKS, SELF, needed, parse_lock, project, read_lock, requirements

BLOCK = """# made by a program
a==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:{digest}
    # via
    #   -c other.txt
    #   b
    #   imgscan (pyproject.toml)
b==2.0 \\
    --hash=sha256:{digest} \\
    --hash=sha256:{digest}
    # via a
""".format(digest="0" * 64)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_a_version_that_fits_for_all_that_is_asked_for(name: str) -> None:
    pins = {pin.name: pin for pin in read_lock(name)}
    asked = requirements(LOCKS[name])

    assert len(asked) >= 20
    for requirement in asked:
        pin = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pin.version), f"{requirement}: {pin.version}; run python -m release.lock"
        assert SELF in pin.asked_by or any(text.startswith("imgscan") for text in pin.asked_by)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_nothing_that_is_not_asked_for(name: str) -> None:
    pins = read_lock(name)
    asked = {canonicalize_name(requirement.name) for requirement in requirements(LOCKS[name])}

    assert {pin.name for pin in pins if SELF in pin.asked_by} <= asked, "run python -m release.lock"
    assert set(needed(pins, requirements(LOCKS[name]))) == set(pins)


@pytest.mark.parametrize("name", LOCKS)
def test_every_file_of_a_lock_is_known_by_its_digest(name: str) -> None:
    pins = read_lock(name)

    assert [pin.name for pin in pins if not pin.hashes] == []
    assert len({(pin.name, pin.marker) for pin in pins}) == len(pins)  # one version for each interpreter


def test_tests_run_with_what_is_installed() -> None:
    tried = {pin.name: (pin.version, pin.hashes) for pin in read_lock(LOCKED_TEST)}

    assert {pin.name: (pin.version, pin.hashes) for pin in read_lock(LOCKED)}.items() <= tried.items()


def test_every_extra_that_is_for_users_is_locked() -> None:
    optional = project()["optional-dependencies"]
    assert isinstance(optional, dict)

    assert set(optional) - set(LOCKS[LOCKED]) == {"audit", "docs", "fleet", "fuzz", "parquet", "test"}


def test_a_lock_is_read_with_markers_digests_and_who_asks() -> None:
    first, second = parse_lock(BLOCK)

    assert (first.name, first.version, first.marker) == ("a", "1.0", "sys_platform == 'win32'")
    assert (first.asked_by, second.asked_by) == (("b", SELF), ("a",))
    assert (len(first.hashes), len(second.hashes)) == (1, 2)
    assert first.fits({"sys_platform": "win32"})
    assert not first.fits({"sys_platform": "linux"})
    assert second.fits({})
    assert second.requirement().count("--hash=") == 2


@pytest.mark.parametrize("text", ["a>=1\n", "a==1 \\\n    --hash=md5:00\n", "--index-url x\n"])
def test_what_is_no_line_of_a_lock_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no line|neither"):
        parse_lock(text)
