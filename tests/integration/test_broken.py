"""Broken and hostile input: one clear line, or a report that says what is missing; no traceback, hang or huge cost."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard

import imgscan as library
from imgscan import Limits, ScanOptions
from imgscan.testing import ImageBuilder, TarBuilder

from .made import (
    INDEX,
    LAYER,
    LAYOUT,
    MANIFEST,
    PACKS,
    Files,
    Link,
    as_folder,
    as_tar,
    blob,
    blobs,
    descriptor,
    digest,
    docker_hybrid,
    docker_old,
    document,
    image_of,
    index,
    loads,
    manifest_of,
    oci,
    save,
)
from .support import TESTDATA, Run, child, codes, imgscan, on_files, one_line, problems

# Files that their authors broke on purpose, and tars that are odd: what each must end in.

REFUSED: dict[str, tuple[int | None, str]] = {
    "broken/commons-compress.COMPRESS-178-fail.tar": (0, "checksum"),
    "broken/commons-compress.COMPRESS-529-fail.tar": (1024, "not a number in a pax record"),
    "broken/commons-compress.COMPRESS-569-fail.tar": (0, "not an octal number"),
    "broken/commons-compress.pax-fail.tar": (0, "limits.pax_bytes"),
    "broken/go-containerregistry.null_manifest.tar": (None, "manifest.json: not a list of images"),
    "broken/libarchive.test_read_format_tar_V_negative_size.tar": (0, "not an octal number"),
    "broken/tar-split.issue10968.tar": (0, "checksum"),
    "broken/tar-split.pax-bad-hdr-file.tar": (512, "malformed pax record"),
    "broken/tar-split.pax-bad-mtime-file.tar": (1024, "not a number in a pax record"),
    "broken/tar-split.pax-nul-xattrs.tar": (512, "malformed pax record"),
    "tars/commons-compress.COMPRESS-417.tar": (0, "not an octal number"),
    "tars/libarchive.test_compat_lz4_1.tar.lz4": (0, "not a tar but lz4"),
    "tars/libarchive.test_compat_lz4_2.tar.lz4": (0, "not a tar but lz4"),
    "tars/libarchive.test_compat_lzma_1.tlz": (0, "not a tar but lzma"),
    "tars/libarchive.test_compat_lzma_3.tlz": (0, "ends inside a header"),
    "tars/libarchive.test_read_format_lha_symlink_missing_target.lzh": (0, "ends inside a header"),
}
READ_IN_PART: dict[str, tuple[int | None, str, set[str]]] = {
    "broken/commons-compress.COMPRESS-544_truncated_in_content-fail.tar": (
        2067,
        "ends inside a member's data",
        {".", "test", "test/foo", "test/bar"},
    ),
    "broken/node-tar.bad-cksum.tar": (1024, "checksum", {".", "one-byte.txt"}),
    "broken/node-tar.links-invalid.tar": (1536, "a hardlink to a directory", {".", "hardlink-1", "symlink"}),
    "broken/oci-tools.aufs-docker-v2-manifest": (None, "promised was", {".", "dir"}),
    "tars/libarchive.test_compat_plexus_archiver_tar.tar": (
        1536,
        "a header after a zero block",
        {".", "commons-logging-1.2", "commons-logging-1.2/NOTICE.txt"},
    ),
    "tars/tar-split.writer-big-long.tar": (1536, "ends inside a member's data", set()),
}
WARNED = {
    "broken/go-containerregistry.no_manifest.tar": "legacy-layout",
    "broken/libarchive.test_read_format_tar_empty_filename.tar": "no-name",
    "broken/node-tar.path-missing.tar": "no-name",
    "broken/tar-rs.empty_filename.tar": "no-name",
}
# What the README of the broken files says every parser accepts: odd fields that change nothing.
TAKEN = {
    "broken/libarchive.test_read_format_tar_timestamp_overflow.tar",
    "broken/node-tar.null-byte.tar",
    "broken/tar-split.invalid-go17.tar",
    "broken/tar-split.notenoughnils.tar.gz",
}


def runs_of(path: Path) -> list[Run]:
    """Return the ways to look at one file: text, listing, JSON, and JSON from standard input."""
    runs = [imgscan(path), imgscan("ls", path), imgscan(path, "-f", "json")]
    if path.is_file():
        runs.append(imgscan("-", "-f", "json", stdin=path.read_bytes()))
    return runs


def test_every_broken_file_has_its_expectation() -> None:
    there = {f"broken/{path.name}" for path in (TESTDATA / "broken").iterdir()}
    stated = REFUSED.keys() | READ_IN_PART.keys() | WARNED.keys() | TAKEN
    assert {name for name in stated if name.startswith("broken/")} == there


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_readable_at_all_is_one_line_with_file_and_offset(name: str) -> None:
    offset, text = REFUSED[name]
    for run in runs_of(TESTDATA / name):
        assert run.out == b""
        where = "standard input" if "standard input" in run.err else str(TESTDATA / name)
        one_line(run, [f"imgscan: {where}", text, "" if offset is None else f"offset {offset}: "])


@pytest.mark.parametrize("name", READ_IN_PART)
def test_what_precedes_a_fault_is_reported_with_the_fault(name: str) -> None:
    offset, text, paths = READ_IN_PART[name]
    for run in runs_of(TESTDATA / name):
        assert run.code == 4
        if run.out.startswith(b"{"):
            assert any(text in message for message in problems(run.report))
            assert offset is None or offset in {item["offset"] for item in run.report["problems"]}
            assert not run.report["coverage"]["complete"]
    listing = imgscan("ls", TESTDATA / name, "-f", "jsonl")
    assert text in listing.err
    assert f"offset {offset}" in listing.err or offset is None
    assert paths <= listing.by_path.keys()


@pytest.mark.parametrize("name", WARNED)
def test_what_is_odd_is_listed_with_a_warning(name: str) -> None:
    for run in runs_of(TESTDATA / name):
        assert run.code == 0
        if run.out.startswith(b"{"):
            assert WARNED[name] in codes(run.report)
            assert problems(run.report) == []


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_what_every_parser_accepts_is_no_problem(name: str) -> None:
    for run in runs_of(TESTDATA / name):
        assert (run.code, run.err) == (0, "")


# Things that are no image

NOT_IMAGES = {
    "empty": b"",
    "one byte": b"x",
    "text": b"root:x:0:0:root:/root:/bin/sh\n" * 100,
    "noise": random.Random(1).randbytes(100_000),
    "zip": b"PK\x03\x04" + bytes(1000),
    "gzip of nothing": gzip.compress(b"", mtime=0),
    "gzip of text": gzip.compress(b"text" * 1000, mtime=0),
    "zstd of noise": zstandard.ZstdCompressor().compress(random.Random(2).randbytes(5000)),
    "half a gzip header": b"\x1f\x8b\x08",
    "a zstd magic": b"\x28\xb5\x2f\xfd",
    "an xz magic": b"\xfd7zXZ\0",
    "a bzip2 magic": b"BZh9",
}


@pytest.mark.parametrize("name", NOT_IMAGES)
def test_what_is_no_image_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    path = save(tmp_path / "file", NOT_IMAGES[name])
    for run in (*runs_of(path), imgscan("layers", path), imgscan("cat", path, "/etc/passwd")):
        one_line(run, ["standard input" if "standard input" in run.err else str(path)])


@pytest.mark.parametrize("words", [["/nowhere/image.tar"], ["ls", "/nowhere/image.tar"], ["layers", ""]])
def test_a_path_that_is_not_there_is_refused_in_one_line(words: list[str]) -> None:
    one_line(imgscan(*words), ["No such file or directory"])


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero"])
def test_a_device_is_refused_unopened(path: str) -> None:
    one_line(imgscan(path), [path, "a device or socket"])


def test_a_socket_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        one_line(imgscan(path), ["a device or socket"])


def test_a_named_pipe_is_read_as_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    data = as_tar(docker_old(image_of(TarBuilder().file("bin/su", mode=0o4755).build())))
    writer = threading.Thread(target=path.write_bytes, args=(data,))
    writer.start()
    run = imgscan(path, "-f", "json")
    writer.join()
    assert run.code == 0
    assert {item["path"] for item in on_files(run.report)} == {"/bin/su"}


def test_closed_standard_input_is_an_empty_file() -> None:
    one_line(child(["-"], shell="<&-"), ["standard input: an empty file"])


# Folders that lie in wait

LAYERS = (
    TarBuilder().file("bin/su", b"su", mode=0o4755).file("etc/motd", b"m" * 5000).build(),
    TarBuilder().file("etc/hosts", b"h" * 3000).file("bin/tool", b"tool", mode=0o4755).build(),
)
IMAGE = image_of(*LAYERS)
FIRST, SECOND = (blob(layer) for layer in LAYERS)


def layout(tmp_path: Path) -> Path:
    return as_folder(oci(IMAGE), tmp_path / "layout")


def as_fifo(path: Path, _: Path) -> None:
    os.mkfifo(path)


def as_directory(path: Path, _: Path) -> None:
    path.mkdir()


def as_link_outside(path: Path, outside: Path) -> None:
    path.symlink_to(outside)


def as_relative_link_outside(path: Path, outside: Path) -> None:
    path.symlink_to(os.path.relpath(outside, path.parent))


def as_device(path: Path, _: Path) -> None:
    path.symlink_to("/dev/zero")


def as_loop(path: Path, _: Path) -> None:
    path.symlink_to(path.name)


def as_nothing(path: Path, _: Path) -> None:
    """Leave the name free."""


Trap = Callable[[Path, Path], None]
TRAPS: list[Trap] = [
    as_fifo,
    as_directory,
    as_link_outside,
    as_relative_link_outside,
    as_device,
    as_loop,
    as_nothing,
]


@pytest.mark.parametrize("trap", TRAPS)
def test_a_layer_that_is_no_file_of_the_folder_is_missing_and_the_others_are_read(trap: Trap, tmp_path: Path) -> None:
    folder = layout(tmp_path)
    outside = tmp_path / "outside"
    (folder / FIRST).rename(outside)  # the right bytes, in the wrong place
    trap(folder / FIRST, outside)
    run = imgscan(folder, "-f", "json")
    assert run.code == 4
    assert [problem["code"] for problem in run.report["problems"]] == ["missing-layer"]
    assert [finding["path"] for finding in on_files(run.report)] == ["/bin/tool"]


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("which", ["manifest", "config"])
def test_a_document_that_is_no_file_of_the_folder_is_refused(which: str, trap: Trap, tmp_path: Path) -> None:
    folder = layout(tmp_path)
    outside = tmp_path / "outside"
    path = folder / blob(manifest_of(IMAGE) if which == "manifest" else IMAGE.config())
    path.rename(outside)
    trap(path, outside)
    one_line(imgscan(folder), [str(folder), "missing from the archive"])


@pytest.mark.parametrize("trap", TRAPS)
def test_an_index_that_is_no_file_of_the_folder_is_not_opened(trap: Trap, tmp_path: Path) -> None:
    folder = layout(tmp_path)
    (folder / "index.json").rename(tmp_path / "outside")
    trap(folder / "index.json", tmp_path / "outside")
    one_line(imgscan(folder), [str(folder), "index.json: missing from the archive"])


def test_a_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    folder = layout(tmp_path)
    (folder / FIRST).rename(folder / "elsewhere")
    (folder / FIRST).symlink_to("../../elsewhere")
    assert imgscan(folder).code == 0


def test_a_blobs_folder_that_leads_outside_is_not_followed(tmp_path: Path) -> None:
    folder = layout(tmp_path)
    (folder / "blobs").rename(tmp_path / "outside")
    (folder / "blobs").symlink_to(tmp_path / "outside")
    one_line(imgscan(folder), ["missing from the archive"])


def test_links_of_a_root_filesystem_folder_lead_nowhere_outside(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/passwd").symlink_to("/etc/passwd")
    (root / "proc").symlink_to("/proc")
    os.mkfifo(root / "etc/fifo")
    listing = imgscan("ls", root, "-f", "jsonl", "--digests")
    assert listing.code == 0
    assert {path: row["type"] for path, row in listing.by_path.items()} == {
        ".": "dir",
        "etc": "dir",
        "etc/fifo": "fifo",
        "etc/passwd": "symlink",
        "proc": "symlink",
    }
    assert imgscan("cat", root, "/etc/passwd").code == 2


def test_a_digest_cannot_climb_out_of_the_layout(tmp_path: Path) -> None:
    folder = layout(tmp_path)
    manifest = loads((folder / "index.json").read_bytes())
    for wrong in ("sha256:../../../outside", "../../x:y", "sha256:", "", 7, None):
        manifest["manifests"][0]["digest"] = wrong
        (folder / "index.json").write_bytes(orjson.dumps(manifest))
        one_line(imgscan(folder), ["index.json: a descriptor without a valid digest"])


# Indexes


def tar_with(tmp_path: Path, files: Files) -> Path:
    return save(tmp_path / "image.tar", as_tar({"oci-layout": LAYOUT, **files}))


def test_an_index_that_contains_itself_ends(tmp_path: Path) -> None:
    name = "sha256:" + "1" * 64  # a digest that no content of the index could have
    entry = {"mediaType": INDEX, "digest": name, "size": 1}
    files: Files = {"blobs/sha256/" + "1" * 64: index(entry), "index.json": index(entry)}
    one_line(imgscan(tar_with(tmp_path, files)), ["an index that contains itself"])


def test_indexes_nested_deeper_than_the_limit_end(tmp_path: Path) -> None:
    inner, files = manifest_of(IMAGE), blobs(IMAGE)
    kind = MANIFEST
    for _ in range(20):
        inner = index(descriptor(inner, kind))
        files[blob(inner)] = inner
        kind = INDEX
    files["index.json"] = index(descriptor(inner, INDEX))
    one_line(imgscan(tar_with(tmp_path, files)), ["limits.index_depth"])


def test_a_fan_of_indexes_costs_no_more_than_the_limit_of_images(tmp_path: Path) -> None:
    inner, files = manifest_of(IMAGE), blobs(IMAGE)
    for _ in range(6):  # 50 ** 6 ways down
        inner = index(*[descriptor(inner, INDEX, annotations={"n": str(number)}) for number in range(50)])
        files[blob(inner)] = inner
    files["index.json"] = index(*[descriptor(inner, INDEX)] * 50)
    run = imgscan(tar_with(tmp_path, files), "-f", "json")
    assert run.code in (0, 3, 4)


def test_an_index_that_asks_for_large_blobs_again_and_again_is_bounded(tmp_path: Path) -> None:
    large = [document(manifests=[], padding=letter * 4_000_000) for letter in "abc"]
    descriptors = [descriptor(data, INDEX) for data in large]
    files: Files = {**{blob(data): data for data in large}, "index.json": index(*descriptors * 600)}
    one_line(imgscan(tar_with(tmp_path, files)), ["limits.json_total_bytes"])


def test_more_layers_than_the_limit_are_refused(tmp_path: Path) -> None:
    files = docker_old(IMAGE)
    manifest = loads(files["manifest.json"])
    manifest[0]["Layers"] *= 5000
    files["manifest.json"] = orjson.dumps(manifest)
    one_line(imgscan(save(tmp_path / "image.tar", as_tar(files))), ["limits.layers"])


def test_one_layer_named_many_times_is_merged_up_to_the_limit_of_entries(tmp_path: Path) -> None:
    image = image_of(*[LAYERS[0]] * 50)
    archive = save(tmp_path / "image.tar", as_tar(docker_old(image)))
    report = library.scan(archive, ScanOptions(limits=Limits(image_entries=20)))
    assert not report.complete
    assert {problem.code for problem in report.problems} >= {"missing-layer"}
    found = [item for item in report.findings if item.state == "visible" and item.analyzer == "setuid"]
    assert [finding.path for finding in found] == ["bin/su"]


# Documents

DOCUMENTS = {
    "deep": b"[" * 200_000,
    "deep and closed": b"[" * 900 + b"]" * 900,
    "deep objects": b'{"a":' * 200_000,
    "null": b"null",
    "number": b"1",
    "infinity": b"[1e999]",
    "long number": b"[" + b"9" * 100_000 + b"]",
    "strings": b'["a"]',
    "empty list": b"[]",
    "empty object": b"{}",
    "not UTF-8": b'[{"Config": "\xff", "Layers": []}]',
    "lone surrogate": b'[{"Config": "\\ud800", "Layers": []}]',
    "NUL in a name": b'[{"Config": "a\\u0000b", "Layers": ["\\u0000"]}]',
    "layers as object": b'[{"Config": "c", "Layers": {"a": 1}}]',
    "layers as numbers": b'[{"Config": "c", "Layers": [1]}]',
    "config as list": b'[{"Config": ["c"], "Layers": []}]',
    "no config": b'[{"Layers": []}]',
    "cut short": b'[{"Config": "c", "Layers": [',
    "nothing": b"",
}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("member", ["manifest.json", "index.json"])
def test_a_document_that_is_not_what_its_name_says_is_refused(member: str, name: str, tmp_path: Path) -> None:
    files: Files = {"oci-layout": LAYOUT, "c": b"{}", member: DOCUMENTS[name]}
    if member == "manifest.json":
        del files["oci-layout"]
        files["1" * 64 + "/layer.tar"] = LAYERS[0]
    path = save(tmp_path / "image.tar", as_tar(files))
    one_line(imgscan(path), [str(path)])
    one_line(imgscan("-", stdin=path.read_bytes()), ["standard input"])


CONFIGS: dict[str, Any] = {
    "list": [],
    "text": "x",
    "diff_ids as text": {"rootfs": {"diff_ids": "sha256"}},
    "diff_ids of no digests": {"rootfs": {"diff_ids": ["x"]}},
    "diff_ids as numbers": {"rootfs": {"diff_ids": [1]}},
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    files: Files = {
        "config.json": orjson.dumps(CONFIGS[name]),
        "l/layer.tar": LAYERS[0],
        "manifest.json": b'[{"Config": "config.json", "RepoTags": [], "Layers": ["l/layer.tar"]}]',
    }
    one_line(imgscan(save(tmp_path / "image.tar", as_tar(files))), ["config.json"])


ODD_SETTINGS: list[dict[str, Any]] = [
    {"User": 7, "Env": "PATH=/bin", "Cmd": {"a": 1}, "Entrypoint": [1, None], "ExposedPorts": [80], "Labels": []},
    {"User": None, "Env": None, "Cmd": None, "Volumes": None},
    {"User": "\u202e\x1b[31mroot", "Labels": {"\x1b": "\n"}, "Cmd": ["\x1b]0;x\x07"], "ExposedPorts": {"\n": {}}},
    {"Env": ["PATH=" + "/x:" * 10_000, "PATH", "=", "\x00"]},
]


@pytest.mark.parametrize("settings", ODD_SETTINGS, ids=range(len(ODD_SETTINGS)))
@pytest.mark.parametrize("history", [None, "x", [1, {}, {"created_by": 7, "empty_layer": "yes"}], [{}] * 100])
def test_settings_and_history_of_wrong_types_count_as_absent(
    settings: dict[str, Any], history: Any, tmp_path: Path
) -> None:
    image = ImageBuilder(settings=settings, extra={"history": history, "created": 3, "os": []})
    image.layer(LAYERS[0])
    archive = save(tmp_path / "image.tar", as_tar(docker_old(image)))
    for words in ([], ["-v"], ["-f", "json"]):
        run = imgscan(archive, *words)
        assert run.code == 0, run.err
        assert b"\x1b" not in run.out
        assert "\u202e" not in run.text


def test_a_document_over_the_limit_is_not_read(tmp_path: Path) -> None:
    archive = save(tmp_path / "image.tar", as_tar(docker_old(IMAGE)))
    with pytest.raises(library.InputError, match=r"limits\.json_bytes"):
        library.scan(archive, ScanOptions(limits=Limits(json_bytes=100)))


@pytest.mark.parametrize("count", [1, 3])
def test_config_and_manifest_that_do_not_count_alike_are_told(count: int, tmp_path: Path) -> None:
    config = loads(IMAGE.config())
    config["rootfs"]["diff_ids"] = (config["rootfs"]["diff_ids"] * 2)[:count]
    image = ImageBuilder(layers=IMAGE.layers, extra={"rootfs": config["rootfs"]})
    for form in (docker_old, oci):
        run = imgscan(save(tmp_path / "image.tar", as_tar(form(image))), "-f", "json")
        assert run.code == 4
        assert "layer-count" in codes(run.report)
        assert {finding["path"] for finding in on_files(run.report)} == {"/bin/su", "/bin/tool"}


# What does not verify


def altered(**change: Any) -> Files:
    """Return an OCI layout whose first layer's descriptor says something else."""
    manifest = loads(manifest_of(IMAGE))
    manifest["layers"][0] |= change
    content = orjson.dumps(manifest)
    files = {**blobs(IMAGE), blob(content): content, "oci-layout": LAYOUT}
    if "digest" in change:
        files["blobs/sha256/" + change["digest"][7:]] = LAYERS[0]
    return {**files, "index.json": index(descriptor(content, MANIFEST))}


