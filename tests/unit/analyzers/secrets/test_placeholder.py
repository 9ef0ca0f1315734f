"""What stands for a secret is a whole template; its characters inside a password make none of it."""

from __future__ import annotations

import pytest

from imgscan.analyzers.secrets.placeholder import is_placeholder


@pytest.mark.parametrize("text", ["xY7{{kQ2mP9zL", "[aB3]dE9fG2kLm", "[kQ2mP9zL", "@kQ2@mP9zL@aB3!", "aB3<dE9>fG2kLm"])
def test_brackets_inside_a_password_are_its_characters(text: str) -> None:
    assert not is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ password }}",
        "prefix-{{ name }}",
        "prefix-{{",  # cut at the blank behind it
        "[password]",
        "[your password",
        "[[ password ]]",
        '["one","two"]',
        "[^\\s]+",
        "[a-z0-9]{8}",
        "@db.password@",  # of a Maven build
        "<your-password>",
    ],
)
def test_a_whole_template_is_no_password(text: str) -> None:
    assert is_placeholder(text)
