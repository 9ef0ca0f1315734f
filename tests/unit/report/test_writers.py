from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from imgscan.cli import arguments
from imgscan.compare.writers import comparison_writer
from imgscan.errors import UsageError
from imgscan.harden.writers import hardening_writer
from imgscan.report import writers
from imgscan.report.json import write as json_writer
from imgscan.report.writers import FORMATS, writer_of


def test_every_format_has_a_writer_and_stands_in_the_help() -> None:
    assert [callable(writer_of(name)) for name in FORMATS] == [True] * len(FORMATS)
    assert arguments.FORMATS == FORMATS


def test_a_format_that_nobody_offers_is_named_with_those_that_are_there() -> None:
    with pytest.raises(UsageError, match="no format yaml; there are: text, json"):
        writer_of("yaml")


def test_another_package_may_offer_a_format(monkeypatch: pytest.MonkeyPatch) -> None:
    found = EntryPoint("csv", "imgscan.report.json:write", "imgscan.reports")
    monkeypatch.setattr(writers, "entry_points", lambda group: EntryPoints([found]))

    assert writer_of("csv") is json_writer


def test_a_format_that_cannot_be_loaded_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    found = EntryPoint("csv", "no_such_module:write", "imgscan.reports")
    monkeypatch.setattr(writers, "entry_points", lambda group: EntryPoints([found]))

    with pytest.raises(UsageError, match="csv cannot be loaded"):
        writer_of("csv")


def test_the_help_names_the_formats_of_comparisons_and_remedies() -> None:
    assert all(callable(comparison_writer(name)) for name in arguments.COMPARISONS)
    assert all(callable(hardening_writer(name)) for name in arguments.REMEDIES)
    with pytest.raises(UsageError, match=f"there are: {', '.join(arguments.COMPARISONS)}$"):
        comparison_writer("yaml")
    with pytest.raises(UsageError, match=f"there are: {', '.join(arguments.REMEDIES)}$"):
        hardening_writer("yaml")
