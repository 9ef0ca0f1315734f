"""Layers applied by umoci, a runtime's unpacker, against the merged filesystem: where no problem tells of another view,
both show the same, and what umoci refuses is never passed over in silence. The differences it may have are
docs/merging.md's.

IMGSCAN_UMOCI_EXAMPLES=4000 tries that many others each time.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from imgscan.model.entry import EntryKind
from imgscan.testing import ImageBuilder, TarBuilder, merged, oci_files, write_files

UMOCI = shutil.which("umoci")
pytestmark = [
    pytest.mark.skipif(UMOCI is None, reason="umoci is not installed"),
    # What umoci makes of owners, devices and modes needs the rights to make it.
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can unpack owners and devices"),
]

OTHER_VIEWS = frozenset(
    {
        "through-symlink",
        "below-file",
        "whiteout-before-symlink",
        "hardlink-attributes",
        "path-escapes",
    }
)
"""Problems that tell of another view than the one shown, which is the overlay runtimes'."""

Step: TypeAlias = Callable[[TarBuilder], TarBuilder]


class Shown(NamedTuple):
    """What one path shows, and every path that is the same inode."""

    kind: EntryKind
    mode: int
    uid: int
    content: str
    names: tuple[str, ...] = ()


NAMES = st.sampled_from(("a", "b", "c", "a.wh.b", ".wha"))
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
WRITTEN = st.builds(
    lambda form, path: form.format(path), st.sampled_from(("{}", "{}", "./{}", "/{}", "c/../{}")), PATHS
)
TARGETS = st.one_of(PATHS, PATHS.map("/{}".format), st.sampled_from(("..", ".", "/", "../b", "b/../../c", "a//b/")))
MODES = st.sampled_from((0o644, 0o755, 0o4755, 0o2711, 0o1777, 0o600))
OWNERS = st.sampled_from((0, 0, 1000, 1 << 21))


def _file(path: str, content: bytes, mode: int, uid: int) -> Step:
    return lambda tar: tar.file(path, content, mode=mode, uid=uid)


def _directory(path: str, mode: int, uid: int) -> Step:
    return lambda tar: tar.directory(path, mode=mode, uid=uid)


def _symlink(path: str, target: str) -> Step:
    return lambda tar: tar.symlink(path, target)


def _hardlink(path: str, target: str) -> Step:
    return lambda tar: tar.hardlink(path, target)


def _linked_file(path: str, name: str, mode: int) -> Step:
    return lambda tar: tar.file(path, b"linked", mode=mode).hardlink(name, path, mode=mode)


def _fifo(path: str) -> Step:
    return lambda tar: tar.fifo(path)


def _device(path: str) -> Step:
    return lambda tar: tar.device(path, 1, 3)


def _whiteout(path: str) -> Step:
    return lambda tar: tar.whiteout(path)


def _opaque(path: str) -> Step:
    return lambda tar: tar.opaque(path)


STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(_file, WRITTEN, st.sampled_from((b"", b"x", b"yy")), MODES, OWNERS),
    st.builds(_directory, WRITTEN, MODES, OWNERS),
    st.builds(_symlink, WRITTEN, TARGETS),
    st.builds(_linked_file, PATHS, PATHS, MODES),
    st.builds(_linked_file, PATHS, PATHS, MODES),
    st.builds(_hardlink, PATHS, PATHS),
    st.builds(_fifo, PATHS),
    st.builds(_device, PATHS),
    st.builds(_whiteout, WRITTEN),
    st.builds(_whiteout, st.sampled_from((".wh.plnk", ".wh.aufs", ".wh.x", ".wh.b/c", "a/.wh.orph", "a/.wh..opqx"))),
    st.builds(_opaque, PATHS),
)
LAYERS = st.lists(st.lists(STEPS, min_size=1, max_size=5), min_size=1, max_size=3)


def _kind_of(mode: int) -> EntryKind:
    kinds = {
        stat.S_IFREG: EntryKind.FILE,
        stat.S_IFDIR: EntryKind.DIRECTORY,
        stat.S_IFLNK: EntryKind.SYMLINK,
        stat.S_IFCHR: EntryKind.CHAR,
        stat.S_IFBLK: EntryKind.BLOCK,
        stat.S_IFIFO: EntryKind.FIFO,
    }
    return kinds[stat.S_IFMT(mode)]


