"""Against other implementations: Python's tarfile, writing and reading, and GNU tar's archives of a real folder."""

from __future__ import annotations

import io
import os
import shutil
import stat
import subprocess
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgscan.model.entry import Entry, EntryKind
from imgscan.testing import TarBuilder, survey
from imgscan.testing.sparse import SPARSE_FORMATS, SparseFormat

from .strategies import tars

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
TYPES = {
    tarfile.REGTYPE: EntryKind.FILE,
    tarfile.AREGTYPE: EntryKind.FILE,
    tarfile.CONTTYPE: EntryKind.FILE,
    tarfile.DIRTYPE: EntryKind.DIRECTORY,
    tarfile.SYMTYPE: EntryKind.SYMLINK,
    tarfile.LNKTYPE: EntryKind.HARDLINK,
    tarfile.CHRTYPE: EntryKind.CHAR,
    tarfile.BLKTYPE: EntryKind.BLOCK,
    tarfile.FIFOTYPE: EntryKind.FIFO,
}
WRITTEN = (tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE)

NAMES = st.text("ab-_.\u00e9\u65e5", min_size=1, max_size=130).filter(lambda name: name.strip(".") != "")


@st.composite
def infos(draw: st.DrawFn) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(draw(NAMES))
    info.type = draw(st.sampled_from(WRITTEN))
    content = draw(st.binary(max_size=1200)) if info.type == tarfile.REGTYPE else b""
    info.size = len(content)
    info.mode = draw(st.integers(0, 0o7777))
    info.uid, info.gid = draw(st.integers(0, 1 << 32)), draw(st.integers(0, 1 << 32))
    info.mtime = draw(st.integers(0, 1 << 35))
    info.uname, info.gname = draw(st.sampled_from(["", "root", "n\u00e4me"])), "x" * draw(st.integers(0, 30))
    if info.type in (tarfile.SYMTYPE, tarfile.LNKTYPE):
        info.linkname = draw(NAMES)
    if info.type == tarfile.CHRTYPE:
        info.devmajor, info.devminor = draw(st.integers(0, 4095)), draw(st.integers(0, 1 << 20))
    return info, content


def row(entry: Entry, digest: str | None) -> tuple[object, ...]:
    target = entry.link_target if entry.kind in (EntryKind.SYMLINK, EntryKind.HARDLINK) else ""
    return (
        entry.path,
        entry.kind,
        entry.mode,
        entry.uid,
        entry.gid,
        entry.mtime_ns // 10**9,
        entry.size,
        target,
        entry.device,
        digest,
    )


def row_of(info: tarfile.TarInfo, content: bytes) -> tuple[object, ...]:
    kind = TYPES[info.type]
    return (
        info.name,
        kind,
        info.mode,
        info.uid,
        info.gid,
        int(info.mtime),
        info.size if kind is EntryKind.FILE else 0,
        info.linkname if kind in (EntryKind.SYMLINK, EntryKind.HARDLINK) else "",
        (info.devmajor, info.devminor) if kind in (EntryKind.CHAR, EntryKind.BLOCK) else None,
        sha256(content).hexdigest() if kind is EntryKind.FILE else None,
    )


def rows(tar: bytes) -> list[tuple[object, ...]]:
    found = survey(tar)
    assert found.complete
    assert found.sha256 is not None
    return [row(entry, digest) for entry, digest in zip(found.entries, found.sha256, strict=True)]


