"""Members of ar, cpio and rpm files."""

from __future__ import annotations

from collections.abc import Callable
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.formats.archives.members import AR, CPIO, RPM, Members


def newc(name: str, content: bytes, mode: int = 0o100644) -> bytes:
    raw = name.encode() + b"\0"
    numbers = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(raw), 0)
    head = b"070701" + b"".join(b"%08x" % number for number in numbers) + raw
    return head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)


def odc(name: str, content: bytes, mode: int = 0o100644) -> bytes:
    raw = name.encode() + b"\0"
    head = b"070707" + b"".join(b"%06o" % number for number in (0, 0, mode, 0, 0, 1, 0))
    return head + b"%011o" % 0 + b"%06o" % len(raw) + b"%011o" % len(content) + raw + content


def binary(name: str, content: bytes, mode: int = 0o100644, order: str = "<") -> bytes:
    raw = name.encode() + b"\0"
    sizes = (len(raw), len(content) >> 16, len(content) & 0xFFFF)
    head = pack(order + "13H", 0o070707, 0, 0, mode, 0, 0, 1, 0, 0, 0, *sizes)
    return head + raw + bytes(len(raw) % 2) + content + bytes(len(content) % 2)


def ar(*members: tuple[str, bytes]) -> bytes:
    data = AR
    for name, content in members:
        head = f"{name + '/':16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n"
        data += head.encode() + content + b"\n" * (len(content) % 2)
    return data


def rpm(payload: bytes) -> bytes:
    def header(store: bytes) -> bytes:
        return b"\x8e\xad\xe8\x01" + bytes(4) + pack(">II", 1, len(store)) + pack(">4I", 1000, 6, 0, 1) + store

    signature = header(b"abc\0" + bytes(7))
    return RPM + bytes(92) + signature + bytes(-len(signature) % 8) + header(b"name\0") + payload


def swapped(name: str, content: bytes, mode: int = 0o100644) -> bytes:
    return binary(name, content, mode, ">")


@pytest.mark.parametrize("make", [newc, odc, binary, swapped])
def test_regular_members_of_cpio_are_read_in_each_form(make: Callable[..., bytes]) -> None:
    data = make("./etc", b"", 0o40755) + make("./etc/a", b"first") + make("b", b"se") + make("TRAILER!!!", b"")
    members = Members(data)

    assert list(members) == [("etc/a", b"first"), ("b", b"se")]
    assert members.is_whole
    assert data.startswith(CPIO)


def test_what_follows_the_trailer_is_another_archive() -> None:
    first = newc("a", b"x") + newc("TRAILER!!!", b"") + bytes(512)
    second = newc("b", b"y") + newc("TRAILER!!!", b"")

    assert list(Members(first + second)) == [("a", b"x"), ("", second)]


def test_members_of_ar_are_read() -> None:
    members = Members(ar(("debian-binary", b"2.0\n"), ("odd", b"abc"), ("data.tar", b"data")))

    assert list(members) == [("debian-binary", b"2.0\n"), ("odd", b"abc"), ("data.tar", b"data")]
    assert members.is_whole


def test_the_payload_of_an_rpm_is_read() -> None:
    members = Members(rpm(b"payload"))

    assert list(members) == [("", b"payload")]
    assert members.is_whole


@pytest.mark.parametrize(
    "data", [ar(("a", b"abc"))[:-3], newc("a", b"abc"), rpm(b"")[:100], AR + b"x" * 60, b"070701zz"]
)
def test_what_is_cut_or_malformed_is_not_whole(data: bytes) -> None:
    members = Members(data)

    assert len(list(members)) <= 1
    assert not members.is_whole


@given(st.sampled_from([AR, RPM, *CPIO]), st.binary(max_size=300))
def test_any_bytes_end_the_list(magic: bytes, rest: bytes) -> None:
    assert all(isinstance(content, bytes) for _, content in Members(magic + rest))
