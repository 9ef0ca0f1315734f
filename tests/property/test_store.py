"""A report is the same with a store and without, whatever the store knows already."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from imgscan.analyzers.registry import BUILTIN_IDS
from imgscan.engine import scan
from imgscan.kept.texts import read_back, read_list, written
from imgscan.model.entry import Entry, EntryKind
from imgscan.model.limits import Limits
from imgscan.model.options import ScanOptions
from imgscan.report.document import Report
from imgscan.testing import ImageBuilder, TarBuilder, program
from tests.golden import MADE, SAMPLE
from tests.property.test_chosen_analyzers import everything
from tests.unit.kept.memory import MemoryStore, plain

ROOT = Path(__file__).parents[2]
TOKEN = b"ghp_a8Kd93jXb2LqPz7RtYwE5nMv1cUo4sGh6FiT"


def compressed() -> ImageBuilder:
    """Return an image of layers in every form, one of them twice, with names that are no UTF-8."""
    odd = TarBuilder().file("etc/caf\udce9", b"x", mode=0o4755).file("usr/bin/\udcff", program(), mode=0o4755)
    odd.file("etc/passwd", b"root:x:0:0:\xe9:/root:/bin/sh\n").symlink("etc/link", "caf\udce9")
    image = ImageBuilder().layer(odd, "gzip").layer({"srv/.env": b"TOKEN=" + TOKEN}, "zstd")
    return image.layer(odd, "gzip").layer({"a": b""}, "xz").layer({"b": b"", "bin/su": (0o4755, program())}, "bzip2")


def linked() -> ImageBuilder:
    """Return an image whose settings and packages stand under other names than those that are read."""
    layer = TarBuilder().file("store/1", b"root:x:0:0::/root:/bin/sh\nadmin::0:0::/:/bin/sh\n")
    layer.file("store/2", b"PermitRootLogin yes\n").symlink("etc/passwd", "/store/1")
    layer.hardlink("etc/ssh/sshd_config", "store/2").file("store/3", b"DB_PASSWORD=Xk9vQ2mLp8wT4zRb\n")
    return ImageBuilder().layer(layer.symlink("root/.netrc", "/store/3")).layer({"etc/motd": b"hello"})


IMAGES = {
    "alpine-3.10": None,
    **MADE,
    "everything": everything,
    "compressed": compressed,
    "linked": linked,
    "empty": lambda: ImageBuilder().layer({}),
}


@pytest.fixture(scope="module", autouse=True)
def small_layers_are_kept_too() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("imgscan.kept.layers.SMALLEST", 0)
        yield


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as path:
        yield Path(path)


@pytest.fixture(scope="module")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a folder that compiled patterns are kept in."""
    return str(tmp_path_factory.mktemp("patterns"))


@pytest.fixture(params=IMAGES, scope="module")
def image(request: pytest.FixtureRequest, folder: Path) -> Path:
    build = IMAGES[request.param]
    if build is None:
        return ROOT / SAMPLE
    path = folder / f"{request.param}.tar"
    path.write_bytes(build().docker_archive())
    return path


@cache
def without(image: Path, analyzers: tuple[str, ...] | None = None) -> Report:
    return scan(image, ScanOptions(analyzers=analyzers))


def test_a_report_is_the_same_without_a_store_with_an_empty_one_and_with_a_full_one(image: Path) -> None:
    store = MemoryStore()

    cold, warm = scan(image, ScanOptions(store=store)), scan(image, ScanOptions(store=store))

    assert plain(cold) == without(image) == plain(warm)
    assert cold.coverage.from_store == 0
    # A compressed archive passes once: its layers are surveyed while it is opened.
    assert warm.coverage.from_store == (0 if image.suffix == ".gz" else len(warm.layers))


def test_a_store_that_knows_some_analyzers_changes_nothing_of_a_report_by_others(image: Path) -> None:
    for known in (("accounts", "setuid"), ("secrets",), BUILTIN_IDS[::2]):
        store = MemoryStore()
        scan(image, ScanOptions(store=store, analyzers=tuple(known)))

        assert plain(scan(image, ScanOptions(store=store))) == without(image)
        assert plain(scan(image, ScanOptions(store=store))) == without(image)
        assert plain(scan(image, ScanOptions(store=store, analyzers=("elf",)))) == without(image, ("elf",))


