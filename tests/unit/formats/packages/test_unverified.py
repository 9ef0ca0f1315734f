from __future__ import annotations

import pytest

from imgscan.formats.packages.unverified import Check, Kind, parse_unverified


@pytest.mark.parametrize(
    ("kind", "text", "check"),
    [
        (Kind.APT_SOURCES, b"deb [arch=amd64 trusted=yes] http://x.test ./", Check.SIGNATURE),
        (Kind.APT_SOURCES, b"Types: deb\nURIs: http://x.test\nTrusted: yes", Check.SIGNATURE),
        (Kind.APT_CONF, b'APT::Get::AllowUnauthenticated "true";', Check.SIGNATURE),
        (Kind.APT_CONF, b"Acquire::AllowInsecureRepositories 1;", Check.SIGNATURE),
        (Kind.APT_CONF, b'Acquire::https::x.test::Verify-Peer "false";', Check.CERTIFICATE),
        (Kind.RPM, b"[x]\nenabled=1\ngpgcheck = 0", Check.SIGNATURE),
        (Kind.RPM, b"[main]\nsslverify=False", Check.CERTIFICATE),
        (Kind.PACMAN, b"SigLevel = Optional TrustAll", Check.SIGNATURE),
        (Kind.PIP, b"[global]\ntrusted-host = x.test", Check.CERTIFICATE),
        (Kind.PIP, b"[global]\nindex-url = http://x.test/simple", Check.TRANSPORT),
        (Kind.NPM, b"strict-ssl=false", Check.CERTIFICATE),
        (Kind.NPM, b"@me:registry=http://x.test", Check.TRANSPORT),
        (Kind.GIT, b"[http]\n\tsslVerify = false", Check.CERTIFICATE),
        (Kind.CURL, b"insecure", Check.CERTIFICATE),
        (Kind.WGET, b"check_certificate = off", Check.CERTIFICATE),
        (Kind.GEM, b":ssl_verify_mode: 0", Check.CERTIFICATE),
        (Kind.CONDA, b"ssl_verify: false", Check.CERTIFICATE),
    ],
)
def test_a_check_that_is_switched_off(kind: Kind, text: bytes, check: Check) -> None:
    assert [item.check for item in parse_unverified(kind, text)] == [check]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.APT_SOURCES, b"deb http://deb.test stable main\n# deb [trusted=yes] x"),
        (Kind.APT_SOURCES, b"deb [signed-by=/usr/share/keyrings/x.gpg] https://x.test ./"),
        (Kind.APT_SOURCES, b"Types: deb\nTrusted: yes\nEnabled: no\n\nTypes: deb\nTrusted: no"),
        (Kind.APT_CONF, b'// APT::Get::AllowUnauthenticated "true";\nAPT::Get::AllowUnauthenticated "false";'),
        (Kind.RPM, b"[x]\nenabled=0\ngpgcheck=0\n[y]\ngpgcheck=1\nrepo_gpgcheck=0"),
        (Kind.PACMAN, b"SigLevel = Required DatabaseOptional"),
        (Kind.PIP, b"[global]\nindex-url = https://x.test\n; trusted-host = x"),
        (Kind.NPM, b"strict-ssl=true\nregistry=https://x.test"),
        (Kind.GIT, b"[http]\nsslVerify = true\n# sslVerify = false"),
        (Kind.CURL, b"# insecure\nuser-agent = x\nkeepalive-time = 1"),
        (Kind.WGET, b"check_certificate = on"),
        (Kind.GEM, b":ssl_verify_mode: 1"),
        (Kind.CONDA, b"ssl_verify: true"),
    ],
)
def test_a_check_that_is_not(kind: Kind, text: bytes) -> None:
    assert parse_unverified(kind, text) == ()


def test_the_line_and_the_name_are_told_and_no_value() -> None:
    (found,) = parse_unverified(Kind.PIP, b"[global]\n\nindex-url = http://me:s3cret@x.test/\n")
    assert (found.number, found.setting) == (3, "index-url")
    assert "s3cret" not in repr(found)
