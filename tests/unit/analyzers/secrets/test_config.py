"""Secrets in what other analyzers quote of files: their values stand in no report."""

from __future__ import annotations

import pytest

import imgscan
from imgscan.analyzers.secrets import Secrets
from imgscan.testing import ImageBuilder

TOKEN = "ghp_a8Kd93jXb2LqPz7RtYwE5nMv1cUo4sGh6FiT"  # its last characters are no check sum: of medium confidence
PASSWORD = "Xk9vQ2mLp8wT4zRb"


def report_on(sudoers: str) -> str:
    image = ImageBuilder().layer({"etc/sudoers": (0o440, f"bob ALL=(ALL) NOPASSWD: {sudoers}\n".encode())})
    return imgscan.write(imgscan.scan(image.docker_archive())).decode()


@pytest.mark.parametrize(
    ("command", "value"),
    [
        (f"/usr/bin/curl -H {TOKEN}", TOKEN),
        (f"/bin/mount -o password={PASSWORD}", PASSWORD),
    ],
)
def test_a_secret_in_a_command_of_sudoers_is_found_and_its_value_is_in_no_field(command: str, value: str) -> None:
    report = report_on(command)

    assert '"secrets.' in report
    assert "[secret]" in report
    assert value not in report


@pytest.mark.parametrize("command", ["/usr/bin/passwd root", "/bin/mount -o password=changeme", "/bin/x 0123456789ab"])
def test_a_command_without_one_or_with_a_default_is_quoted_as_it_is(command: str) -> None:
    assert command in report_on(command)


def test_what_has_the_form_of_a_token_is_hidden_whatever_stands_around_it() -> None:
    hidden = Secrets().redactions_in(f"lists npm {TOKEN} 1 that is not installed")

    assert TOKEN in [getattr(item, "text", item) for item in hidden]
    assert Secrets().redactions_in("lists npm left-pad 1.3.0 that is not installed") == ()
