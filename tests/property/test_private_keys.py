"""Every private key that OpenSSL and ssh-keygen write is found, however it is put into a file, and no public one."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgscan.analyzers.secrets.detect import Detector
from imgscan.analyzers.secrets.rule import builtin_rules
from imgscan.formats.keys.der import Element, read_element
from imgscan.formats.keys.keystore import der_key

DETECTOR = Detector(builtin_rules())
OPENSSL, SSH_KEYGEN = shutil.which("openssl"), shutil.which("ssh-keygen")
# Names of OpenSSL's algorithms, with an option where one is needed; of those that a version lacks nothing is made.
OPENSSL_TYPES = {
    "ed25519": "-algorithm ed25519",
    "ed448": "-algorithm ed448",
    "x25519": "-algorithm x25519",
    "x448": "-algorithm x448",
    "rsa": "-algorithm RSA -pkeyopt rsa_keygen_bits:1024",
    "rsa-primes": "-algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3",
    "rsa-pss": "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:1024",
    "sm2": "-algorithm SM2",
    "ml-dsa": "-algorithm ML-DSA-44",
    "ml-kem": "-algorithm ML-KEM-512",
    **{
        curve: f"-algorithm EC -pkeyopt ec_paramgen_curve:{curve}"
        for curve in ("P-256", "P-521", "secp112r1", "secp256k1")
    },
    "dh": "-algorithm DH -pkeyopt group:ffdhe2048",
}
SSH_TYPES = {"ed25519": "", "rsa": "-b 1024", "ecdsa": "-b 256", "dsa": ""}


def run(*words: str) -> str:
    return subprocess.run(words, check=False, capture_output=True, text=True, timeout=60).stdout


@cache
def openssl_keys(name: str) -> tuple[str, ...]:
    """Return a key of a type in each form that OpenSSL writes, none where it does not know the type."""
    plain = run("openssl", "genpkey", *OPENSSL_TYPES[name].split())
    if not plain:
        return ()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "key.pem"
        path.write_text(plain)
        forms = [
            ("pkey", "-aes128", "-passout", "pass:of-this-test"),
            ("pkey", "-traditional"),
            (
                "rsa" if name.startswith("rsa") else "ec",
                "-traditional",
                "-aes-256-cbc",
                "-passout",
                "pass:of-this-test",
            ),
            ("ec", "-no_public"),
        ]
        made = [run("openssl", form[0], "-in", str(path), *form[1:]) for form in forms]
    return (plain, *(text for text in made if "PRIVATE KEY" in text))


@cache
def ssh_keys(name: str) -> tuple[str, ...]:
    """Return a key of a type in each form that ssh-keygen writes."""
    made = []
    for form in ("RFC4716", "PEM", "PKCS8"):
        for phrase in ("", "of-this-test"):
            with TemporaryDirectory() as folder:
                path = Path(folder) / "key"
                run("ssh-keygen", "-q", "-t", name, *SSH_TYPES[name].split(), "-m", form, "-N", phrase, "-f", str(path))
                if path.exists():
                    made.append(path.read_text())
    return tuple(made)


def indented(text: str) -> str:
    return "key: |\n" + "".join(f"    {line}\n" for line in text.splitlines())


def literals(text: str) -> str:
    return "key = (\n" + " +\n".join(f'    "{line}\\n"' for line in text.splitlines()) + "\n)\n"


WRAPPED: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "json": lambda text: json.dumps({"key": text}),
    "json-in-json": lambda text: json.dumps({"config": json.dumps({"key": text})}),
    # .NET's encoder spells the plus sign (System.Text.Json, JavaScriptEncoder.Default), PHP's the slash.
    "json-of-net": lambda text: json.dumps({"key": text}).replace("+", "\\u002B"),
    "json-of-php": lambda text: json.dumps({"key": text}).replace("/", "\\/"),
    "yaml": indented,
    "one-line": lambda text: "KEY=" + text.strip().replace("\n", "\\n") + "\n",
    "one-line-of-blanks": lambda text: "KEY='" + text.strip().replace("\n", " ") + "'\n",
    "no-line-ends": lambda text: "KEY=" + text.replace("\n", "") + "\n",
    "literals": literals,
    "patch": lambda text: "".join(f"+{line}\n" for line in text.splitlines()),
    "comment": lambda text: "".join(f"# {line}\n" for line in text.splitlines()),
    "xml": lambda text: "<key>" + text.replace("\n", "&#10;") + "</key>",
}


def found(text: str) -> set[str]:
    return {str(fact.rule) for fact in DETECTOR.scan("srv/key.conf", text.encode())} & {
        "key.private",
        "key.encrypted",
    }


def expected(text: str) -> set[str]:
    sealed = "ENCRYPTED" in text or ("OPENSSH" in text and "AAAABG5vbmU" not in text)
    return {"key.encrypted" if sealed else "key.private"}


@pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")
@pytest.mark.parametrize("wrapping", WRAPPED)
@pytest.mark.parametrize("name", OPENSSL_TYPES)
def test_every_key_of_openssl_is_found(name: str, wrapping: str) -> None:
    for text in openssl_keys(name):
        assert found(WRAPPED[wrapping](text)) == expected(text), text.splitlines()[0]


@pytest.mark.skipif(SSH_KEYGEN is None, reason="ssh-keygen is not installed")
@pytest.mark.parametrize("wrapping", WRAPPED)
@pytest.mark.parametrize("name", SSH_TYPES)
def test_every_key_of_ssh_keygen_is_found(name: str, wrapping: str) -> None:
    for text in ssh_keys(name):
        assert found(WRAPPED[wrapping](text)) == expected(text), text.splitlines()[0]


@pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")
@pytest.mark.parametrize("name", OPENSSL_TYPES)
def test_public_keys_are_none(name: str) -> None:
    for text in openssl_keys(name)[:1]:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "key.pem"
            path.write_text(text)
            public = run("openssl", "pkey", "-in", str(path), "-pubout")
        assert [found(wrap(public)) for wrap in WRAPPED.values()] == [set()] * len(WRAPPED)


@given(seed=st.binary(min_size=32, max_size=32), wrapping=st.sampled_from(sorted(WRAPPED)))
@settings(deadline=None)
def test_every_ed25519_key_is_found_whatever_characters_its_base64_has(seed: bytes, wrapping: str) -> None:
    body = base64.b64encode(bytes.fromhex("302e020100300506032b657004220420") + seed).decode()
    text = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"

    assert found(WRAPPED[wrapping](text)) == {"key.private"}


@given(data=st.binary(max_size=200))
def test_what_der_says_of_any_bytes_is_a_word_or_nothing(data: bytes) -> None:
    assert der_key(data) in ("plain", "encrypted", None)
    assert isinstance(read_element(b"\x30\x00")[0], Element)


def test_a_key_that_ends_in_a_plus_sign_is_found_in_a_patch() -> None:
    body = base64.b64encode(
        bytes.fromhex("302e020100300506032b656e04220420") + bytes(range(100, 131)) + b"\xbe"
    ).decode()
    assert body.endswith("+")
    text = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"

    assert {wrapping: found(wrap(text)) for wrapping, wrap in WRAPPED.items()} == {
        wrapping: {"key.private"} for wrapping in WRAPPED
    }
