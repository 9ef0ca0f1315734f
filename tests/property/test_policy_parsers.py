"""Files of policy are hostile too: for any text a value or a UsageError; suppression changes nothing else."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from imgscan.errors import UsageError
from imgscan.model.policy import Exemption, Policy
from imgscan.policy.apply import PolicyRun
from imgscan.policy.baseline import parse_baseline
from imgscan.policy.exceptions import parse_exceptions
from imgscan.policy.ports import is_allowed_port, port_names
from imgscan.policy.settings import parse_pyproject, parse_settings, parse_trusted_base
from tests.unit.policy.test_apply import IMAGE, SU

_KEYS = st.sampled_from(
    "fail_on formats jobs limits allow ports severities trusted_base exception rule expires".split()
)
_VALUES = st.sampled_from(["1", "'x'", "['x']", "[]", "{}", "true", "2026-01-01", "{ports = ['1-2']}", "[{}]", "0x1"])
_LINES = st.lists(st.builds(lambda key, value: f"{key} = {value}", _KEYS, _VALUES), max_size=4)
_TEXTS = st.one_of(
    st.text(max_size=60), _LINES.map("\n".join), _LINES.map(lambda lines: "[[exception]]\n" + "\n".join(lines))
)


@given(_TEXTS)
def test_every_text_is_settings_or_refused(text: str) -> None:
    for parse in (parse_settings, parse_pyproject, parse_exceptions):
        with suppress(UsageError):
            parse(text, "x")
    with suppress(UsageError):
        parse_trusted_base("x", text, "x")


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_every_file_is_a_baseline_or_refused(data: bytes) -> None:
    for content in (data, b'{"schema": "imgscan.report/1", "findings": [' + data + b"]}"):
        with suppress(UsageError):
            parse_baseline(content, "x")


@given(st.text(max_size=12))
def test_a_port_that_has_names_is_allowed_by_them(text: str) -> None:
    try:
        names = frozenset(port_names(text))
    except ValueError:
        assert not is_allowed_port(text, frozenset({text}))
    else:
        assert is_allowed_port(text, names)


@given(st.text(max_size=20), st.text(max_size=20), st.one_of(st.none(), st.text(max_size=20)))
def test_an_exception_changes_nothing_but_suppression(rule: str, path: str, glob: str | None) -> None:
    finding = replace(SU, rule=rule, path=path)
    policy = Policy(exemptions=(Exemption(rule=rule, path=glob, reason="r", owner="o"),))

    (found,) = PolicyRun(policy, IMAGE, None).findings([finding])

    assert replace(found, suppressed=None) == finding
