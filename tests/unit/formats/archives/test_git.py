"""Packs of git: every object comes out as git has it, and what is damaged or too much ends."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import zlib
from hashlib import sha1
from pathlib import Path
from struct import pack as packed

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.formats.archives.git import GitObject, Kind, Pack, is_zlib, pack_in_bundle, zlib_content

WORK, LARGEST = 1 << 26, 1 << 20
BASE = bytes(range(97, 123)) * 40


def number(value: int) -> bytes:
    """Return a size as deltas have it: 7 bits a byte, the lowest first."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def offset(value: int) -> bytes:
    out = [value & 0x7F]
    value >>= 7
    while value:
        value -= 1
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(reversed(out))


def entry(kind: Kind, stored: bytes, between: bytes = b"") -> bytes:
    head, size = bytearray([kind << 4 | len(stored) & 15]), len(stored) >> 4
    while size:
        head[-1] |= 0x80
        head.append(size & 0x7F)
        size >>= 7
    return bytes(head) + between + zlib.compress(stored)


def pack(*entries: bytes, count: int | None = None) -> bytes:
    body = b"PACK" + packed(">II", 2, len(entries) if count is None else count) + b"".join(entries)
    return body + sha1(body).digest()


def copy(start: int, size: int) -> bytes:
    return bytes([0x80 | 0x0F | 0x70]) + packed("<I", start) + packed("<I", size)[:3]


def delta(*pieces: bytes, base: int = len(BASE), target: int) -> bytes:
    return number(base) + number(target) + b"".join(pieces)


def insert(data: bytes) -> bytes:
    return bytes([len(data)]) + data


CHANGED = BASE[:300] + b"token" + BASE[300:]
DELTA = delta(copy(0, 300), insert(b"token"), copy(300, len(BASE) - 300), target=len(CHANGED))


def read(data: bytes, work: int = WORK, largest: int = LARGEST) -> tuple[list[GitObject], Pack]:
    result = Pack(data, work, largest)
    return list(result.objects()), result


def on_base(stored: bytes, *, between: int = 0) -> bytes:
    """Return a pack of the base and a delta on it, with as many other bytes between."""
    first, other = entry(Kind.BLOB, BASE), entry(Kind.TREE, bytes(between))
    return pack(first, other, entry(Kind.OFFSET_DELTA, stored, offset(len(first) + len(other))))


def test_objects_come_with_their_kind_and_id() -> None:
    objects, state = read(pack(entry(Kind.COMMIT, b"tree 1"), entry(Kind.BLOB, b"hello\n"), entry(Kind.TAG, b"")))

    assert [(item.kind, item.content, item.changed) for item in objects] == [
        (Kind.COMMIT, b"tree 1", 6),
        (Kind.BLOB, b"hello\n", 6),
        (Kind.TAG, b"", 0),
    ]
    assert objects[1].id == "ce013625030ba8dba906f756967f9e9ca394464a"  # git hash-object
    assert (state.is_whole, state.is_damaged) == (True, False)


@pytest.mark.parametrize("between", [0, 200, 20_000])
def test_a_delta_is_what_it_makes_of_its_base(between: int) -> None:
    objects, state = read(on_base(DELTA, between=between))

    assert (objects[-1].kind, objects[-1].content, objects[-1].changed) == (Kind.BLOB, CHANGED, 5)
    assert state.is_whole


def test_a_delta_of_a_delta_whose_bases_are_not_kept_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imgscan.formats.archives.git._KEPT_BYTES", 0)
    first = entry(Kind.BLOB, BASE)
    second = entry(Kind.OFFSET_DELTA, DELTA, offset(len(first)))
    more = delta(copy(0, len(CHANGED)), insert(b"!"), base=len(CHANGED), target=len(CHANGED) + 1)

    objects, state = read(pack(first, second, entry(Kind.OFFSET_DELTA, more, offset(len(second)))))

    assert [item.content for item in objects] == [BASE, CHANGED, CHANGED + b"!"]
    assert state.is_whole


@pytest.mark.parametrize(
    "stored",
    [
        delta(copy(0, len(BASE) + 1), target=len(BASE) + 1),  # beyond the base
        delta(insert(b"abc"), target=4),
        delta(insert(b"abc"), target=2),
        delta(b"\0", target=0),  # reserved
        delta(insert(b"abc"), base=3, target=3),  # of another base
        delta(b"\x7fab", target=127),  # cut
        delta(copy(0, 10), target=LARGEST + 1),
        b"\xff" * 20,
        b"",
    ],
)
def test_a_delta_that_fits_nothing_is_left_out_and_the_rest_is_read(stored: bytes) -> None:
    first = entry(Kind.BLOB, BASE)
    wrong = entry(Kind.OFFSET_DELTA, stored, offset(len(first)))

    objects, state = read(pack(first, wrong, entry(Kind.BLOB, b"last")))

    assert [item.content for item in objects] == [BASE, b"last"]
    assert (state.is_whole, state.is_damaged) == (False, False)


