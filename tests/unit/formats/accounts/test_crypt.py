from __future__ import annotations

import pytest

from imgscan.formats.accounts.crypt import WEAK_SCHEMES, PasswordKind, parse_password

DES = "ab" + "c" * 11


@pytest.mark.parametrize(
    ("field", "kind", "scheme"),
    [
        ("", PasswordKind.EMPTY, ""),
        ("x", PasswordKind.SHADOWED, ""),
        ("*", PasswordKind.LOCKED, ""),
        ("!", PasswordKind.LOCKED, ""),
        ("!!", PasswordKind.LOCKED, ""),
        ("*LK*", PasswordKind.LOCKED, ""),
        ("!$6$salt$hash", PasswordKind.LOCKED, "sha512crypt"),
        ("$y$j9T$salt$hash", PasswordKind.HASHED, "yescrypt"),
        ("$gy$j9T$salt$hash", PasswordKind.HASHED, "gost-yescrypt"),
        ("$7$salt$hash", PasswordKind.HASHED, "scrypt"),
        ("$2b$12$salt", PasswordKind.HASHED, "bcrypt"),
        ("$6$rounds=5000$salt$hash", PasswordKind.HASHED, "sha512crypt"),
        ("$5$salt$hash", PasswordKind.HASHED, "sha256crypt"),
        ("$argon2id$v=19$x", PasswordKind.HASHED, "argon2"),
        ("$1$salt$hash", PasswordKind.HASHED, "md5crypt"),
        ("$sha1$1$salt$hash", PasswordKind.HASHED, "sha1crypt"),
        ("$md5,rounds=1$salt$", PasswordKind.HASHED, "sunmd5"),
        ("$3$$hash", PasswordKind.HASHED, "nt"),
        (DES, PasswordKind.HASHED, "descrypt"),
        ("_" + "a" * 19, PasswordKind.HASHED, "bsdicrypt"),
        ("NP", PasswordKind.INVALID, ""),
        ("$9$unknown", PasswordKind.INVALID, ""),
    ],
)
def test_a_field_says_how_it_is_locked_or_hashed(field: str, kind: PasswordKind, scheme: str) -> None:
    found = parse_password(field)
    assert (found.kind, found.scheme) == (kind, scheme)


def test_a_value_that_comes_back_holds_no_part_of_the_hash() -> None:
    found = parse_password("$6$s4lt$h4sh")
    assert "4" not in repr(found)


def test_the_weak_schemes_are_those_without_a_cost_that_matters() -> None:
    weak = {parse_password(field).scheme for field in ("$1$a$b", DES, "_" + "a" * 19, "$3$$a")}
    strong = {parse_password(field).scheme for field in ("$y$a$b", "$6$a$b", "$2b$12$a")}
    assert weak <= WEAK_SCHEMES
    assert not strong & WEAK_SCHEMES