def _named(shown: dict[str, tuple[object, Shown]]) -> dict[str, Shown]:
    """Return what paths show, those of one inode with all its names."""
    names: dict[object, list[str]] = {}
    for path in sorted(shown):
        names.setdefault(shown[path][0], []).append(path)
    return {path: value._replace(names=tuple(names[inode])) for path, (inode, value) in shown.items()}


def on_disk(root: Path) -> dict[str, Shown]:
    """Return what is below a folder."""

    def walk(folder: Path) -> Iterator[tuple[str, tuple[object, Shown]]]:
        for item in os.scandir(folder):
            info = item.stat(follow_symlinks=False)
            kind = _kind_of(info.st_mode)
            content = os.readlink(item.path) if kind is EntryKind.SYMLINK else ""
            content = Path(item.path).read_text() if kind is EntryKind.FILE else content
            value = Shown(kind, stat.S_IMODE(info.st_mode), info.st_uid, content)
            yield str(Path(item.path).relative_to(root)), (info.st_ino, value)
            if kind is EntryKind.DIRECTORY:
                yield from walk(Path(item.path))

    return _named(dict(walk(root)))


def as_merged(layers: list[bytes], expected: Mapping[str, Shown]) -> tuple[dict[str, Shown], set[str]]:
    """Return what imgscan shows, and the codes of the problems that it tells.

    Folders that no entry states, in which whiteouts stand and nothing else, are shown as on overlay: umoci makes none.
    """
    view, problems = merged(*layers)
    codes = {problem.code for problem in problems}
    rows: dict[str, tuple[object, Shown]] = {}
    kept: set[str] = set()
    for node in sorted(view.walk(), key=lambda node: node.path, reverse=True):  # what is below comes first
        if node.path and (not node.implicit or node.path in expected or node.path in kept):
            kept.add(node.path.rpartition("/")[0])
            entry = node.entry
            uncertain = node.implicit and node.path in expected and "whiteout-and-entry" in codes
            content = entry.link_target or ""
            if node.kind is EntryKind.FILE:
                content = layers[node.content_layer][entry.offset : entry.offset + entry.size].decode()
            mode = 0o777 if node.kind is EntryKind.SYMLINK else entry.mode
            shown = Shown(node.kind, mode, entry.uid, content)
            if uncertain:  # a folder that the layer hides and needs again keeps its lower attributes on umoci alone
                shown = expected[node.path]._replace(kind=node.kind, names=())
            rows[node.path] = (node.inode, shown)
    return _named(rows), codes


def unpacked(layers: list[bytes]) -> dict[str, Shown] | None:
    """Return what umoci makes of these layers, None where it refuses them."""
    image = ImageBuilder(references=("1",))
    for layer in layers:
        image.layer(layer)
    with tempfile.TemporaryDirectory() as scratch:
        # A folder in between: a whiteout that umoci takes for its root's parent ends there.
        layout = write_files(oci_files(image), Path(scratch) / "layout")
        root = Path(scratch) / "between" / "root"
        root.parent.mkdir()
        command = [UMOCI or "", "raw", "unpack", "--image", f"{layout}:1", str(root)]
        done = subprocess.run(command, capture_output=True, timeout=20, check=False)
        return on_disk(root) if done.returncode == 0 else None


def built(layers: list[list[Step]]) -> list[bytes]:
    """Return the tars of these steps."""
    tars = []
    for steps in layers:
        tar = TarBuilder()
        for step in steps:
            step(tar)
        tars.append(tar.build())
    return tars


EXAMPLES = int(os.environ.get("IMGSCAN_UMOCI_EXAMPLES", "60"))


@settings(max_examples=EXAMPLES, derandomize=EXAMPLES == 60)
@given(LAYERS)
def test_what_umoci_unpacks_is_what_is_listed_or_a_problem_says_otherwise(layers: list[list[Step]]) -> None:
    tars = built(layers)
    expected = unpacked(tars)
    found, codes = as_merged(tars, expected or {})
    if expected is None:
        event("refused by umoci")
        assert codes
    elif codes & OTHER_VIEWS:
        event("another view, of which a problem tells")
    else:
        event("the same view")
        assert found == expected
