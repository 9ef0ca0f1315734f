"""What is no tar is named by its first bytes."""

from __future__ import annotations

import pytest

from imgscan.layer.signatures import HEAD_BYTES, appearance
from imgscan.testing import TarBuilder


@pytest.mark.parametrize(
    ("offset", "magic", "name"),
    [
        (1024, b"\xe2\xe1\xf5\xe0", "EROFS"),
        (1080, b"\x53\xef", "ext4"),
        (0, b"hsqs", "squashfs"),
        (32769, b"CD001", "ISO 9660"),
        (65600, b"_BHRfS_M", "btrfs"),
        (0, b"#!/usr/bin/env run-singularity\n\0SIF_MAGIC\0", "SIF"),
        (0, b"\0asm\1\0\0\0", "WebAssembly"),
        (0, b"LUKS\xba\xbe", "LUKS"),
        (0, b"SFAR", "nydus"),
        (0, b"PK\3\4", "zip"),
        (0, b' {"a": 1}', "JSON"),
        (0, b"#!/bin/sh\n", "text"),
        (510, b"\x55\xaa", "boot sector"),
    ],
)
def test_a_form_is_named_by_its_bytes(offset: int, magic: bytes, name: str) -> None:
    head = (bytes(offset) + magic).ljust(HEAD_BYTES, b"\0")

    assert name in (appearance(head) or "")
    assert appearance(bytes(1) + head) is None


def test_a_tar_behind_zero_blocks_is_named() -> None:
    assert appearance(bytes(1024) + TarBuilder().file("a", b"a").build()) == "a tar behind zero blocks"


@pytest.mark.parametrize("head", [b"", bytes(HEAD_BYTES), b"abc", TarBuilder().file("a", b"a").build()])
def test_nothing_zeros_and_tars_look_like_nothing(head: bytes) -> None:
    assert appearance(head) is None
