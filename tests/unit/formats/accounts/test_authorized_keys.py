from __future__ import annotations

import base64

from imgscan.formats.accounts.authorized_keys import parse_authorized_keys

BLOB = base64.b64encode(b"\0\0\0\x0bssh-ed25519" + b"k" * 36).decode()


def test_type_and_fingerprint_of_a_key() -> None:
    (key,) = parse_authorized_keys(f"# mine\nssh-ed25519 {BLOB} me@example.test\n".encode())
    assert (key.number, key.type, key.options) == (2, "ssh-ed25519", ())
    assert key.fingerprint.startswith("SHA256:")
    assert "=" not in key.fingerprint


def test_names_of_options_without_their_values() -> None:
    text = f'from="10.0.0.1,x",command="echo \\"ssh-rsa AAAA\\"",no-pty ssh-ed25519 {BLOB}'
    (key,) = parse_authorized_keys(text.encode())
    assert key.options[0] == "from"
    assert {"command", "no-pty"} <= set(key.options)
    assert not any("10.0" in option for option in key.options)


def test_lines_without_a_key_are_left_out() -> None:
    for text in (b"", b"# ssh-ed25519 AAAA", b"ssh-ed25519", b"ssh-ed25519 !!!", b"nonsense and more", b"\xff\xfe x y"):
        assert parse_authorized_keys(text) == ()
