"""Key stores and bare keys read from bytes."""

from __future__ import annotations

import pytest

from imgscan.errors import KeyFileError
from imgscan.formats.keys.der import read_element
from imgscan.formats.keys.keystore import MAX_ITERATIONS, der_key, derived_key, parse_keystore

from ...analyzers.secrets.keystores import (
    CERTIFICATE_BAG,
    KEY_BAG,
    SHROUDED_BAG,
    der,
    java_store,
    oid,
    pkcs12,
)


def test_the_key_of_a_mac_is_derived_as_openssl_does() -> None:
    # openssl kdf -keylen 20 -kdfopt digest:SHA1 -kdfopt iter:2048 -kdfopt id:3 ... PKCS12KDF
    password = "changeit".encode("utf-16-be") + b"\0\0"

    assert derived_key("sha1", password, bytes(range(8)), 2048).hex() == OPENSSL


OPENSSL = "12234c4f8ebfdc32878bc63cd71ce14976ae1073"


@pytest.mark.parametrize("make", [lambda p: java_store(p, 1), lambda p: pkcs12(p, SHROUDED_BAG)])
@pytest.mark.parametrize("password", ["", "changeit", "another"])
def test_a_password_is_told_from_others(make: object, password: str) -> None:
    store = parse_keystore(make(password))  # type: ignore[operator]  # one of two functions

    assert [store.opens(text) for text in ("", "changeit", "another")] == [
        text == password for text in ("", "changeit", "another")
    ]


def test_what_a_java_store_holds_is_counted() -> None:
    assert parse_keystore(java_store("x", 1, 2, 1)).keys == 2
    assert parse_keystore(java_store("x", 2)).keys == 0
    assert parse_keystore(java_store("x", 3, magic=b"\xce\xce\xce\xce")).keys == 1


def test_what_a_pkcs12_file_holds_is_counted() -> None:
    store = parse_keystore(pkcs12("x", CERTIFICATE_BAG, SHROUDED_BAG, KEY_BAG, sealed=True))

    assert (store.keys, store.plain, store.sealed) == (2, 1, True)


def test_more_rounds_than_the_bound_are_not_tried() -> None:
    assert parse_keystore(pkcs12("", SHROUDED_BAG, rounds=MAX_ITERATIONS)).opens("") is True
    assert parse_keystore(pkcs12("", SHROUDED_BAG, rounds=MAX_ITERATIONS + 1)).opens("") is None


def test_without_a_mac_no_password_can_be_told() -> None:
    assert parse_keystore(pkcs12(None, SHROUDED_BAG)).opens("") is None


def test_an_indefinite_length_and_a_string_in_parts_are_read() -> None:
    element, end = read_element(b"\x24\x80\x04\x02ab\x04\x01c\0\0more")

    assert (element.string(), end) == (b"abc", 11)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x05\x02\x01",
        b"\x30\x85\1\1\1\1\1",
        b"\x30\x80" * 40,
        b"\x1f\x01\0",
        der(0x30, der(2, b"\3"), der(4, b"")),
        der(0x30, der(2, b"\1"), der(0x30)),
        b"\xfe\xed\xfe\xed",
        java_store("x", 1)[:40],
        java_store("x", 9),
        b"\xfe\xed\xfe\xed" + (7).to_bytes(4, "big") + bytes(40),
    ],
)
def test_what_is_no_key_store_is_an_error_of_the_tree(data: bytes) -> None:
    with pytest.raises(KeyFileError):
        parse_keystore(data)


ALGORITHM = der(0x30, oid("2a864886f70d010101"), der(5))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (der(0x30, der(2, b"\0"), ALGORITHM, der(4, b"key")), "plain"),
        (der(0x30, *(der(2, b"\0") for _ in range(9))), "plain"),
        (der(0x30, *(der(2, b"\1") for _ in range(9)), der(0x30)), "plain"),
        (der(0x30, *(der(2, b"\0") for _ in range(6))), "plain"),
        (der(0x30, *(der(2, b"\0") for _ in range(5))), None),
        (der(0x30, der(2, b"\1"), ALGORITHM, der(4, b"key"), der(0xA1)), "plain"),
        (der(0x30, der(2, b"\1"), der(4, bytes(32)), der(0xA0, oid("2a8648ce3d030107"))), "plain"),
        (der(0x30, der(0x30, oid("2a864886f70d01050d"), der(0x30)), der(4, b"key")), "encrypted"),
        (der(0x30, ALGORITHM, der(3, b"\0key")), None),
        (der(0x30, der(0x30, der(2, b"\1")), ALGORITHM, der(3, b"\0")), None),
        (der(0x30, der(2, b"\0"), ALGORITHM, der(4, b"key")) + b"more", None),
        (b"\x30\x82", None),
        (b"text", None),
    ],
)
def test_private_keys_are_told_from_encrypted_ones_and_from_public_ones(data: bytes, kind: str | None) -> None:
    assert der_key(data) == kind