@pytest.mark.parametrize("form", FORMATS)
@given(members=st.lists(infos(), max_size=6))
def test_what_tarfile_writes_is_read_field_by_field(form: str, members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    out = io.BytesIO()
    written = []
    with tarfile.open(fileobj=out, mode="w", format=FORMATS[form], encoding="utf-8", errors="surrogateescape") as tar:
        for info, content in members:
            try:
                tar.addfile(info, io.BytesIO(content))
            except ValueError:  # ustar has no room for it
                continue
            written.append((info, content))

    assert rows(out.getvalue()) == [row_of(info, content) for info, content in written]


def by_tarfile(tar: bytes) -> list[tuple[str, int, str]]:
    """Return name, size and digest of each member as tarfile sees it."""
    found = []
    with tarfile.open(fileobj=io.BytesIO(tar), encoding="utf-8", errors="surrogateescape") as opened:
        for info in opened:
            file = opened.extractfile(info) if info.isreg() else None
            content = file.read() if file is not None else b""
            found.append((info.name, len(content), sha256(content).hexdigest()))
    return found


@pytest.mark.parametrize("dialect", ["v7", "ustar", "pax", "gnu", "star"])
def test_what_the_builder_writes_tarfile_reads_alike(dialect: str) -> None:
    tar = TarBuilder(dialect)  # type: ignore[arg-type]  # one of the dialects
    tar.directory("d/").file("d/f", b"x" * 700, mode=0o4755, uid=7, gid=8, mtime=9).symlink("s", "d/f")
    tar.hardlink("h", "d/f", mode=0o600).fifo("p")
    if dialect != "v7":  # which has no device numbers to Go and to us
        tar.device("c", 1, 3)
    if dialect in ("ustar", "pax", "gnu"):
        tar.file("long/" * 22 + "name", b"y")

    with tarfile.open(fileobj=io.BytesIO(tar.build())) as opened:
        expected = []
        for info in opened:
            file = opened.extractfile(info) if info.isreg() else None
            expected.append(row_of(info, file.read() if file is not None else b""))

    assert rows(tar.build()) == expected


@pytest.mark.parametrize("form", SPARSE_FORMATS)
@given(
    gaps=st.lists(st.tuples(st.integers(0, 2000), st.binary(min_size=1, max_size=700)), max_size=30),
    tail=st.integers(0, 2000),
)
@settings(max_examples=40)
def test_sparse_files_expand_as_in_tarfile(form: SparseFormat, gaps: list[tuple[int, bytes]], tail: int) -> None:
    parts, at = [], 0
    for gap, data in gaps:
        parts.append((at + gap, data))
        at += gap + len(data)
    size = at + tail
    tar = TarBuilder().sparse(form, "sparse", [*parts, (size, b"")], size).file("after", b"z").build()
    expanded = bytearray(size)
    for offset, data in parts:
        expanded[offset : offset + len(data)] = data

    found = survey(tar)

    assert found.sha256 is not None
    ours = [(entry.path, entry.size, digest) for entry, digest in zip(found.entries, found.sha256, strict=True)]
    assert ours == by_tarfile(tar)
    assert ours[0] == ("sparse", size, sha256(expanded).hexdigest())


@given(tars(least=1).filter(lambda tar: any(tar[:512])))
@settings(max_examples=100)
def test_of_any_well_formed_tar_tarfile_sees_as_many_bytes(tar: bytes) -> None:
    """Names and odd kinds differ by design (cleaning, dump directories); sizes and contents of files do not."""
    found = survey(tar)
    assert found.sha256 is not None
    ours = [
        digest
        for entry, digest in zip(found.entries, found.sha256, strict=True)
        if entry.kind is EntryKind.FILE and entry.size
    ]
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        theirs = []
        for info in opened:
            file = opened.extractfile(info) if info.type not in (b"D", b"V", *_LINKS) and info.size else None
            if file is not None:
                theirs.append(sha256(file.read()).hexdigest())

    left_out = {item.path for item in found.problems if item.code in ("no-name", "path-too-long")}
    assert ours == theirs or left_out


_LINKS = (tarfile.SYMTYPE, tarfile.LNKTYPE)


# GNU tar

_TAR = shutil.which("tar")


def _is_gnu() -> bool:
    if _TAR is None:
        return False
    told = subprocess.run([_TAR, "--version"], capture_output=True, text=True, check=False)
    return "GNU tar" in told.stdout


gnu_tar = pytest.mark.skipif(not _is_gnu(), reason="there is no GNU tar here")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of all kinds of files that need no privileges."""
    root = tmp_path_factory.mktemp("root")
    (root / "bin").mkdir(mode=0o755)
    (root / "bin/su").write_bytes(b"\x7fELF" * 300)
    (root / "bin/su").chmod(0o4755)
    os.link(root / "bin/su", root / "bin/hard")
    (root / "bin/soft").symlink_to("../bin/su")
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)
    (root / "empty").write_bytes(b"")
    (root / ("n" * 120)).write_bytes(b"long name")
    (root / "deep" / ("d" * 90) / ("e" * 90)).mkdir(parents=True)
    (root / "deep" / ("d" * 90) / ("e" * 90) / "file").write_bytes(b"deep")
    (root / "long link").symlink_to("t" * 180)
    (root / "caf\u00e9 \x1b").write_bytes(b"odd name")
    os.mkfifo(root / "fifo", 0o640)
    with (root / "sparse").open("wb") as file:
        for number in range(40):
            file.seek(number * 20_480)
            file.write(b"data %d" % number)
        file.truncate(1_000_000)
    os.utime(root / "empty", ns=(0, 1_234_567_890_123_456_789))
    return root


def made_by_gnu_tar(folder: Path, *options: str) -> bytes:
    assert _TAR is not None
    command = [_TAR, *options, "--sort=name", "--numeric-owner", "-C", str(folder), "-cf", "-", "."]
    made = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"})
    assert made.stdout, made.stderr
    return made.stdout


def on_disk(path: Path) -> tuple[object, ...]:
    info = path.lstat()
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "symlink", stat.S_IFIFO: "fifo"}
    kind = kinds[stat.S_IFMT(info.st_mode)]
    content = sha256(path.read_bytes()).hexdigest() if kind == "file" else None
    target = os.readlink(path) if kind == "symlink" else None
    mode = stat.S_IMODE(info.st_mode)
    return kind, mode, info.st_uid, info.st_gid, info.st_mtime_ns // 10**9, content, target


@gnu_tar
@pytest.mark.parametrize("sparse", [(), ("--sparse",)])
@pytest.mark.parametrize("form", ["v7", "ustar", "gnu", "oldgnu", "posix"])
def test_what_gnu_tar_writes_is_the_folder(folder: Path, form: str, sparse: tuple[str, ...]) -> None:
    if sparse and form in ("v7", "ustar"):
        pytest.skip("no sparse files in this format")
    _compare(folder, made_by_gnu_tar(folder, f"--format={form}", *sparse), form)


@gnu_tar
@pytest.mark.parametrize("version", ["0.0", "0.1", "1.0"])
def test_every_version_of_gnu_tars_sparse_files_is_read(folder: Path, version: str) -> None:
    tar = made_by_gnu_tar(folder, "--format=posix", "--sparse", f"--sparse-version={version}")

    assert len(tar) < 500_000  # of a file of a million bytes
    _compare(folder, tar, "posix")


def _compare(folder: Path, tar: bytes, form: str) -> None:
    found = survey(tar)
    assert found.complete
    assert found.problems == ()
    assert found.sha256 is not None
    digests = dict(zip((entry.path for entry in found.entries), found.sha256, strict=True))
    seen = set()
    for entry in found.entries:
        path = folder / entry.path
        kind, mode, uid, gid, mtime, content, target = on_disk(path)
        if form in ("v7", "ustar") and target is not None:
            target = str(target)[:100]  # GNU tar complains, and cuts it
        seen.add(entry.path)
        if entry.kind is EntryKind.HARDLINK:
            assert digests[entry.link_target or ""] == content
            continue
        shown = (str(entry.kind), entry.uid, entry.gid, entry.mtime_ns // 10**9, digests[entry.path], entry.link_target)
        assert shown == (kind, uid, gid, mtime, content, target)
        assert entry.mode == mode or kind == "symlink"
        if form == "posix":
            assert entry.mtime_ns == path.lstat().st_mtime_ns
    everything = {os.path.relpath(path, folder) for path in folder.rglob("*")} | {""}
    missing = everything - seen
    # v7 and ustar have no room for long names, v7 no type for a FIFO; GNU tar leaves those out.
    allowed = {name for name in everything if len(os.fsencode(name)) > 90 and form in ("v7", "ustar")}
    assert missing - allowed == ({"fifo"} if form == "v7" else set())
