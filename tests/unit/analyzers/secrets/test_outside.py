"""Secrets in bytes of layers that are no file's content: findings with layer and place, each once."""

from __future__ import annotations

import gzip

from imgscan.analyzers.secrets import Secrets
from imgscan.analyzers.secrets.examples import expand
from imgscan.analyzers.secrets.outside import PER_RULE_AND_REGION
from imgscan.model.finding import Finding, Severity, State
from imgscan.model.ledger import Gap
from imgscan.testing import TarBuilder, conclude, merged
from imgscan.testing.image import LayerSource

SECRETS = Secrets()
TOKEN = expand("ghp_<<0-9A-Za-z|30>><<crc>>", "token")
OTHERS = [expand("ghp_<<0-9A-Za-z|30>><<crc>>", f"token {number}") for number in range(30)]


def found(*layers: LayerSource) -> tuple[Finding, ...]:
    return conclude(SECRETS, *layers).findings


def only(*layers: LayerSource) -> Finding:
    (finding,) = found(*layers)
    return finding


def test_a_token_in_a_link_target_is_a_finding_at_the_link() -> None:
    finding = only(TarBuilder().symlink("srv/current", f"https://oauth2:{TOKEN}@github.com/x"))

    assert finding.rule == "secrets.github.personal-token"
    assert (finding.path, finding.state, finding.line) == ("srv/current", State.VISIBLE, None)
    assert finding.severity >= Severity.HIGH
    assert finding.evidence["where"] == "its link target"
    assert finding.evidence["places_count"] == 1
    assert "show" not in finding.evidence
    assert finding.message.count("in its link target") == 1


def test_a_token_in_a_name_is_a_finding_at_its_directory_which_does_not_show_it() -> None:
    for tar in ({f"srv/{TOKEN}": b"x"}, TarBuilder().symlink(f"srv/{TOKEN}", OTHERS[0])):
        for finding in found(tar):
            assert finding.path == "srv"
            assert finding.evidence["where"] in ("the name of an entry in it", "the link target of an entry in it")
            assert TOKEN not in repr(finding)


def test_a_token_in_the_header_of_an_entry_with_a_secret_name_does_not_show_that() -> None:
    findings = found(TarBuilder().pax({"comment": OTHERS[0]}).file(f"srv/{TOKEN}"))

    assert [finding.path for finding in findings] == ["srv", None]
    assert findings[1].evidence["where"] == "the tar header of an entry in /srv"
    assert TOKEN not in repr(findings)


def test_a_token_in_an_attribute_is_a_finding_at_its_file() -> None:
    assert only(TarBuilder().file("f", xattrs={"user.token": TOKEN.encode()})).evidence["where"] == (
        "its extended attributes"
    )


def test_a_token_in_the_name_of_a_deleted_file_is_still_there() -> None:
    finding = only({f"srv/{TOKEN}": b"x"}, TarBuilder().opaque("srv"))

    assert (finding.state, finding.layer and finding.layer.index) == (State.DELETED, 0)
    assert finding.removed_in is not None


def test_a_token_behind_the_end_is_a_finding_without_a_path() -> None:
    tar = TarBuilder().file("f", b"x").build()

    finding = only({"a": b"x"}, tar + b"token: " + TOKEN.encode())

    assert (finding.path, finding.state) == (None, State.ARCHIVE)
    assert finding.layer is not None
    assert finding.layer.index == 1
    assert finding.evidence["where"] == "the layer's data behind the end of the tar"
    assert finding.evidence["offset"] == len(tar) + 7
    assert finding.evidence["places"] == [
        {"state": "archive", "where": finding.evidence["where"], "offset": len(tar) + 7, "layer": 1}
    ]


def test_a_token_in_a_comment_says_whose_header_it_is() -> None:
    finding = only(TarBuilder().file("a").pax({"comment": TOKEN}).file("srv/b"))

    assert finding.path is None
    assert finding.evidence["where"] == "the tar header of /srv/b"


def test_a_token_beside_the_compressed_content_is_found() -> None:
    stored = (
        b"\x1f\x8b\x08\x10" + bytes(6) + TOKEN.encode() + b"\0" + gzip.compress(TarBuilder().file("f").build())[10:]
    )

    assert only(stored).evidence["where"] == "the layer's data beside the compressed content"


def test_a_password_outside_of_files_ranks_as_in_a_text() -> None:
    password = expand("DB_PASSWORD=<<A-Za-z0-9|14>>", "password")

    inside, outside = only({"f": password.encode()}), only(TarBuilder().pax({"comment": password}).file("f"))

    assert (outside.severity, outside.evidence["confidence"]) == (inside.severity, inside.evidence["confidence"])
    assert outside.line is None


def test_a_secret_in_a_file_and_beside_it_is_one_finding_at_the_file() -> None:
    tar = TarBuilder().file("srv/f", TOKEN.encode()).build() + TOKEN.encode()

    finding = only(tar)

    assert finding.path == "srv/f"
    assert finding.evidence["places_count"] == 2


def test_names_as_images_have_them_are_no_secrets() -> None:
    names = [
        "usr/share/doc/passwd/README",
        "etc/pam.d/common-password",
        "usr/lib/python3/secrets.py",
        "home/a/.ssh/id_rsa",
    ]

    assert found(dict.fromkeys(names, b"x")) == ()


def test_more_of_one_rule_in_one_region_than_is_listed_is_said() -> None:
    tar = TarBuilder().file("f", b"x").build() + " ".join(OTHERS).encode()

    view, _ = merged(tar, analyzers=(SECRETS,))
    concluded = list(SECRETS.conclude(view))

    assert len([item for item in concluded if isinstance(item, Finding)]) == PER_RULE_AND_REGION
    (gap,) = (item for item in concluded if isinstance(item, Gap))
    assert (gap.what, gap.count) == ("secrets outside of files", 10)