WRONG = "sha256:" + "0" * 64


def wrong_diff_id() -> Files:
    image = image_of(LAYERS[1])
    image.layers.insert(0, ImageBuilder().layer(LAYERS[0], diff_id=WRONG).layers[0])
    return docker_old(image)


MISMATCHES: dict[str, tuple[Files, str, dict[str, bool | None]]] = {
    "digest": (altered(digest=WRONG), "digest-mismatch", {"digest": False, "diff_id": True}),
    "size": (altered(size=len(LAYERS[0]) + 1), "size-mismatch", {"digest": True, "diff_id": True}),
    "diff_id": (wrong_diff_id(), "digest-mismatch", {"digest": None, "diff_id": False}),
}


@pytest.mark.parametrize("name", MISMATCHES)
@pytest.mark.parametrize("stream", [False, True])
def test_a_layer_that_does_not_verify_is_told_and_analyzed_all_the_same(
    name: str, stream: bool, tmp_path: Path
) -> None:
    files, code, verified = MISMATCHES[name]
    archive = save(tmp_path / "image.tar", as_tar(files))
    run = imgscan("-", "-f", "json", stdin=archive.read_bytes()) if stream else imgscan(archive, "-f", "json")
    assert run.code == 4
    assert codes(run.report) == [code]
    assert run.report["layers"][0]["verified"] == verified
    assert {finding["path"] for finding in on_files(run.report)} == {"/bin/su", "/bin/tool"}
    assert "DOES NOT MATCH" in imgscan("layers", archive).text or name == "size"


