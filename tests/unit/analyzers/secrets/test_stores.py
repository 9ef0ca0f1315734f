"""Key stores and bare keys in an image: judged by what they hold and by who could open them."""

from __future__ import annotations

import pytest

from imgscan.analyzers.secrets import Secrets
from imgscan.model.finding import Finding, Severity
from imgscan.testing import conclude

from .keystores import CERTIFICATE_BAG, KEY_BAG, SHROUDED_BAG, der, java_store, oid, pkcs12

SECRETS = Secrets()


def found(path: str, content: bytes) -> list[Finding]:
    return list(conclude(SECRETS, {path: content}).findings)


@pytest.mark.parametrize("password", ["", "changeit"])
@pytest.mark.parametrize("name", ["app/a.jks", "app/a.p12"])
def test_a_store_that_a_usual_password_opens_is_as_bad_as_a_bare_key(name: str, password: str) -> None:
    content = java_store(password, 1) if name.endswith("jks") else pkcs12(password, SHROUDED_BAG)

    (finding,) = found(name, content)

    assert (finding.rule, finding.severity) == ("secrets.key.private", Severity.CRITICAL)
    assert "password opens" in finding.message
    assert "changeit" not in repr(finding)


@pytest.mark.parametrize("name", ["app/a.jks", "app/a.p12"])
def test_a_store_with_another_password_is_a_store(name: str) -> None:
    content = java_store("another", 1) if name.endswith("jks") else pkcs12("another", SHROUDED_BAG)

    (finding,) = found(name, content)

    assert (finding.rule, finding.evidence["confidence"]) == ("secrets.key.store", "medium")


def test_a_java_store_is_known_by_its_content_whatever_its_name() -> None:
    assert [finding.rule for finding in found("app/data.bin", java_store("another", 1))] == ["secrets.key.store"]


def test_a_pkcs12_file_with_a_key_that_is_not_encrypted_is_a_bare_key() -> None:
    assert [finding.rule for finding in found("app/a.pfx", pkcs12("another", KEY_BAG))] == ["secrets.key.private"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("app/trust.jks", java_store("changeit", 2, 2)),
        ("app/trust.p12", pkcs12("changeit", CERTIFICATE_BAG)),
        ("app/trust.p12", pkcs12("changeit", sealed=True)),
        ("app/a.jks", b"not a store"),
        ("app/a.p12", b"\x30\x03abc"),
        ("app/public.der", der(0x30, der(0x30, oid("2a864886f70d010101"), der(5)), der(3, b"\0key"))),
        ("app/a.keytab", b"text"),
        ("app/id.pub", b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJb1xUq0 bob"),
        ("app/c.pem", b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
    ],
)
def test_certificates_public_keys_and_mere_names_are_silent(name: str, content: bytes) -> None:
    assert found(name, content) == []


def test_a_sealed_store_of_which_nothing_is_seen_is_a_hint() -> None:
    (finding,) = found("app/a.p12", pkcs12("another", sealed=True))

    assert finding.severity is Severity.LOW


@pytest.mark.parametrize(("first", "rule"), [(b"\0", "key.private"), (b"", "key.encrypted")])
def test_a_bare_key_is_plain_or_encrypted(first: bytes, rule: str) -> None:
    algorithm = der(0x30, oid("2a864886f70d010101"), der(0x30))
    content = der(0x30, *([der(2, first)] if first else []), algorithm, der(4, bytes(range(64))))

    assert [finding.rule for finding in found("app/a.key", content)] == [f"secrets.{rule}"]
