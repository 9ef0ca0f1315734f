"""Made-up tars and layers, small enough to fail readably."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from hypothesis import assume
from hypothesis import strategies as st

from imgscan.layer.decompress import compression_of
from imgscan.testing import TarBuilder
from imgscan.testing.sparse import SPARSE_FORMATS

Step: TypeAlias = Callable[[TarBuilder], TarBuilder]
"""Adds one member to a tar."""

CONTENTS = st.one_of(
    st.binary(max_size=40),
    st.builds(
        lambda unit, times: unit * times, st.sampled_from([b"x", b"\0", b"key-1234 ", b"^\nkey\n"]), st.integers(1, 300)
    ),
    st.builds(
        lambda before, after: b"-" * before + b"key-1234" + b"=" * after, st.integers(0, 1100), st.integers(0, 30)
    ),
    st.builds(lambda size: b"\x7fELF" + bytes(size), st.integers(0, 600)),
)
NAMES = st.one_of(
    st.sampled_from(
        ["a", "b", "bin/su", "bin/sh", "bin/busybox", "etc/passwd", "d/e/f", ".wh.a", "d/.wh..wh..opq", "x" * 120]
    ),
    st.text("ab/.\u00e9", min_size=1, max_size=12),
    st.binary(min_size=1, max_size=12).filter(lambda name: b"\0" not in name),
)
MODES = st.sampled_from([0o644, 0o755, 0o4755, 0o2755, 0o1777, 0])
NUMBERS = st.sampled_from([0, 1, 1000, 0o7777777, 1 << 21, (1 << 32) - 2])


def _file(name: str | bytes, content: bytes, mode: int, uid: int) -> Step:
    return lambda tar: tar.file(name, content, mode=mode, uid=uid, gid=uid, mtime=uid)


def _attributed(name: str | bytes, content: bytes) -> Step:
    return lambda tar: tar.file(name, content, xattrs={"security.capability": content[:24] or b"x"})


def _directory(name: str | bytes, mode: int) -> Step:
    return lambda tar: tar.directory(name, mode=mode)


def _symlink(name: str | bytes, target: str | bytes) -> Step:
    return lambda tar: tar.symlink(name, target)


def _hardlink(name: str | bytes, target: str | bytes) -> Step:
    return lambda tar: tar.hardlink(name, target)


def _device(name: str | bytes, major: int, minor: int) -> Step:
    return lambda tar: tar.device(name, major, minor)


def _odd(name: str | bytes, content: bytes, flag: bytes) -> Step:
    return lambda tar: tar.member(name, content, typeflag=flag)


@st.composite
def _sparse(draw: st.DrawFn) -> Step:
    form = draw(st.sampled_from(SPARSE_FORMATS))
    parts: list[tuple[int, bytes]] = []
    at = 0
    for gap, data in draw(st.lists(st.tuples(st.integers(0, 1000), st.binary(max_size=30)), max_size=30)):
        parts.append((at + gap, data))
        at += gap + len(data)
    size = at + draw(st.integers(0, 500))
    name = draw(st.sampled_from(["sparse", "bin/sh", "d/s"]))
    return lambda tar: tar.sparse(form, name, [*parts, (size, b"")], size)


STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(_file, NAMES, CONTENTS, MODES, NUMBERS),
    st.builds(_attributed, NAMES, CONTENTS),
    st.builds(_directory, NAMES, MODES),
    st.builds(_symlink, NAMES, NAMES),
    st.builds(_hardlink, NAMES, NAMES),
    st.builds(_device, NAMES, st.integers(0, 9), st.integers(0, 9)),
    st.builds(_odd, NAMES, CONTENTS, st.sampled_from([b"7", b"D", b"V", b"!"])),
    st.builds(_odd, NAMES, st.just(b""), st.sampled_from([b"\0", b"5", b"6"])),
    _sparse(),
)


@st.composite
def tars(draw: st.DrawFn, least: int = 0, most: int = 12) -> bytes:
    """Return a well-formed tar of any members, with more or fewer zero blocks at its end, or something behind."""
    tar = TarBuilder()
    steps = draw(st.lists(STEPS, min_size=least, max_size=most))
    for step in steps:
        step(tar)
    # Zero blocks alone and then something are no tar.
    ends = not steps or draw(st.booleans())
    data = tar.build(draw(st.sampled_from([0, 1, 2, 5]))) if ends else tar.build() + b"behind"
    assume(compression_of(data[:16]) == "none")  # a first name may look like a compressed stream, to runtimes too
    return data


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Return a tar with some bytes changed, cut out or put in."""
    data = bytearray(draw(tars(least=1)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        how = draw(st.sampled_from(["flip", "zero", "digits", "cut", "put in", "end"]))
        if how == "flip" and data:
            data[at] ^= draw(st.integers(1, 255))
        elif how == "zero":
            data[at : at + 8] = bytes(len(data[at : at + 8]))
        elif how == "digits":
            data[at : at + 4] = b"7777"
        elif how == "cut":
            del data[at : at + draw(st.integers(1, 600))]
        elif how == "put in":
            data[at:at] = draw(st.binary(max_size=600))
        else:
            del data[at:]
    assume(compression_of(bytes(data[:16])) == "none")
    return bytes(data)
