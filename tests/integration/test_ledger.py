"""Every bound is hit once: what it hides stands in the ledger, and the controls that rest on it do not pass."""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zstandard

from imgscan import Limits, ScanOptions, scan
from imgscan.analyzers.builtin import BUILTIN
from imgscan.analyzers.registry import BUILTIN_IDS
from imgscan.errors import InputError
from imgscan.model.control import Status
from imgscan.model.finding import Finding
from imgscan.report.document import Report
from imgscan.rootfs.view import ImageView
from imgscan.testing import ImageBuilder, TarBuilder, elf
from imgscan.testing.packages import debian
from tests import golden

from .made import save

PASSWD = b"root:x:0:0::/root:/bin/sh\napp:x:999:999::/srv:/bin/sh\n"
SETTINGS: dict[str, Any] = {"User": "app", "Cmd": ["/app"], "Healthcheck": {"Test": ["CMD", "/app"]}}
TOOL = b"#!/app\n" + b"x" * 9000
PASSED = frozenset(
    "4.1 4.3 4.6 4.7 4.8 4.9 4.10 5.7 non-root-user healthcheck no-setuid no-package-manager no-shell "
    "no-build-leftovers no-secrets no-writable-directories file-integrity archive-integrity".split()
)
"""What the image passes without a bound in its way."""
Extra = Callable[[ImageBuilder], object]


def image(extra: Extra | None = None) -> bytes:
    tar = TarBuilder().file("etc/passwd", PASSWD).file("etc/group", b"app:x:999:\n")
    for path, content in debian(("util", "1", {"/usr/bin/tool": TOOL})).items():
        tar.file(path, content)
    tar.file("app", elf(), mode=0o755).file("usr/bin/tool", TOOL, mode=0o755)
    found = ImageBuilder(settings=SETTINGS).layer(tar, created_by="COPY / / # buildkit")
    if extra is not None:
        extra(found)
    return found.docker_archive()


def report_on(path: Path, extra: Extra | None = None, **limits: int) -> Report:
    return scan(save(path / "image.tar", image(extra)), ScanOptions(limits=Limits(**limits)))


def passed(report: Report) -> set[str]:
    return {control.id for control in report.controls if control.status is Status.PASS}


def layer(*files: tuple[str, bytes], **stored: Any) -> Extra:
    tar = TarBuilder()
    for path, content in files:
        tar.file(path, content)
    return lambda built: built.layer(tar, created_by="COPY x /srv/x # buildkit", **stored)


def of(tar: TarBuilder) -> Extra:
    return lambda built: built.layer(tar, created_by="COPY x /srv/x # buildkit")


def zstd_of_a_wide_window() -> Extra:
    tar = TarBuilder().file("srv/x", bytes(5_000_000)).build()
    writer = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=23)
    ).compressobj()
    blob = writer.compress(tar) + writer.flush()
    return lambda built: built.layer(tar, "zstd", "COPY x /srv/x # buildkit", blob=blob)


def xz() -> Extra:
    tar = TarBuilder().file("srv/x", b"x").build()
    return lambda built: built.layer(tar, "xz", "COPY x # buildkit", blob=lzma.compress(tar, preset=6))


def zstd_with_a_note() -> Extra:
    tar = TarBuilder().file("srv/x", b"x").build()
    blob = b"\x50\x2a\x4d\x18\xc8\0\0\0" + b"x" * 200 + zstandard.ZstdCompressor().compress(tar)
    return lambda built: built.layer(tar, "zstd", "COPY x /srv/x # buildkit", blob=blob)


def decoys() -> Extra:
    return layer(("srv/a.env", b"".join(b"password = changeme%d\n" % number for number in range(9))))


def sparse(parts: int) -> TarBuilder:
    return TarBuilder().sparse("1.0", "srv/s", [(number * 10, b"x") for number in range(parts)], 10_000)


