"""The licences of all that the locks hold are known and allowed, by what is installed and no network."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest
from release.licences import Licence, Licences, faults, licences, stated
from release.lock import LOCKED, LOCKED_TEST, Pin, read_lock

TABLE = Licences(allowed=("MIT", "Apache-2.0"), packages={})


def test_every_package_of_the_lock_has_a_licence_that_is_allowed() -> None:
    assert list(faults(read_lock(LOCKED_TEST))) == []


def test_the_table_has_no_row_for_what_is_not_locked() -> None:
    assert set(licences().packages) == {pin.name for pin in read_lock(LOCKED_TEST)}


def test_of_what_is_installed_with_imgscan_one_package_has_a_licence_that_asks_for_its_source() -> None:
    asking = {pin.name for pin in read_lock(LOCKED) if "GPL" in licences().packages[pin.name].expression}

    assert asking == {"cvss"}  # docs/dependencies.md says why it may


@pytest.mark.parametrize(
    "expression", ["MIT", "MIT AND Apache-2.0", "GPL-2.0-only OR MIT", "MIT AND (GPL-3.0-only OR MIT)"]
)
def test_an_expression_is_allowed_where_one_way_through_it_is(expression: str) -> None:
    assert TABLE.allows(expression)


@pytest.mark.parametrize("expression", ["GPL-2.0-only", "MIT AND GPL-2.0-only", "GPL-2.0-only OR AGPL-3.0-only", "ISC"])
def test_another_is_not(expression: str) -> None:
    assert not TABLE.allows(expression)


def test_what_is_not_in_the_table_not_allowed_or_says_another_thing_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    (pin,) = [pin for pin in read_lock() if pin.name == "msgspec"]
    installed = __import__("msgspec").__version__
    rows = {"msgspec": Licence("AGPL-3.0-only", "another thing"), "absent": Licence("MIT", "MIT")}
    monkeypatch.setattr("release.licences.licences", lambda: Licences(("MIT",), rows))

    wrong = list(
        faults([pin._replace(version=installed), Pin("unknown", "1", None, (), ()), Pin("absent", "1", None, (), ())])
    )

    assert wrong == [
        "msgspec: AGPL-3.0-only is not allowed",
        f"msgspec: says {stated('msgspec')!r} now, and not 'another thing'",
        "unknown: no licence in release/licences.toml",
    ]


def test_what_is_not_installed_says_nothing() -> None:
    with pytest.raises(PackageNotFoundError):
        stated("no-such-package-of-anybody")
