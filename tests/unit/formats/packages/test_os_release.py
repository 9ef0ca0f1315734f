"""os-release."""

from __future__ import annotations

from imgscan.formats.packages.os_release import OsRelease, parse_os_release


def test_quotes_and_backslashes_are_the_shells() -> None:
    data = b"""# comment
ID=debian
VERSION_ID="12"
PRETTY_NAME="A \\"B\\" \\$C"
VERSION_CODENAME='book worm'
ID_LIKE="rhel fedora"
nonsense
"""

    assert parse_os_release(data) == OsRelease(
        id="debian",
        version_id="12",
        pretty_name='A "B" $C',
        codename="book worm",
        like=("rhel", "fedora"),
    )


def test_a_file_that_says_nothing_is_linux() -> None:
    assert parse_os_release(b"\xff\n=\n") == OsRelease()