def sparse_tool() -> Extra:
    return of(TarBuilder().sparse("1.0", "usr/bin/tool", [(0, b"#!/app\n"), (9000, b"")], 9007))


def gone() -> Extra:
    lower = TarBuilder().file("srv/a", b"", mode=0o4755).file("srv/b", b"1", mode=0o4755)

    def build(built: ImageBuilder) -> None:
        built.layer(lower, created_by="COPY a b /srv/ # buildkit")
        built.layer(TarBuilder().whiteout("srv/a").whiteout("srv/b"), created_by="RUN rm /srv/a /srv/b # buildkit")

    return build


FILES = PASSED - {"4.9", "4.10", "no-secrets", "archive-integrity"}
SECRETS = frozenset({"4.10", "no-secrets"})
LOOPS = (
    TarBuilder()
    .symlink("l1", "l2")
    .symlink("l2", "l3")
    .symlink("l3", "srv")
    .directory("srv")
    .file("l1/x", b"z")
    .file("l1/y", b"")
)


class Hit(NamedTuple):
    """An image that hits a bound, and what it may not pass for it."""

    lost: frozenset[str]
    extra: Extra | None
    bounds: dict[str, int]


PADDED = layer(("srv/big", bytes(300_000)))
HITS = {
    "layer_bytes": Hit(PASSED, PADDED, {"layer_bytes": 100_000}),
    "layer_ratio": Hit(
        PASSED,
        layer(("srv/big", bytes(300_000)), compression="gzip"),
        {"layer_ratio": 2, "layer_ratio_floor": 1000},
    ),
    "layer_ratio_floor": Hit(
        PASSED,
        layer(("srv/big", bytes(300_000)), compression="gzip"),
        {"layer_ratio": 2, "layer_ratio_floor": 1000},
    ),
    "layer_entries": Hit(PASSED, layer(*((f"srv/{n}", b"") for n in range(50))), {"layer_entries": 30}),
    "image_entries": Hit(PASSED, PADDED, {"image_entries": 3}),
    "pax_bytes": Hit(PASSED, layer(("n" * 250, b"")), {"pax_bytes": 100}),
    "sparse_map_bytes": Hit(PASSED, of(sparse(900)), {"sparse_map_bytes": 2048}),
    "sparse_hash_bytes": Hit(frozenset({"file-integrity"}), sparse_tool(), {"sparse_hash_bytes": 4000}),
    "path_bytes": Hit(PASSED, layer(("n" * 250, b"")), {"path_bytes": 200}),
    "path_depth": Hit(PASSED, layer(("d/" * 9 + "x", b"")), {"path_depth": 8}),
    "names_bytes": Hit(
        PASSED, of(TarBuilder().file("x", b"", {f"user.{n}": b"x" for n in range(99)})), {"names_bytes": 100}
    ),
    "implicit_bytes": Hit(FILES, layer(("a/b/c/d", b"")), {"implicit_bytes": 1}),
    "link_depth": Hit(FILES, of(LOOPS), {"link_depth": 1}),
    "link_steps": Hit(FILES, of(LOOPS), {"link_steps": 1}),
    "content_bytes": Hit(PASSED & {"4.3", "5.7", "no-shell", "no-package-manager"}, None, {"content_bytes": 10}),
    "hashed_bytes": Hit(frozenset({"file-integrity"}), None, {"hashed_bytes": 1000}),
    "pattern_hits": Hit(SECRETS, decoys(), {"pattern_hits": 2}),
    "layer_hits": Hit(SECRETS, decoys(), {"layer_hits": 2}),
    "layer_facts": Hit(frozenset({"4.8", "no-setuid"}), gone(), {"layer_facts": 1}),
    "facts_bytes": Hit(frozenset({"4.8", "no-setuid"}), gone(), {"facts_bytes": 1}),
    "unpacked_bytes": Hit(SECRETS, layer(("srv/a.gz", gzip.compress(bytes(5000)))), {"unpacked_bytes": 1000}),
    "linked_bytes": Hit(
        frozenset({"4.1", "non-root-user"}),
        of(TarBuilder().file("opt/g", b"app:x:999:\n").symlink("etc/group", "../opt/g")),
        {"linked_bytes": 1},
    ),
    "aside_bytes": Hit(SECRETS, zstd_with_a_note(), {"aside_bytes": 100}),
    "zstd_window_bytes": Hit(PASSED, zstd_of_a_wide_window(), {"zstd_window_bytes": 1 << 20}),
    "xz_memory_bytes": Hit(PASSED, xz(), {"xz_memory_bytes": 1 << 20}),
    "findings_per_rule": Hit(frozenset({"4.8", "no-setuid"}), gone(), {"findings_per_rule": 1}),
    "items_per_section": Hit(frozenset({"4.7", "4.9"}), PADDED, {"items_per_section": 1}),
}
REFUSED = {
    "layers": 0,
    "json_bytes": 50,
    "json_total_bytes": 50,
    "images": 0,
    "archive_members": 2,
}
"""Bounds without which there is no report."""
ASIDE = {
    "reports": "more images than that at once are refused, one by one none",
    "repeated_entries": "what right above itself comes again changes nothing, and nothing of it is left open",
    "index_depth": "an OCI index inside another: nothing of what is deeper is an image",
    "window_bytes": "how much is read at a time",
    "problems_per_kind": "the others are counted, and leave open what the first ones do",
}