def test_a_manifest_and_a_config_that_do_not_verify_are_told(tmp_path: Path) -> None:
    files = oci(IMAGE)
    for content in (manifest_of(IMAGE), IMAGE.config()):
        files[blob(content)] = content + b" "
    run = imgscan(save(tmp_path / "image.tar", as_tar(files)), "-f", "json")
    told = [problem["source"] for problem in run.report["problems"] if problem["code"] == "digest-mismatch"]
    assert run.code == 4
    assert set(told) == {blob(manifest_of(IMAGE)), blob(IMAGE.config())}


def test_a_config_whose_name_promises_another_digest_is_told(tmp_path: Path) -> None:
    files = docker_old(IMAGE)
    name = digest(IMAGE.config())[7:] + ".json"
    files[name] = IMAGE.config() + b"\n"
    run = imgscan(save(tmp_path / "image.tar", as_tar(files)), "-f", "json")
    assert (run.code, codes(run.report)) == (4, ["digest-mismatch"])


@pytest.mark.parametrize("form", [docker_old, oci])
@pytest.mark.parametrize("stream", [False, True])
def test_a_layer_without_a_blob_is_told_and_the_others_are_read(
    form: Callable[[ImageBuilder], Files], stream: bool, tmp_path: Path
) -> None:
    files = form(IMAGE)
    gone = next(name for name, content in files.items() if content == LAYERS[0])
    del files[gone]
    archive = save(tmp_path / "image.tar", as_tar(files))
    run = imgscan("-", "-f", "json", stdin=archive.read_bytes()) if stream else imgscan(archive, "-f", "json")
    assert (run.code, codes(run.report)) == (4, ["missing-layer"])
    assert "has no blob in the archive" in run.report["problems"][0]["message"]
    assert [finding["path"] for finding in on_files(run.report)] == ["/bin/tool"]