def test_a_base_that_is_named_or_too_large_leaves_its_delta_out() -> None:
    named = entry(Kind.REFERENCE_DELTA, DELTA, bytes(20))
    large = entry(Kind.BLOB, bytes(LARGEST + 1))

    objects, state = read(
        pack(named, large, entry(Kind.OFFSET_DELTA, DELTA, offset(len(large))), entry(Kind.BLOB, b"x"))
    )

    assert [item.content for item in objects] == [b"x"]
    assert not state.is_whole


@pytest.mark.parametrize("cut", [12, 13, 14, 20, 40])
def test_a_pack_that_is_cut_is_damaged(cut: int) -> None:
    objects, state = read(pack(entry(Kind.BLOB, random.Random(1).randbytes(60)))[:cut])

    assert (objects, state.is_whole, state.is_damaged) == ([], False, True)


def test_a_count_that_is_no_count_is_damage() -> None:
    objects, state = read(pack(entry(Kind.BLOB, b"a"), count=1 << 31))

    assert ([item.content for item in objects], state.is_damaged) == ([b"a"], True)


def test_deltas_that_make_much_of_little_end_with_the_work() -> None:
    twice = delta(copy(0, len(BASE)), copy(0, len(BASE)), target=2 * len(BASE))
    first = entry(Kind.BLOB, BASE)
    entries, at = [first], len(first)
    for _ in range(1000):
        entries.append(entry(Kind.OFFSET_DELTA, twice, offset(at)))
        at += len(entries[-1])

    objects, state = read(pack(*entries), work=100_000)

    assert len(objects) < 60
    assert not state.is_whole
    assert state.work <= 0


@given(st.data())
def test_whatever_the_bytes_it_ends(data: st.DataObject) -> None:
    raw = bytearray(on_base(DELTA, between=20))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(12, len(raw) - 1))] = data.draw(st.integers(0, 255))

    objects, state = read(bytes(raw), work=1 << 20)

    assert all(len(item.content) <= LARGEST for item in objects)
    assert state.work >= -LARGEST


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_every_object_is_the_one_that_git_shows(tmp_path: Path) -> None:
    def git(*arguments: str) -> bytes:
        setting = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"}
        names = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        command = ["git", "-C", str(tmp_path), *arguments]
        return subprocess.run(command, check=True, capture_output=True, env=setting | names).stdout

    git("init", "-q")
    chance = random.Random(5)
    lines = [f"{chance.random()}" for _ in range(300)]
    for turn in range(8):
        lines[chance.randrange(300)] = f"turn {turn}"
        (tmp_path / "a.conf").write_text("\n".join(lines))
        (tmp_path / f"{turn}.bin").write_bytes(chance.randbytes(turn * 1000))
        git("add", ".")
        git("commit", "-qm", f"turn {turn}")
    loose = {path.parent.name + path.name: path.read_bytes() for path in (tmp_path / ".git/objects").glob("??/*")}
    git("gc", "-q", "--aggressive")
    (path,) = (tmp_path / ".git/objects/pack").glob("*.pack")
    git("bundle", "create", "all.bundle", "--all")

    objects, state = read(path.read_bytes())
    bundled, _ = read(pack_in_bundle((tmp_path / "all.bundle").read_bytes()) or b"")

    assert state.is_whole
    assert {item.id for item in objects} == set(loose)
    assert {item.id for item in bundled} == set(loose)
    for item in objects:
        head = f"{item.kind.name.lower()} {len(item.content)}\0".encode()
        assert zlib_content(loose[item.id], LARGEST) == (head + item.content, False)
    assert any(item.changed < len(item.content) for item in objects)


def test_a_stream_of_zlib_is_unpacked_to_a_bound() -> None:
    data = zlib.compress(b"a" * 1000)

    assert zlib_content(data, 2000) == (b"a" * 1000, False)
    assert zlib_content(data, 100) == (b"a" * 100, True)
    assert zlib_content(data[:-8], 2000)[1] is False


@pytest.mark.parametrize("data", [b"x\x9c", b"x^2 + y^2 = z^2", b"", b"x\x01\xff\xff\xff", b"plain"])
def test_what_only_begins_like_zlib_is_none(data: bytes) -> None:
    assert not is_zlib(data)
    assert zlib_content(data, 100)[0] == b""
    assert is_zlib(zlib.compress(data + b"."))


def test_what_is_no_bundle_has_no_pack() -> None:
    assert pack_in_bundle(b"# v2 git bundle\nno pack") is None