def test_every_bound_has_its_test() -> None:
    assert {*HITS, *REFUSED, *ASIDE} == set(Limits.__struct_fields__)


def test_the_image_passes_what_it_may_lose(tmp_path: Path) -> None:
    report = report_on(tmp_path)

    assert passed(report) == PASSED
    assert [gap for gap in report.coverage.skipped if gap.controls] == []


@pytest.mark.parametrize("field", HITS)
def test_a_bound_that_is_hit_takes_the_pass_from_what_rests_on_it(field: str, tmp_path: Path) -> None:
    hit = HITS[field]
    report = report_on(tmp_path, hit.extra, **hit.bounds)

    assert passed(report).isdisjoint(hit.lost)
    gaps = [gap for gap in report.coverage.skipped if gap.controls]
    assert any(set(gap.controls) >= hit.lost for gap in gaps)
    for control in report.controls:
        if control.id in hit.lost and control.status is Status.UNKNOWN:
            assert any(gap.why[:200] in control.reason for gap in gaps), control.reason


@pytest.mark.parametrize("field", HITS)
def test_the_same_image_within_the_bound_loses_nothing_for_it(field: str, tmp_path: Path) -> None:
    report = report_on(tmp_path, HITS[field].extra)

    assert [gap.why for gap in report.coverage.skipped if gap.controls and gap.cause == "limit"] == []


@pytest.mark.parametrize("field", REFUSED)
def test_without_its_documents_there_is_no_report_to_pass_anything(field: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"limits.{field}"):
        report_on(tmp_path, None, **{field: REFUSED[field]})


# What a reader fails at


def nested() -> bytes:
    content = b"token=ghp_x"
    for _ in range(6):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("inner.zip", content)
        content = packed.getvalue()
    return content


def as_layer(blob: bytes, **stored: Any) -> Extra:
    return lambda built: built.layer(TarBuilder(), created_by="COPY x # buildkit", blob=blob, **stored)


