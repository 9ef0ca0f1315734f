from __future__ import annotations

from imgscan.analyzers.accounts.analyzer import Accounts
from imgscan.model.finding import Finding, Severity, State
from imgscan.system.accounts.files import AccountFiles
from imgscan.testing import TarBuilder, conclude, facts_of
from imgscan.testing.image import LayerSource

HASH = b"$6$s4ltsalt$h4shh4shh4sh"


def hashes(*layers: LayerSource) -> list[Finding]:
    found = conclude(Accounts(), *layers).findings
    return [finding for finding in found if finding.rule == "accounts.password-hash"]


def test_a_hash_is_told_by_its_scheme() -> None:
    (finding,) = hashes({"etc/shadow": b"root:" + HASH + b":1::::::\n"})
    assert (finding.severity, finding.evidence["scheme"], finding.state) == (
        Severity.MEDIUM,
        "sha512crypt",
        State.VISIBLE,
    )


def test_no_part_of_a_hash_is_in_facts_or_findings() -> None:
    layer = {"etc/shadow": b"root:" + HASH + b":1::::::\n", "etc/passwd": b"a:" + HASH + b":1:1::/:\n"}
    told = repr(facts_of(AccountFiles(), layer)) + repr(conclude(Accounts(), layer))
    assert "h4sh" not in told
    assert "s4lt" not in told


def test_a_weak_scheme_ranks_higher() -> None:
    (finding,) = hashes({"etc/shadow": b"root:$1$salt$hash:1::::::\n"})
    assert finding.severity is Severity.HIGH
    assert "(md5crypt, weak)" in finding.message


def test_a_locked_hash_is_in_the_file_all_the_same() -> None:
    (finding,) = hashes({"etc/shadow": b"root:!" + HASH + b":1::::::\n"})
    assert finding.severity is Severity.LOW
    assert "locked" in finding.message


def test_copies_of_a_line_in_later_layers_are_one_finding_on_the_first() -> None:
    line = b"root:" + HASH + b":1::::::\n"
    layers = ({"etc/shadow": line}, {"etc/shadow": line + b"a:!:1::::::\n"}, {"etc/shadow-": line})
    (finding,) = hashes(*layers)
    assert finding.layer is not None
    assert (finding.layer.index, finding.path) == (0, "etc/shadow")
    assert finding.evidence["layers"] == [0, 1, 2]
    assert finding.evidence["files"] == ["/etc/shadow", "/etc/shadow-"]


def test_a_hash_that_a_later_layer_took_out_is_still_in_the_image() -> None:
    (finding,) = hashes({"etc/shadow": b"root:" + HASH + b":1::::::\n"}, {"etc/shadow": b"root:*:1::::::\n"})
    assert (finding.state, finding.severity) == (State.OVERWRITTEN, Severity.LOW)
    assert finding.removed_in is not None
    assert finding.removed_in.index == 1
    assert finding.remediation == ""


def test_a_deleted_file_too() -> None:
    (finding,) = hashes({"etc/shadow-": b"root:" + HASH + b":1::::::\n"}, TarBuilder().whiteout("etc/shadow-"))
    assert finding.state is State.DELETED


def test_locked_empty_and_invalid_fields_are_no_hashes() -> None:
    assert hashes({"etc/shadow": b"a:*:1::::::\nb:!:1::::::\nc::1::::::\nd:NP:1::::::\n"}) == []


def test_a_group_password_is_one() -> None:
    (finding,) = hashes({"etc/gshadow": b"adm:" + HASH + b"::\n"})
    assert finding.message.startswith("the group adm has a password hash")


def test_the_shadow_file_of_a_system_in_a_directory_is_no_account_of_the_image() -> None:
    line = b"root:" + HASH + b":1::::::\n"
    assert hashes({"rootfs/etc/shadow": line, "srv/backup/etc/shadow": line}) == []


def test_a_shadow_file_behind_a_link_from_etc_is_the_images_own() -> None:
    layer = (
        TarBuilder().file("srv/etc/shadow", b"root:" + HASH + b":1::::::\n").hardlink("etc/shadow", "srv/etc/shadow")
    )
    assert [finding.rule for finding in hashes(layer)] == ["accounts.password-hash"]