def test_a_report_is_the_same_whatever_becomes_of_what_is_kept(image: Path) -> None:
    store = MemoryStore()
    scan(image, ScanOptions(store=store))
    whole = dict(store.values)
    names = list(whole)
    damages = [
        {key: value[: len(value) // 2] for key, value in whole.items()},
        {key: value[:-1] + bytes([value[-1] ^ 1]) for key, value in whole.items()},
        {key: value[:60] + bytes([value[60] ^ 255]) + value[61:] for key, value in whole.items()},
        dict.fromkeys(names, b""),
        dict.fromkeys(names, bytes(100_000)),
        {key: whole[names[(number + 1) % len(names)]] for number, key in enumerate(names)} if len(names) > 1 else {},
    ]

    for values in damages:
        store.values = dict(values)
        assert plain(scan(image, ScanOptions(store=store))) == without(image)


def archive_member(count: int) -> bytes:
    """Return a zip archive with so many texts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as members:
        for number in range(count):
            members.writestr(zipfile.ZipInfo(f"{number}.properties"), f"password=Xk9vQ2mLp8wT4{number}\n" * 50)
    return made.getvalue()


def many(name: str, count: int, content: bytes, mode: int = 0o644) -> TarBuilder:
    tar = TarBuilder()
    for number in range(count):
        tar.file(f"{name}{number}", content + b"%d" % number, mode=mode)
    return tar


CUT = TarBuilder().file("etc/group", b"x" * 3000).build()[:1500]
LAYERS: dict[str, tuple[TarBuilder | bytes, dict[str, Any]]] = {
    "programs": (many("bin/su", 9, program(), 0o4755), {}),
    "settings": (
        TarBuilder().file("etc/passwd", b"root:x:0:0::/:/bin/sh\n").file("store/1", b"a::0:0::/:/bin/sh\n"),
        {},
    ),
    "secrets": (many("srv/.env", 9, b"TOKEN=" + TOKEN + b"\nAPI_KEY=Xk9vQ2mLp8wT4zRb"), {"compression": "gzip"}),
    "named": (TarBuilder().file(f"srv/{TOKEN.decode()}", b"x").file("etc/sudoers", b"b ALL=NOPASSWD: /x " + TOKEN), {}),
    "links": (
        TarBuilder().symlink("etc/passwd", "/store/1").hardlink("etc/shadow", "store/2").file("store/2", b""),
        {},
    ),
    "whiteouts": (TarBuilder().file("bin/.wh.su3", b"").file("etc/.wh..wh..opq", b"").file("srv/.wh..env1", b""), {}),
    "zipped": (many("app/x.jar", 3, archive_member(4)), {"compression": "zstd"}),
    "cut": (CUT, {}),
    "forged": (many("opt/", 2, program(), 0o6755), {"diff_id": "sha256:" + "0" * 64}),
    "odd": (TarBuilder().file("usr/bin/\udcff", program(), mode=0o4755).file("home/a", b"x" * 9000, mode=0o777), {}),
    "large": (many("lib/", 4, bytes(300_000) + b"ghp_"), {}),
}
BOUNDS = ("layer_hits", "layer_facts", "facts_bytes", "unpacked_bytes", "content_bytes", "aside_bytes", "linked_bytes")
SMALL_BOUNDS = st.dictionaries(st.sampled_from(BOUNDS), st.sampled_from((1, 3, 8, 20, 100, 900, 4000)), max_size=2)
CHOICES = st.sampled_from(
    (None, ("setuid", "programs"), ("secrets",), ("accounts", "secrets", "elf"), BUILTIN_IDS[1::2])
)
SCANS = st.lists(st.tuples(st.lists(st.sampled_from(sorted(LAYERS)), min_size=1, max_size=4), CHOICES), max_size=4)


@given(SCANS, SMALL_BOUNDS, st.booleans())
@example([(["programs"], ("secrets",)), (["programs"], None)], {"layer_facts": 1}, True)
@example([(["programs"], None), (["programs", "secrets"], None)], {"layer_facts": 20}, True)
@settings(max_examples=40)
def test_of_images_that_share_layers_and_budgets_each_report_is_the_same_with_a_store(
    patterns: str, scans: list[tuple[list[str], tuple[str, ...] | None]], bounds: dict[str, int], alike: bool
) -> None:
    """Whatever a budget cut, of whichever layer, under these bounds and others, for all analyzers and for some."""
    store = MemoryStore()
    for number, (names, analyzers) in enumerate(scans):
        built = ImageBuilder()
        for name in names:
            tar, settings_of = LAYERS[name]
            built.layer(tar, **settings_of)
        data = built.docker_archive()
        limits = replace(Limits(), **(bounds if alike or number % 2 else {}))
        options = ScanOptions(analyzers=analyzers, limits=limits, jobs=1, pattern_cache=patterns)
        expected = scan(data, options)

        for _ in range(2):
            assert plain(scan(data, replace(options, store=store))) == expected


TEXTS = st.text(st.characters(), max_size=8) | st.binary(max_size=8).map(
    lambda data: data.decode("utf-8", "surrogateescape")
)
ENTRIES = st.builds(
    Entry,
    path=TEXTS,
    kind=st.sampled_from(EntryKind),
    mode=st.integers(0, 0o7777),
    uid=st.integers(0, 2**32),
    gid=st.integers(0, 2**32),
    size=st.integers(0, 2**62),
    offset=st.integers(0, 2**62),
    mtime_ns=st.integers(-(2**63), 2**63 - 1),
    link_target=st.none() | TEXTS,
    device=st.none() | st.tuples(st.integers(0, 99), st.integers(0, 99)),
    xattrs=st.none() | st.dictionaries(TEXTS, st.binary(max_size=5), max_size=3),
)


@given(st.lists(ENTRIES, max_size=4))
def test_entries_are_read_back_as_they_were_written(entries: list[Entry]) -> None:
    assert read_list(written(entries), Entry) == entries


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_are_a_value_or_an_error(data: bytes) -> None:
    for first in (b"", b"\0", b"\1"):
        with suppress(ValueError):
            read_back(first + data, Entry)
