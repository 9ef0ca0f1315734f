"""The parsers of account, policy and history files are total, on any bytes and on good files with damage."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.formats.accounts.authorized_keys import parse_authorized_keys
from imgscan.formats.accounts.crypt import parse_password
from imgscan.formats.accounts.passwd import parse_group, parse_gshadow, parse_passwd, parse_shadow
from imgscan.formats.accounts.sshd_config import parse_sshd_config
from imgscan.formats.accounts.sudoers import parse_sudoers
from imgscan.formats.image.history import parse_history
from imgscan.formats.packages.unverified import SettingsFile, parse_unverified
from imgscan.shell.script import parse_script
from imgscan.shell.shebang import parse_shebang

SEEDS = (
    b"root:x:0:0:root:/root:/bin/bash\ndaemon:*:1:1::/:/usr/sbin/nologin\n",
    b"adm:x:4:syslog,app\n# c\n+::::::\n",
    b"root:$6$salt$hash:19000:0:99999:7:::\napp:!:1::::::\n",
    (
        b'Defaults secure_path="/a:/b"\n%sudo ALL=(ALL:ALL) NOPASSWD: ALL, /bin/x a\\,b : h = SETENV: y\n'
        b"User_Alias A = b, c : D = e\n#includedir /etc/sudoers.d\n#1000 ALL=ALL\n"
    ),
    b'Port=22\nMatch User a\n PermitRootLogin "yes"\n',
    b"|2 A=b c D=e /bin/sh -c #(nop) ADD file:x in / |inheritLabels=false # buildkit",
    b"curl -k \"https://x\" | sh; bash <(wget x) && $(a `b` ${c}) 'd' \\\n e # f",
    b'from="10.0.0.1",no-pty ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me\n# c\n',
    b"[x]\nenabled=0\ngpgcheck=0\n\ndeb [a trusted=yes] http://x\nTrusted: yes\nsslVerify = false\ninsecure\n",
    b"#!/usr/bin/env -S python3 -x\n",
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good file with pieces cut, doubled, replaced."""
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        end = draw(st.integers(at, min(len(data), at + 8)))
        data = data[:at] + draw(st.binary(max_size=6)) + data[end:] * draw(st.integers(1, 2))
    return data


def text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: parse(data.decode("utf-8", "surrogateescape"))


PARSERS = (
    parse_passwd,
    parse_group,
    parse_shadow,
    parse_gshadow,
    parse_sudoers,
    parse_sshd_config,
    parse_authorized_keys,
    parse_shebang,
    text(parse_password),
    text(parse_history),
    text(parse_script),
)


@pytest.mark.parametrize("parse", PARSERS)
@given(data=st.one_of(st.binary(max_size=300), damaged()))
def test_every_input_has_a_value(parse: Callable[[bytes], object], data: bytes) -> None:
    parse(data)


@given(data=st.one_of(st.binary(max_size=300), damaged()))
def test_every_line_of_passwd_that_is_no_comment_is_told(data: bytes) -> None:
    lines = [line.strip() for line in data.split(b"\n")]
    assert len(parse_passwd(data)) == sum(bool(line) and not line.startswith(b"#") for line in lines)


@given(data=st.one_of(st.binary(max_size=300), damaged()))
def test_what_a_history_line_is_taken_apart_into_stands_in_it(data: bytes) -> None:
    line = data.decode("utf-8", "surrogateescape")
    found = parse_history(line)
    assert found.arguments in line
    assert found.shell in line
    assert all(name in line and value in line for name, value in found.build_args)


@pytest.mark.parametrize("kind", SettingsFile)
@given(data=st.one_of(st.binary(max_size=300), damaged()))
def test_settings_are_found_in_any_bytes(kind: SettingsFile, data: bytes) -> None:
    assert all(1 <= item.number <= data.count(b"\n") + 1 for item in parse_unverified(kind, data))