@pytest.mark.parametrize(
    "kind",
    [
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    ],
)
def test_a_foreign_layer_is_named_as_such(kind: str, tmp_path: Path) -> None:
    files = altered(mediaType=kind, urls=["https://example.test/layer"])
    del files[FIRST]
    run = imgscan(save(tmp_path / "image.tar", as_tar(files)), "-f", "json")
    assert run.code == 4
    assert "is a foreign layer" in run.report["problems"][0]["message"]


def test_a_foreign_layer_that_is_there_is_read(tmp_path: Path) -> None:
    files = altered(mediaType="application/vnd.oci.image.layer.nondistributable.v1.tar")
    assert imgscan(save(tmp_path / "image.tar", as_tar(files))).code == 0


def test_an_encrypted_layer_is_named_as_such(tmp_path: Path) -> None:
    noise = random.Random(3).randbytes(5000)
    image = image_of(LAYERS[1])
    image.layer(LAYERS[0], blob=noise, media_type=LAYER + "+gzip+encrypted")
    run = imgscan(save(tmp_path / "image.tar", as_tar(oci(image))), "-f", "json")
    assert run.code == 4
    assert "is encrypted and was not read" in run.report["problems"][0]["message"]
    assert [finding["path"] for finding in on_files(run.report)] == ["/bin/tool"]


