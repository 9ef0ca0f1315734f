from __future__ import annotations

import pytest

from imgscan.formats.packages.unverified import Check, SettingsFile, parse_unverified


@pytest.mark.parametrize(
    ("kind", "text", "check"),
    [
        (SettingsFile.APT_SOURCES, b"deb [arch=amd64 trusted=yes] http://x.test ./", Check.SIGNATURE),
        (SettingsFile.APT_SOURCES, b"Types: deb\nURIs: http://x.test\nTrusted: yes", Check.SIGNATURE),
        (SettingsFile.APT_CONF, b'APT::Get::AllowUnauthenticated "true";', Check.SIGNATURE),
        (SettingsFile.APT_CONF, b"Acquire::AllowInsecureRepositories 1;", Check.SIGNATURE),
        (SettingsFile.APT_CONF, b'Acquire::https::x.test::Verify-Peer "false";', Check.CERTIFICATE),
        (SettingsFile.RPM, b"[x]\nenabled=1\ngpgcheck = 0", Check.SIGNATURE),
        (SettingsFile.RPM, b"[main]\nsslverify=False", Check.CERTIFICATE),
        (SettingsFile.PACMAN, b"SigLevel = Optional TrustAll", Check.SIGNATURE),
        (SettingsFile.PIP, b"[global]\ntrusted-host = x.test", Check.CERTIFICATE),
        (SettingsFile.PIP, b"[global]\nindex-url = http://x.test/simple", Check.TRANSPORT),
        (SettingsFile.NPM, b"strict-ssl=false", Check.CERTIFICATE),
        (SettingsFile.NPM, b"@me:registry=http://x.test", Check.TRANSPORT),
        (SettingsFile.GIT, b"[http]\n\tsslVerify = false", Check.CERTIFICATE),
        (SettingsFile.CURL, b"insecure", Check.CERTIFICATE),
        (SettingsFile.WGET, b"check_certificate = off", Check.CERTIFICATE),
        (SettingsFile.GEM, b":ssl_verify_mode: 0", Check.CERTIFICATE),
        (SettingsFile.CONDA, b"ssl_verify: false", Check.CERTIFICATE),
    ],
)
def test_a_check_that_is_switched_off(kind: SettingsFile, text: bytes, check: Check) -> None:
    assert [item.check for item in parse_unverified(kind, text)] == [check]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (SettingsFile.APT_SOURCES, b"deb http://deb.test stable main\n# deb [trusted=yes] x"),
        (SettingsFile.APT_SOURCES, b"deb [signed-by=/usr/share/keyrings/x.gpg] https://x.test ./"),
        (SettingsFile.APT_SOURCES, b"Types: deb\nTrusted: yes\nEnabled: no\n\nTypes: deb\nTrusted: no"),
        (SettingsFile.APT_CONF, b'// APT::Get::AllowUnauthenticated "true";\nAPT::Get::AllowUnauthenticated "false";'),
        (SettingsFile.RPM, b"[x]\nenabled=0\ngpgcheck=0\n[y]\ngpgcheck=1\nrepo_gpgcheck=0"),
        (SettingsFile.PACMAN, b"SigLevel = Required DatabaseOptional"),
        (SettingsFile.PIP, b"[global]\nindex-url = https://x.test\n; trusted-host = x"),
        (SettingsFile.NPM, b"strict-ssl=true\nregistry=https://x.test"),
        (SettingsFile.GIT, b"[http]\nsslVerify = true\n# sslVerify = false"),
        (SettingsFile.CURL, b"# insecure\nuser-agent = x\nkeepalive-time = 1"),
        (SettingsFile.WGET, b"check_certificate = on"),
        (SettingsFile.GEM, b":ssl_verify_mode: 1"),
        (SettingsFile.CONDA, b"ssl_verify: true"),
    ],
)
def test_a_check_that_is_not(kind: SettingsFile, text: bytes) -> None:
    assert parse_unverified(kind, text) == ()


def test_the_line_and_the_name_are_told_and_no_value() -> None:
    (found,) = parse_unverified(SettingsFile.PIP, b"[global]\n\nindex-url = http://me:s3cret@x.test/\n")
    assert (found.number, found.setting) == (3, "index-url")
    assert "s3cret" not in repr(found)
