from __future__ import annotations

from imgscan.formats.accounts.sshd_config import Directive, parse_sshd_config


def test_keywords_in_any_case_with_blanks_or_an_equals_sign() -> None:
    found = parse_sshd_config(b"PermitRootLogin yes\nPASSWORDAUTHENTICATION=no\nPort = 2222\n\tUsePAM\tyes\n")
    assert [(item.keyword, item.arguments) for item in found] == [
        ("permitrootlogin", ("yes",)),
        ("passwordauthentication", ("no",)),
        ("port", ("2222",)),
        ("usepam", ("yes",)),
    ]


def test_quotes_and_comments() -> None:
    found = parse_sshd_config(b'# PermitRootLogin yes\nSubsystem sftp "/usr/lib/my sftp" # why\n\n')
    assert found == (Directive(2, "subsystem", ("sftp", "/usr/lib/my sftp")),)


def test_what_stands_below_a_match_says_so() -> None:
    found = parse_sshd_config(b"X11Forwarding no\nMatch User git\n  PermitEmptyPasswords yes\n")
    assert [(item.keyword, item.match) for item in found] == [
        ("x11forwarding", ""),
        ("match", "User git"),
        ("permitemptypasswords", "User git"),
    ]


def test_a_line_without_an_argument_is_a_fault() -> None:
    found = parse_sshd_config(b"PermitRootLogin\n<xml>\n")
    assert [item.fault for item in found] == ["no keyword with an argument"] * 2
