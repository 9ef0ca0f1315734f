"""The bill of materials of imgscan itself."""

from __future__ import annotations

import json

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from release.bill import bill
from release.lock import LOCKED, LOCKS, read_lock, requirements

from imgscan.version import __version__

OWN = f"pkg:pypi/imgscan@{__version__}"


def test_it_is_valid() -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill(read_lock()).decode()) is None


def test_it_has_every_package_of_the_lock_with_its_licence_and_who_asks_for_it() -> None:
    document = json.loads(bill(read_lock()))
    needs = {row["ref"]: row["dependsOn"] for row in document["dependencies"]}

    assert [(item["name"], item["version"]) for item in document["components"]] == [
        (pin.name, pin.version) for pin in read_lock()
    ]
    assert all(item["licenses"][0]["expression"] for item in document["components"])
    assert document["metadata"]["component"]["purl"] == OWN
    assert {name.rpartition("/")[2].partition("@")[0] for name in needs[OWN]} == {
        requirement.name.lower().replace(".", "-") for requirement in requirements(LOCKS[LOCKED])
    }
    assert {name for names in needs.values() for name in names} | {OWN} == set(needs)


def test_the_same_lock_gives_the_same_bytes() -> None:
    assert bill(read_lock()) == bill(iter(read_lock()))
