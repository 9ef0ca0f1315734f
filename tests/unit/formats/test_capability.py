"""The attribute security.capability, revisions 1 to 3."""

from __future__ import annotations

from struct import pack

import pytest

from imgscan.formats.capability import FileCapabilities, is_known, parse_capability

NET_BIND, NET_RAW, SYS_ADMIN, CHECKPOINT = 1 << 10, 1 << 13, 1 << 21, 1 << (40 - 32)


def revision(number: int, *words: int, effective: bool = True) -> bytes:
    return pack(f"<{1 + len(words)}I", number << 24 | effective, *words)


def test_revision_1_has_32_bits() -> None:
    assert parse_capability(revision(1, NET_RAW, 0)) == FileCapabilities(1, True, ("cap_net_raw",), ())


def test_revision_2_has_64_bits() -> None:
    found = parse_capability(revision(2, NET_RAW, NET_BIND, CHECKPOINT, 0, effective=False))

    assert found == FileCapabilities(2, False, ("cap_net_raw", "cap_checkpoint_restore"), ("cap_net_bind_service",))


def test_revision_3_names_the_root_of_its_namespace() -> None:
    found = parse_capability(revision(3, SYS_ADMIN, 0, 0, 0, 100_000))

    assert found == FileCapabilities(3, True, ("cap_sys_admin",), (), 100_000)


def test_an_unknown_bit_is_told_by_its_number() -> None:
    found = parse_capability(revision(2, 0, 0, 1 << 31, 0))

    assert found is not None
    assert found.permitted == ("cap_63",)
    assert not is_known("cap_63")
    assert is_known("cap_net_raw")


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\1\0\0",
        revision(0, 1, 0),
        revision(4, 1, 0, 0, 0),
        revision(1, 1),
        revision(1, 1, 0, 0, 0),
        revision(2, 1, 0),
        revision(2, 1, 0, 0, 0, 0),
        revision(3, 1, 0, 0, 0),
        revision(2, 1, 0, 0, 0)[:-1],
    ],
)
def test_a_malformed_value_is_none(value: bytes) -> None:
    assert parse_capability(value) is None


@pytest.mark.parametrize(
    ("words", "effective", "text"),
    [
        ((NET_RAW, 0, 0, 0), True, "cap_net_raw=ep"),
        ((NET_RAW, 0, 0, 0), False, "cap_net_raw=p"),
        ((NET_RAW | NET_BIND, 0, 0, 0), True, "cap_net_bind_service,cap_net_raw=ep"),
        ((NET_RAW, NET_RAW, 0, 0), True, "cap_net_raw=eip"),
        ((0, NET_RAW, 0, 0), False, "cap_net_raw=i"),
        ((NET_BIND, NET_RAW, 0, 0), True, "cap_net_bind_service=ep cap_net_raw=i"),
        ((0, 0, 0, 0), True, "="),
    ],
)
def test_the_text_is_that_of_getcap(words: tuple[int, ...], effective: bool, text: str) -> None:
    found = parse_capability(revision(2, *words, effective=effective))

    assert found is not None
    assert found.text() == text