def test_a_layer_of_a_packing_that_is_not_read_is_named(tmp_path: Path) -> None:
    image = image_of(LAYERS[1])
    image.layer(LAYERS[0], blob=b"\x04\x22\x4d\x18" + random.Random(4).randbytes(900))
    run = imgscan(save(tmp_path / "image.tar", as_tar(oci(image))), "-f", "json")
    assert run.code == 4
    assert any("not a tar but lz4" in message for message in problems(run.report))


def test_one_image_that_cannot_be_read_leaves_the_other(tmp_path: Path) -> None:
    other = image_of(LAYERS[0], references=("example.test/other:1",))
    files = docker_old(IMAGE, other)
    del files[digest(other.config())[7:] + ".json"]
    run = imgscan(save(tmp_path / "two.tar", as_tar(files)), "-f", "json")
    assert run.code == 4
    assert run.report["image"]["references"] == list(IMAGE.references)
    assert any("missing from the archive" in message for message in problems(run.report))


# Cut short and damaged

DOCKER = as_tar(docker_old(IMAGE))
LAYOUT_TAR = as_tar(oci(image_of(*LAYERS, pack="gzip")))


def sound(run: Run) -> None:
    """Assert what holds for any input: a known exit code, one line or a report, no traceback."""
    assert run.code in (0, 2, 3, 4), run
    assert "Traceback" not in run.err
    if run.code == 3:
        one_line(run, [])
    elif run.code == 4:
        assert problems(run.report) if run.out.startswith(b"{") else "IN PART" in run.text or run.err


@pytest.mark.parametrize("data", [DOCKER, LAYOUT_TAR], ids=["docker", "oci"])
def test_an_archive_cut_anywhere_says_so(data: bytes, tmp_path: Path) -> None:
    end = len(data.rstrip(b"\0"))
    for cut in [*range(1, end, 379), end - 1]:
        run = imgscan(save(tmp_path / "image.tar", data[:cut]), "-f", "json")
        sound(run)
        assert run.code in (3, 4), cut
        streamed = imgscan("-", "-f", "json", stdin=data[:cut])
        sound(streamed)
        assert streamed.code in (3, 4), cut


