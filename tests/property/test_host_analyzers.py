"""The analyzers of accounts take any bytes in their files: facts are plain values, conclusions raise nothing."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from imgscan.analyzers.accounts import Accounts
from imgscan.testing import conclude, facts_of

from .test_host_formats import damaged

PATHS = (
    "etc/passwd",
    "etc/group",
    "etc/shadow",
    "etc/gshadow",
    "etc/sudoers",
    "etc/sudoers.d/a",
    "etc/ssh/sshd_config",
    "root/.ssh/authorized_keys",
    "etc/ssh/ssh_host_rsa_key",
)
contents = st.dictionaries(st.sampled_from(PATHS), st.one_of(st.binary(max_size=200), damaged()), max_size=5)


@given(layers=st.lists(contents, min_size=1, max_size=3))
def test_accounts_conclude_on_any_bytes(layers: list[dict[str, bytes]]) -> None:
    found = conclude(Accounts(), *layers)
    assert found.problems == ()
    assert {finding.rule for finding in found.findings} <= Accounts.rules.keys()


@given(layer=contents)
def test_facts_are_plain_values(layer: dict[str, bytes]) -> None:
    for _, data in facts_of(Accounts(), layer):
        assert msgspec.to_builtins(data) == data
