"""Saved reports, and reports of other programs, are hostile: for any JSON a value or an error of the tree."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from imgscan.compare.comparison import compare
from imgscan.compare.plain import plain_comparison
from imgscan.compare.side import parse_side
from imgscan.compare.writers import comparison_writer
from imgscan.errors import ManifestError, UsageError
from imgscan.formats.image.vulnerabilities import parse_vulnerabilities
from imgscan.printable import printable
from imgscan.report.writers import Style
from tests.unit.compare.sides import control, finding, plain

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8)
)
KEYS = st.sampled_from(
    "schema reports SchemaVersion Results Vulnerabilities VulnerabilityID PkgName Severity matches vulnerability "
    "artifact id name version fix versions state source target imageID findings image layers controls inventory".split()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


@given(VALUES)
def test_any_json_is_a_report_of_vulnerabilities_or_refused(document: Any) -> None:
    for found in (
        document,
        {"SchemaVersion": 2, "Results": [{"Vulnerabilities": [document]}]},
        {"matches": [{"vulnerability": document, "artifact": document}]},
    ):
        with suppress(ManifestError):
            parse_vulnerabilities(json.dumps(found).encode(), "x")


@given(st.sampled_from(sorted(plain())), VALUES)
def test_any_json_is_a_saved_report_or_refused(key: str, value: Any) -> None:
    for document in (value, {**plain(), key: value}, {"schema": "imgscan.reports/1", "reports": [value]}):
        with suppress(UsageError):
            parse_side(json.dumps(document).encode(), "x")


@given(
    st.dictionaries(st.sampled_from("setuid config packages accounts capabilities shells".split()), VALUES), st.text()
)
def test_what_is_a_saved_report_compares_and_is_written(inventory: dict[str, Any], text: str) -> None:
    odd = plain((finding("1", message=text, path=text),), (control("PASS", reason=text),), inventory=inventory)

    side = parse_side(json.dumps(odd).encode(), "x")
    found = compare(parse_side(json.dumps(plain()).encode(), "x"), side)

    json.dumps(plain_comparison(found))
    for name in ("text", "markdown"):
        shown = comparison_writer(name)(found, Style(verbose=True)).decode()
        assert printable(shown.replace("\n", "")) == shown.replace("\n", "")
    assert compare(side, side).findings.same == 1