def test_zeros_cut_off_the_end_are_no_loss(tmp_path: Path) -> None:
    end = -(-len(DOCKER.rstrip(b"\0")) // 512) * 512
    for cut in (end, end + 512):
        assert imgscan(save(tmp_path / "image.tar", DOCKER[:cut])).code == 0


@pytest.mark.parametrize("pack", ["gzip", "gzip-members", "zstd", "zstd-frames", "xz", "bzip2"])
def test_a_compressed_archive_cut_anywhere_says_so(pack: str, tmp_path: Path) -> None:
    data = PACKS[pack](DOCKER).rstrip(b"\0")
    for cut in [*range(4, len(data), max(len(data) // 25, 1)), len(data) - 1]:
        run = imgscan(save(tmp_path / "image", data[:cut]), "-f", "json")
        sound(run)
        assert run.code in (3, 4), cut
        sound(imgscan("-", "-f", "json", stdin=data[:cut]))


@pytest.mark.parametrize("pack", ["none", "gzip", "gzip-members", "zstd", "zstd-frames", "xz", "bzip2"])
def test_a_layer_cut_anywhere_keeps_what_precedes_the_cut(pack: str, tmp_path: Path) -> None:
    packed = PACKS[pack](LAYERS[0]).rstrip(b"\0")
    for cut in range(0, len(packed), max(len(packed) // 12, 1)):
        image = image_of(LAYERS[1])
        image.layer(LAYERS[0], blob=packed[:cut])
        run = imgscan(save(tmp_path / "image.tar", as_tar(docker_old(image))), "-f", "json")
        sound(run)
        assert run.code == 4, cut
        assert "/bin/tool" in {finding["path"] for finding in on_files(run.report)}


@pytest.mark.parametrize("pack", ["gzip", "zstd-frames", "xz", "bzip2"])
def test_garbage_behind_a_compressed_stream_is_told(pack: str, tmp_path: Path) -> None:
    image = image_of(LAYERS[1])
    image.layer(LAYERS[0], blob=PACKS[pack](LAYERS[0]) + b"garbage behind the end")
    run = imgscan(save(tmp_path / "image.tar", as_tar(docker_old(image))), "-f", "json")
    assert run.code == 4
    assert any("data after the end of the compressed stream" in message for message in problems(run.report))
    assert {"/bin/su", "/bin/tool"} == {finding["path"] for finding in on_files(run.report)}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("pack", ["none", "gzip", "zstd", "xz", "bzip2"])
def test_damage_anywhere_ends_in_a_report_or_one_line(pack: str, seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    data = bytearray(as_tar((docker_old, oci)[seed % 2](image_of(*LAYERS, pack=pack))))
    for _ in range(rng.choice([1, 3, 30])):
        data[rng.randrange(len(data.rstrip(b"\0")))] = rng.randrange(256)
    run = imgscan(save(tmp_path / "image.tar", bytes(data)), "-f", "json")
    sound(run)
    sound(imgscan("-", "-f", "json", stdin=bytes(data)))


ANY_VALUE = [None, True, 0, -1, 1 << 63, 0.5, "", "x", "\x1b", WRONG, "../../etc", [], {}, [None], {"": None}, ["a", 1]]


def changed(value: Any, rng: random.Random) -> Any:
    """Return a document with some of its values of another type, some gone, some lists longer."""
    if rng.random() < 0.05:
        return rng.choice(ANY_VALUE)
    if isinstance(value, dict):
        return {key: changed(item, rng) for key, item in value.items() if rng.random() > 0.02}
    if isinstance(value, list):
        return [changed(item, rng) for item in value] * rng.choice([1, 1, 1, 1, 2])
    return value


@pytest.mark.parametrize("seed", range(8))
def test_documents_with_values_of_any_type_end_in_a_report_or_one_line(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    for _ in range(20):
        files = rng.choice([docker_old, docker_hybrid, oci])(IMAGE)
        for name, content in list(files.items()):
            if isinstance(content, bytes) and content[:1] in (b"{", b"[") and rng.random() < 0.6:
                new = orjson.dumps(changed(orjson.loads(content), rng))
                files[name] = new
                if name.startswith("blobs/"):  # keep it in reach: under its new digest, where the old one is named
                    files[blob(new)] = new
                    before, after = name[-64:].encode(), blob(new)[-64:].encode()
                    files |= {
                        other: text.replace(before, after)
                        for other, text in files.items()
                        if isinstance(text, bytes) and text[:1] in (b"{", b"[")
                    }
        archive = save(tmp_path / "image.tar", as_tar(files))
        for run in (
            imgscan(archive, "-f", "json"),
            imgscan("-", "-v", stdin=archive.read_bytes()),
            imgscan("layers", archive),
        ):
            sound(run)
            assert b"\x1b" not in run.out


ODD_FIELDS = [b"\x80" + b"\xff" * 11, b"77777777777\0", b"7777777\0", b"\xff" * 12, bytes(12), *b"SxgLK12567DMNVX\0"]


def repaired(tar: bytes) -> bytes:
    """Return a tar with the checksum of every block that may be a header set right."""
    blocks = bytearray(tar)
    for at in range(0, len(tar) - 511, 512):
        if tar[at + 257 : at + 262] == b"ustar":
            blocks[at + 148 : at + 156] = b" " * 8
            blocks[at + 148 : at + 156] = b"%06o\0 " % sum(blocks[at : at + 512])
    return bytes(blocks)


@pytest.mark.parametrize("seed", range(4))
def test_headers_that_say_anything_end_in_a_report_or_one_line(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    odd = [path.read_bytes() for path in sorted((TESTDATA / "tars").iterdir()) if path.stat().st_size < 20_000]
    for _ in range(25):
        data = bytearray(rng.choice(odd))
        for _ in range(rng.choice([1, 2, 5])):
            at = rng.randrange(max(len(data) // 512, 1)) * 512
            field = rng.choice([0, 100, 108, 116, 124, 136, 156, 157, 265, 345, 386, 482, 483])
            value = rng.choice([*ODD_FIELDS, rng.randbytes(12)])
            value = bytes([value]) if isinstance(value, int) else value
            if rng.random() < 0.3:  # or a piece of another tar
                data[at:at] = rng.choice(odd)[: rng.choice([512, 1024, 1536])]
            else:
                data[at + field : at + field + len(value)] = value
        path = save(tmp_path / "rootfs.tar", repaired(bytes(data)))
        for words in (["-f", "json"], ["-v"]):
            sound(imgscan(path, *words))
        for words in (["--digests"], ["--all-layers", "-f", "jsonl"]):
            run = imgscan("ls", path, *words)
            assert run.code in (0, 3, 4)
            assert "Traceback" not in run.err


@pytest.mark.parametrize("pack", ["gzip", "zstd-frames", "xz", "bzip2"])
def test_a_flipped_bit_in_a_compressed_layer_never_passes_unseen(pack: str, tmp_path: Path) -> None:
    rng = random.Random(5)
    packed = PACKS[pack](LAYERS[0]).rstrip(b"\0")
    for _ in range(12):
        damaged = bytearray(packed)
        damaged[rng.randrange(len(packed))] ^= 1 << rng.randrange(8)
        image = image_of(LAYERS[1])
        image.layer(LAYERS[0], blob=bytes(damaged))
        run = imgscan(save(tmp_path / "image.tar", as_tar(docker_old(image))), "-f", "json")
        sound(run)
        # A bit of a gzip header's time or of a skippable frame says nothing of the content.
        assert run.code == 4 or run.report["layers"][1]["verified"]["diff_id"]


# Bombs, through the library, whose limits are options


def scan_bounded(tmp_path: Path, layer: bytes, **limits: int) -> library.Report:
    """Return the report on an image of one stored layer under small limits."""
    image = ImageBuilder().layer(b"", blob=layer, diff_id=WRONG)
    archive = save(tmp_path / "image.tar", as_tar(docker_old(image)))
    return library.scan(archive, ScanOptions(limits=Limits(**limits)))


def told(report: library.Report) -> str:
    return " / ".join(problem.message for problem in report.problems)


BOMB = TarBuilder().file("bin/su", b"su", mode=0o4755).file("zeros", bytes(5_000_000)).build()


@pytest.mark.parametrize("pack", ["gzip", "gzip-members", "zstd", "zstd-frames", "xz", "bzip2"])
def test_a_bomb_is_cut_at_the_limit_of_bytes(pack: str, tmp_path: Path) -> None:
    report = scan_bounded(tmp_path, PACKS[pack](BOMB), layer_bytes=1_000_000, window_bytes=65_536)
    assert "limits.layer_bytes" in told(report)
    assert report.layers[0].uncompressed_bytes <= 1_000_000
    assert [finding.path for finding in report.findings if finding.analyzer == "setuid"] == [
        "bin/su"
    ]  # what came before the limit


@pytest.mark.parametrize("pack", ["gzip", "zstd", "xz", "bzip2"])
def test_a_bomb_is_cut_at_the_limit_of_its_ratio(pack: str, tmp_path: Path) -> None:
    limits = {"layer_ratio": 10, "layer_ratio_floor": 500_000, "window_bytes": 65_536}
    assert "limits.layer_ratio" in told(scan_bounded(tmp_path, PACKS[pack](BOMB), **limits))


def test_a_layer_that_compresses_well_is_no_bomb_below_the_floor(tmp_path: Path) -> None:
    assert "limits" not in told(scan_bounded(tmp_path, gzip.compress(BOMB), layer_ratio=10))


def test_a_whole_archive_that_is_a_bomb_is_cut(tmp_path: Path) -> None:
    archive = save(tmp_path / "image.tar.gz", gzip.compress(as_tar(docker_old(image_of(BOMB)))))
    with pytest.raises(library.InputError, match=r"no manifest|limits\.layer_bytes"):
        library.scan(archive, ScanOptions(limits=Limits(layer_bytes=1_000_000)))


@pytest.mark.parametrize(
    ("layer", "limits", "name"),
    [
        (zstandard.ZstdCompressor(level=19).compress(os.urandom(3_000_000)), {"zstd_window_bytes": 1 << 20}, "zstd"),
        (lzma.compress(BOMB, preset=9), {"xz_memory_bytes": 1 << 20}, "xz"),
        (b"".join(TarBuilder().file(f"f{n}").build(0) for n in range(50)), {"layer_entries": 20}, "layer_entries"),
        (TarBuilder().pax({"path": "x" * 5000}).file("f").build(), {"pax_bytes": 1000}, "pax_bytes"),
    ],
    ids=["zstd_window_bytes", "xz_memory_bytes", "layer_entries", "pax_bytes"],
)
def test_a_limit_that_is_hit_is_named(layer: bytes, limits: dict[str, int], name: str, tmp_path: Path) -> None:
    report = scan_bounded(tmp_path, layer, **limits)
    assert not report.complete
    assert name in told(report)


def test_attributes_beyond_the_limit_end_the_layer(tmp_path: Path) -> None:
    tar = TarBuilder().file("bin/su", b"su", mode=0o4755)
    for number in range(20):
        tar.file(f"f{number}", b"", {f"user.{key}": b"x" for key in range(100)})
    report = scan_bounded(tmp_path, tar.build(), names_bytes=100_000)
    assert "limits.names_bytes" in told(report)
    assert [finding.path for finding in report.findings if finding.analyzer == "setuid"] == ["bin/su"]


def test_a_sparse_file_of_2_to_the_62_bytes_costs_nothing(tmp_path: Path) -> None:
    for form in ("old", "0.1", "1.0"):
        tar = TarBuilder().sparse(form, "huge", [(0, b"x"), (1 << 61, b"y")], 1 << 62).file("after", b"z")
        run = imgscan("ls", save(tmp_path / "rootfs.tar", tar.build()), "-f", "jsonl", "--digests")
        assert run.code == 0
        assert run.by_path["huge"]["size"] == 1 << 62
        assert "sha256" not in run.by_path["huge"]
        assert "limits.sparse_hash_bytes" in run.err
        assert run.by_path["after"]["sha256"] == digest(b"z")[7:]


def test_a_path_of_50_000_components_is_left_out_and_the_rest_is_read(tmp_path: Path) -> None:
    tar = TarBuilder().file("a/" * 50_000 + "deep", b"x").file("after", b"y").symlink("long", "t" * 100_000)
    run = imgscan("ls", save(tmp_path / "rootfs.tar", tar.build()), "-f", "jsonl")
    assert (run.code, sorted(run.by_path)) == (4, [".", "after"])
    assert "limits.path_depth" in run.err
    assert "a symlink whose target has 100000 bytes" in run.err
    assert len(run.err) < 2000


def test_a_hundred_thousand_duplicates_are_a_few_problems(tmp_path: Path) -> None:
    one = TarBuilder().file("same", b"").build(0)
    run = imgscan(save(tmp_path / "rootfs.tar.gz", gzip.compress(one * 100_000 + bytes(1024), 1)), "-f", "json")
    assert run.code == 0
    assert len(run.report["problems"]) < 50
    assert any(re.search(r"and \d+ more of this kind", item["message"]) for item in run.report["problems"])


def test_symlinks_in_a_circle_or_a_long_chain_end(tmp_path: Path) -> None:
    tar = TarBuilder().symlink("a", "b").symlink("b", "a").symlink("self", "self").symlink("up", "../../..")
    for number in range(1000):
        tar.symlink(f"chain{number}", f"chain{number + 1}")
    tar.file("a/x").file("self/y").file("chain0/z").hardlink("hard", "a/x")
    path = save(tmp_path / "rootfs.tar", tar.build())
    run = imgscan("ls", path, "-f", "jsonl")
    assert run.code == 4
    assert "symlink-loop" in codes(imgscan(path, "-f", "json").report)
    for name in ("/a", "/self", "/chain0", "/up/up/self"):
        assert imgscan("cat", path, name).code == 2


def test_many_paths_through_many_long_symlinks_are_bounded_work(tmp_path: Path) -> None:
    tar = TarBuilder()
    for number in range(40):
        tar.symlink(f"link{number}", "./" * 1990 + f"link{number + 1}")
    tar.directory("link40").file("link40/sh", b"\x7fELF", mode=0o755)
    for number in range(2000):
        tar.file(f"link0/file{number}").symlink(f"d{number}/sh", "/link0/sh")
    run = imgscan(save(tmp_path / "rootfs.tar", tar.build()), "-f", "json")
    assert run.code == 4
    assert "too-many-link-steps" in codes(run.report)


def test_link_members_of_an_archive_in_a_circle_are_missing_layers(tmp_path: Path) -> None:
    files = docker_old(IMAGE)
    names = loads(files["manifest.json"])[0]["Layers"]
    for link in (
        {names[0]: Link("layer.tar")},
        {names[0]: Link("../x/layer.tar"), "x/layer.tar": Link(f"../{names[0]}")},
        {names[0]: Link(names[0], symbolic=False)},
        {names[0]: Link("../" * 50 + "etc/passwd")},
        {names[0]: Link("/etc/passwd")},
    ):
        data = as_tar({**files, **link})
        for run in (
            imgscan(save(tmp_path / "image.tar", data), "-f", "json"),
            imgscan("-", "-f", "json", stdin=data),
        ):
            assert (run.code, codes(run.report)) == (4, ["missing-layer"])


def test_hardlinks_to_nothing_and_to_themselves_are_told(tmp_path: Path) -> None:
    tar = TarBuilder().hardlink("self", "self").hardlink("forward", "later").file("later").hardlink("dir", "d")
    tar.directory("d").hardlink("host", "../../../../etc/passwd").hardlink("root", "/")
    path = save(tmp_path / "rootfs.tar", tar.build())
    run = imgscan("ls", path, "-f", "jsonl")
    assert (run.code, sorted(run.by_path)) == (4, [".", "d", "later"])
    assert run.err.count("a hardlink to") == 5
    for name in ("self", "forward", "host"):
        assert imgscan("cat", path, name, "--layer", "0").code == 2


def test_names_that_climb_out_stay_inside(tmp_path: Path) -> None:
    tar = (
        TarBuilder().file("../../etc/escape", b"x").file("/abs", b"y").file("a/../../b", b"z").symlink("l", "../../..")
    )
    run = imgscan("ls", save(tmp_path / "rootfs.tar", tar.build()), "-f", "jsonl")
    assert {"etc/escape", "abs", "b", "l"} <= run.by_path.keys()
    assert "climbs above the root" in run.err


@pytest.mark.parametrize("tail", [b"x" * 100, b"\0" * 100 + b"hidden", TarBuilder().file("hidden", b"payload").build()])
def test_what_stands_behind_the_end_of_a_tar_is_counted_not_read(tail: bytes, tmp_path: Path) -> None:
    image = image_of(LAYERS[0] + tail)
    run = imgscan(save(tmp_path / "image.tar", as_tar(docker_old(image))), "-f", "json")
    assert (run.code, codes(run.report)) == (0, ["trailing-data"])


def test_a_second_archive_behind_the_end_of_the_first_is_told(tmp_path: Path) -> None:
    run = imgscan(save(tmp_path / "image.tar", DOCKER + LAYOUT_TAR), "-f", "json")
    assert (run.code, codes(run.report)) == (0, ["trailing-data"])


def test_an_analyzed_bomb_of_headers_is_bounded_by_its_entries(tmp_path: Path) -> None:
    headers = b"".join(TarBuilder().file(f"f{number % 999}", mode=0o4755).build(0) for number in range(3000))
    report = scan_bounded(tmp_path, bz2.compress(headers * 5), layer_entries=10_000)
    assert "limits.layer_entries" in told(report)
    assert len(report.findings) < 11_000