READ = TarBuilder().file("srv/x", bytes(4000)).build()
EVERY = PASSED - {"archive-integrity"}
FAILURES = {
    "a layer is cut short": (PASSED, as_layer(READ[:3000])),
    "a header is damaged": (PASSED, as_layer(READ[:148] + b"9999999\0" + READ[156:])),
    "a compressed layer is cut short": (PASSED, as_layer(gzip.compress(READ)[:-12])),
    "a compression that is not known": (PASSED, as_layer(b"\x00\x01odd" * 500)),
    "a layer is not what its digest says": (PASSED, layer(("srv/x", b"x"), diff_id="sha256:" + 64 * "1")),
    "a package database is damaged": (
        frozenset({"4.3", "file-integrity"}),
        layer(("var/lib/rpm/Packages", b"SQLite format 3\0" + b"\xff" * 3000)),
    ),
    "an archive is nested too deep": (SECRETS, layer(("srv/a.zip", nested()))),
    "an archive is damaged": (SECRETS, layer(("srv/a.zip", nested()[:-40]))),
    "an account file is larger than is read": (
        frozenset({"4.10", "no-secrets"}),
        layer(("etc/shadow", b"app:!:1::::::\n" * 90_000)),
    ),
    "settings of packages are larger than are read": (
        frozenset[str](),
        layer(("etc/apt/apt.conf", b"// \n" * 90_000)),
    ),
    "a directory stands below an opaque root": (EVERY - {"4.9", *SECRETS}, of(TarBuilder().opaque(""))),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_cannot_be_read_takes_the_pass_from_what_rests_on_it(name: str, tmp_path: Path) -> None:
    lost, extra = FAILURES[name]
    report = report_on(tmp_path, extra)

    gaps = [gap for gap in report.coverage.skipped if gap.rules]
    assert gaps
    assert passed(report).isdisjoint(lost)
    assert lost <= {control for gap in gaps for control in gap.controls}


class Faulty:
    """An analyzer that does not finish."""

    id = "setuid"
    version = 1
    needs = ()
    rules: Mapping[str, Any] = {}

    def conclude(self, view: ImageView) -> Iterator[Finding]:
        raise ValueError("x")


def test_an_analyzer_that_raises_leaves_its_own_rules_open_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = tuple(item for item in BUILTIN if item.id != "setuid")
    monkeypatch.setattr("imgscan.analyzers.registry.BUILTIN", (Faulty(), *others))

    report = report_on(tmp_path)

    assert PASSED - passed(report) == {"4.8", "no-setuid"}
    (gap,) = (gap for gap in report.coverage.skipped if gap.cause == "fault")
    assert gap.controls == ("4.8", "no-setuid")


# What did not run

IMAGES = ("alpine-3.10.tar.gz", "deleted-secret.tar.gz")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Report]]:
    folder = tmp_path_factory.mktemp("kept")
    built = [
        save(folder / f"{make.__name__}.tar", make().docker_archive()) for make in (golden.debian, golden.distroless)
    ]
    paths = [*(str(golden.ROOT / "testdata" / name) for name in IMAGES), *map(str, built)]
    return [(path, scan(path)) for path in paths]


@pytest.mark.parametrize("analyzer", BUILTIN_IDS)
def test_a_control_of_one_analyzer_is_that_of_the_full_run_or_not_run(
    analyzer: str, kept: list[tuple[str, Report]]
) -> None:
    for path, report in kept:
        alone = scan(path, ScanOptions(analyzers=(analyzer,)))
        for one, full in zip(alone.controls, report.controls, strict=True):
            absent = one.status is Status.UNKNOWN and one.reason.startswith("not run: ")
            assert absent or one.status is full.status, (path, one.id, one.status, full.status)


def test_what_did_not_run_is_in_the_ledger_with_its_controls(kept: list[tuple[str, Report]]) -> None:
    path, full = kept[0]
    alone = scan(path, ScanOptions(skip=("setuid",)))

    (gap,) = (gap for gap in alone.coverage.skipped if gap.cause == "not run")
    assert (gap.what, gap.rules, gap.controls) == ("analyzer setuid", ("setuid.*",), ("4.8", "no-setuid"))
    assert not [gap for gap in full.coverage.skipped if gap.cause == "not run"]


def test_on_ordinary_images_no_control_is_open_because_of_a_bound(kept: list[tuple[str, Report]]) -> None:
    for path, report in kept:
        assert [gap for gap in report.coverage.skipped if gap.controls] == [], path
