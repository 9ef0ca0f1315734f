"""What a file is, told by its first bytes."""

from __future__ import annotations

import ctypes
import os
import sys

import pytest

from imgscan.formats.content.filetype import PREFIX_BYTES, file_type
from imgscan.formats.content.libmagic import describe
from imgscan.testing import tar_of


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty"),
        (b"#!/bin/sh -e\necho", "script (/bin/sh -e)"),
        (b"#! /usr/bin/env python3", "script (/usr/bin/env python3)"),
        (b"#!/bin/\x1b[31m\n", "script (/bin/\\x1b[31m)"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"-----BEGIN CERTIFICATE-----", "PEM"),
        (b"plain text\n", "text"),
        ("caf\u00e9\n".encode(), "text"),
        (tar_of({"a": b"x"}), "tar"),
    ],
)
def test_what_images_are_made_of_is_known(content: bytes, name: str) -> None:
    assert file_type(content) == name


def test_a_character_cut_by_the_prefix_is_still_text() -> None:
    assert file_type(b"a" * (PREFIX_BYTES - 1) + "\u00e9".encode()) == "text"


@pytest.mark.parametrize("content", [b"caf\xe9 au lait", b"nul\0nul", b"\x01\x02\x03\x04", b"\xff\xfe\xfd"])
def test_other_bytes_are_no_text(content: bytes) -> None:
    assert file_type(content) not in ("text", "empty")


def test_asking_libmagic_leaves_the_process_as_it_was() -> None:
    before = dict(os.environ), ctypes.CDLL.__init__

    described = describe(b"\x00\x01\x00\x00\x00\x0f\x00\x80\x00\x03\x00\x70GSUB")

    assert described is None or "font" in described.lower()
    assert (dict(os.environ), ctypes.CDLL.__init__) == before
    assert not {"magic", "pylibmagic"} & sys.modules.keys()
