"""Cron tables: what root runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.shell.crontab import run_as_root


@pytest.mark.parametrize(
    ("line", "system", "runs"),
    [
        ("* * * * * root /opt/job.sh >/dev/null 2>&1", True, ("/opt/job.sh",)),
        ("@daily root /opt/job.sh", True, ("/opt/job.sh",)),
        ("*/5 * * * * root test -x /opt/x && nice -n 5 /opt/x", True, ("/opt/x",)),
        ("0 3 * * *\troot\tcd / && run-parts /etc/cron.daily", True, ()),
        ("* * * * * app /opt/job.sh", True, ()),
        ("* * * * * /opt/job.sh", False, ("/opt/job.sh",)),
        ("@reboot /opt/job.sh", False, ("/opt/job.sh",)),
        ("# * * * * * root /opt/job.sh", True, ()),
        ("PATH=/opt/bin:/bin", True, ()),
        ("* * * *", True, ()),
        ("@daily root", True, ()),
        ("* * * * * root /opt/mail%text", True, ("/opt/mail",)),
    ],
)
def test_programs_by_their_paths(line: str, system: bool, runs: tuple[str, ...]) -> None:
    assert run_as_root(f"SHELL=/bin/sh\n{line}\n", system) == runs


@given(st.text(), st.booleans())
def test_any_text_is_read(text: str, system: bool) -> None:
    run_as_root(text, system)
