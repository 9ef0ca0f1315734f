"""One image in every form it is exported in: the same findings, inventory and listings (and how to choose an image)."""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import orjson
import pytest

import imgscan as library
from imgscan.errors import SelectionError
from imgscan.testing import ImageBuilder, Index, TarBuilder, oci_files

from .made import (
    CONFIG,
    INDEX,
    LAYER,
    LAYOUT,
    MANIFEST,
    NET_RAW,
    PACKS,
    Files,
    Link,
    artifact,
    as_folder,
    as_tar,
    blob,
    blobs,
    descriptor,
    digest,
    docker_dir,
    docker_hybrid,
    docker_old,
    image_of,
    index,
    loads,
    manifest_of,
    oci,
    save,
)
from .support import Run, child, codes, differences, imgscan

Form: TypeAlias = Callable[[ImageBuilder], Files]

BASE = (
    TarBuilder()
    .directory("bin")
    .file("bin/su", b"\x7fELF su", mode=0o4755)
    .file("bin/wall", b"\x7fELF wall", mode=0o2755, gid=5)
    .file("bin/mount", b"\x7fELF mount", mode=0o4755)
    .file("bin/umount", b"\x7fELF umount", mode=0o4755)
    .file("bin/ping", b"\x7fELF ping", {"security.capability": NET_RAW}, mode=0o755)
    .file("bin/sh", b"\x7fELF shell", mode=0o755)
    .directory("etc")
    .file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n")
    .directory("etc/conf.d")
    .file("etc/conf.d/old", b"old")
    .directory("srv")
    .file("srv/big", bytes(range(256)) * 1200)
    .build()
)
CHANGES = (
    TarBuilder()
    .whiteout("bin/umount")
    .file("bin/mount", b"\x7fELF mount", mode=0o755)
    .opaque("etc/conf.d")
    .file("etc/conf.d/new", b"new")
    .symlink("bin/bash", "sh")
    .hardlink("bin/sh2", "bin/sh", mode=0o755)
    .file(b"etc/\xff\x1b[31m", b"odd")
    .build()
)
LAST = TarBuilder().directory("usr/bin").file("usr/bin/curl", b"\x7fELF curl", mode=0o755).build()


def image(pack: str = "none") -> ImageBuilder:
    return image_of(BASE, CHANGES, LAST, pack=pack)


IMAGE = image()
NAME = IMAGE.references[0]
FORMS: dict[str, Form] = {"docker-old": docker_old, "docker-hybrid": docker_hybrid, "oci": oci}
SHORT = ["none", "gzip", "zstd"]

# What a report says of the way an image was packed, rather than of the image.
_OF_THE_ARCHIVE = ("source", "format", "manifest_digest", "stored_bytes")
_ON_THE_ARCHIVE = ("compared: ", "references: ")
_OF_THE_BLOB = ("digest", "media_type", "compression", "stored_bytes", "verified")


def said(run: Run) -> dict[str, Any]:
    """Return a report without what the packing decides."""
    report = run.report
    for key in _OF_THE_ARCHIVE:
        del report["image"][key]
    for layer in report["layers"]:
        for key in _OF_THE_BLOB:
            del layer[key]
    for control in report["controls"]:
        control["evidence"] = [line for line in control["evidence"] if not line.startswith(_ON_THE_ARCHIVE)]
    return report


Told: TypeAlias = tuple[dict[str, Any], bytes, bytes]


def everything(*words: str | Path, stdin: bytes | None = None) -> Told:
    """Return all that is told of an image: report, listing with digests, every layer's entries."""
    scan = imgscan(*words, "-f", "json", stdin=stdin)
    ls = imgscan("ls", *words, "-f", "jsonl", "--digests", stdin=stdin)
    entries = imgscan("ls", *words, "-f", "jsonl", "--digests", "--all-layers", stdin=stdin)
    assert (scan.code, ls.code, entries.code) == (0, 0, 0), (scan.err, ls.err)
    return said(scan), ls.out, entries.out


@cache
def told_in(folder: Path) -> Told:
    return everything(save(folder / "expected.tar", as_tar(docker_old(IMAGE))))


@pytest.fixture
def truth(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return told_in(tmp_path_factory.getbasetemp())


def test_the_image_that_all_forms_hold_says_something(truth: Told) -> None:
    report = truth[0]
    found = {(finding["rule"], finding["path"], finding["state"]) for finding in report["findings"]}
    assert ("setuid.suid-file", "/bin/su", "visible") in found
    assert ("setuid.suid-file", "/bin/umount", "deleted") in found
    assert ("setuid.suid-file", "/bin/mount", "overwritten") in found
    assert [item["path"] for item in report["inventory"]["capabilities"]] == ["/bin/ping"]
    assert codes(report) == ["hardlink-below"]


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("form", FORMS)
def test_every_layer_compression_in_every_form_says_the_same(form: str, pack: str, tmp_path: Path, truth: Told) -> None:
    archive = save(tmp_path / "image", as_tar(FORMS[form](image(pack))))
    assert everything(archive) == truth


@pytest.mark.parametrize("outer", PACKS)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same_compressed_as_a_whole(form: str, outer: str, tmp_path: Path, truth: Told) -> None:
    archive = save(tmp_path / "image", PACKS[outer](as_tar(FORMS[form](image("gzip")))))
    assert everything(archive) == truth


@pytest.mark.parametrize("outer", SHORT)
@pytest.mark.parametrize("pack", SHORT)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same_from_standard_input(form: str, pack: str, outer: str, truth: Told) -> None:
    data = PACKS[outer](as_tar(FORMS[form](image(pack))))
    assert everything("-", stdin=data) == truth


def test_a_pipe_between_processes_says_the_same(truth: Told) -> None:
    data = as_tar(docker_hybrid(image("gzip")))
    scan = child(["-", "-f", "json"], stdin=data)
    ls = child(["ls", "-", "-f", "jsonl", "--digests"], stdin=data)
    assert (scan.code, ls.code) == (0, 0)
    assert (said(scan), ls.out) == truth[:2]


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("form", [docker_old, docker_hybrid, oci, docker_dir])
def test_the_same_files_in_a_folder_say_the_same(form: Form, pack: str, tmp_path: Path, truth: Told) -> None:
    report, listing, entries = everything(as_folder(form(image(pack)), tmp_path / "folder"))
    if form is docker_dir:  # it keeps no name
        assert report["image"]["references"] == []
        report["image"]["references"] = [NAME]
    assert (report, listing, entries) == truth


@pytest.mark.parametrize(
    ("form", "name"),
    [
        (docker_old, "docker-archive"),
        (docker_hybrid, "docker-archive"),
        (oci, "oci-archive"),
        (docker_dir, "docker-dir"),
    ],
)
def test_a_form_is_told_by_its_content(form: Form, name: str, tmp_path: Path) -> None:
    data = as_tar(form(IMAGE))
    assert imgscan(save(tmp_path / "misleading.zip", data), "-f", "json").report["image"]["format"] == name
    assert imgscan("-", "-f", "json", stdin=data).report["image"]["format"] == name


@pytest.mark.parametrize(
    ("form", "name"), [(docker_old, "docker-archive"), (oci, "oci-layout"), (docker_dir, "docker-dir")]
)
def test_a_folder_is_told_by_its_content(form: Form, name: str, tmp_path: Path) -> None:
    run = imgscan(as_folder(form(IMAGE), tmp_path / "folder"), "-f", "json")
    assert run.report["image"]["format"] == name


# How the archive was written


@pytest.mark.parametrize("prefix", ["./", "/", ".//"])
@pytest.mark.parametrize("form", FORMS)
def test_names_of_any_style_are_the_same_names(form: str, prefix: str, tmp_path: Path, truth: Told) -> None:
    data = as_tar(FORMS[form](image("gzip")), prefix)
    assert everything(save(tmp_path / "image", data)) == truth
    assert everything("-", stdin=data) == truth


@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
@pytest.mark.parametrize(("form", "name"), [("docker-old", "manifest.json"), ("oci", "index.json")])
def test_the_manifest_may_stand_at_either_end(form: str, name: str, first: bool, tmp_path: Path, truth: Told) -> None:
    files = FORMS[form](image("gzip"))
    content = files.pop(name)
    data = as_tar({name: content, **files} if first else {**files, name: content})
    assert everything(save(tmp_path / "image", data)) == truth
    assert everything("-", stdin=data) == truth


def test_folders_of_the_archive_may_have_entries(tmp_path: Path, truth: Told) -> None:
    folders = TarBuilder().directory("./").directory("./blobs").directory("./blobs/sha256").build(end_blocks=0)
    data = folders + as_tar(oci(IMAGE), "./")
    assert everything(save(tmp_path / "image", data)) == truth
    assert everything("-", stdin=data) == truth


def linked(kind: str, before: bool) -> Files:
    """Return docker-archive's old form with its layers behind links, which stand before or behind what they name."""
    files = docker_old(IMAGE)
    manifest = loads(files["manifest.json"])
    links: Files = {}
    for number, name in enumerate(manifest[0]["Layers"]):
        target = name if kind == "hardlink" else f"../{name}"
        if kind == "chain":
            links[f"again{number}"] = Link(name)
            target = f"../again{number}"
        links[f"link{number}/layer.tar"] = Link(target, symbolic=kind != "hardlink")
        manifest[0]["Layers"][number] = f"link{number}/layer.tar"
    files["manifest.json"] = orjson.dumps(manifest)
    return {**links, **files} if before else {**files, **links}


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("kind", ["symlink", "hardlink", "chain"])
def test_layers_behind_link_members_are_found(kind: str, before: bool, tmp_path: Path, truth: Told) -> None:
    data = as_tar(linked(kind, before))
    assert everything(save(tmp_path / "image", data)) == truth
    assert everything("-", stdin=data) == truth


def test_two_layers_of_one_content_are_both_applied(tmp_path: Path) -> None:
    again = image_of(BASE, CHANGES, BASE)
    for form in FORMS.values():
        data = as_tar(form(again))
        for run in (
            imgscan("ls", save(tmp_path / "image.tar", data), "-f", "jsonl"),
            imgscan("ls", "-", "-f", "jsonl", stdin=data),
        ):
            rows = run.by_path
            assert (rows["bin/umount"]["layer"], rows["bin/mount"]["mode"]) == (2, "4755")
            assert "etc/conf.d/new" in rows


# Root filesystems

MERGED = (
    TarBuilder()
    .directory("bin")
    .file("bin/su", b"\x7fELF su", mode=0o4755)
    .file("bin/sh", b"\x7fELF shell", mode=0o755)
    .file("bin/ping", b"\x7fELF ping", {"security.capability": NET_RAW}, mode=0o755)
    .hardlink("bin/su2", "bin/su", mode=0o4755)
    .symlink("bin/bash", "sh")
    .directory("tmp", mode=0o1777)
    .build()
)


def without_layers(report: dict[str, Any]) -> tuple[Any, ...]:
    """Return what a root filesystem and an image of one layer both say: all but what a config says."""
    findings = [{**finding, "layer": None} for finding in report["findings"] if finding["path"] is not None]
    inventory = {
        name: [{**item, "created_by": None} for item in items]
        for name, items in report["inventory"].items()
        if name not in ("config", "history", "base", "write_surface")
    }
    coverage = report["coverage"]
    skipped = [gap for gap in coverage["skipped"] if gap["what"] != "config and history"]
    return findings, inventory, {**coverage, "skipped": skipped}


@pytest.mark.parametrize("outer", PACKS)
def test_a_root_filesystem_tar_says_what_an_image_of_it_says(outer: str, tmp_path: Path) -> None:
    image = image_of(MERGED)
    image.settings.pop("Cmd")  # what it starts is told of the programs it starts
    packed = imgscan(save(tmp_path / "image.tar", as_tar(docker_old(image))), "-f", "json")
    for run in (
        imgscan(save(tmp_path / "rootfs", PACKS[outer](MERGED)), "-f", "json"),
        imgscan("-", "-f", "json", stdin=PACKS[outer](MERGED)),
    ):
        assert run.code == 0
        assert run.report["image"]["format"] == "rootfs-tar"
        assert run.report["image"]["user"] is None  # unknown, not root
        assert without_layers(run.report) == without_layers(packed.report)


def test_a_root_filesystem_folder_says_what_its_tar_says(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    for name, content, mode in (("su", b"\x7fELF su", 0o4755), ("sh", b"\x7fELF shell", 0o755)):
        (root / "bin" / name).write_bytes(content)
        (root / "bin" / name).chmod(mode)
    (root / "bin/su2").hardlink_to(root / "bin/su")
    (root / "bin/bash").symlink_to("sh")
    (root / "escape").symlink_to("/etc")
    info = (root / "bin/su").stat()
    uid, gid = info.st_uid, info.st_gid
    packed = (
        TarBuilder()
        .directory("bin", uid=uid, gid=gid, mode=(root / "bin").stat().st_mode & 0o7777)
        .file("bin/su", b"\x7fELF su", mode=0o4755, uid=uid, gid=gid)
        .file("bin/sh", b"\x7fELF shell", mode=0o755, uid=uid, gid=gid)
        .hardlink("bin/su2", "bin/su", mode=0o4755, uid=uid, gid=gid)
        .symlink("bin/bash", "sh", uid=uid, gid=gid)
        .symlink("escape", "/etc", uid=uid, gid=gid)
    )

    of_folder = imgscan("ls", root, "-f", "jsonl", "--digests")
    of_tar = imgscan("ls", save(tmp_path / "rootfs.tar", packed.build()), "-f", "jsonl", "--digests")
    report = imgscan(root, "-f", "json").report

    assert of_folder.code == 0
    found = {path: {**row, "xattrs": None} for path, row in of_folder.by_path.items()}  # the host's own may show
    wanted = {path: {**row, "xattrs": None} for path, row in of_tar.by_path.items()}
    wanted["."] |= {key: found["."][key] for key in ("uid", "gid")}
    assert differences(wanted, found) == []
    assert report["image"]["format"] == "rootfs-directory"
    assert [item["names"] for item in report["inventory"]["setuid"]] == [["/bin/su", "/bin/su2"]]


def test_a_file_that_merely_bears_a_manifests_name_makes_no_image_of_a_root_filesystem(tmp_path: Path) -> None:
    rootfs = TarBuilder().directory("usr").file("manifest.json", b'{"name": "a web app"}').file("usr/x", b"x").build()
    run = imgscan("ls", save(tmp_path / "rootfs.tar", rootfs), "-f", "jsonl")
    assert (run.code, sorted(run.by_path)) == (0, [".", "manifest.json", "usr", "usr/x"])


# Which image

ONE = image_of(BASE, references=("example.test/one:1",))
TWO = image_of(BASE, CHANGES, references=("example.test/two:2",))
TWO_IN = {"docker-archive": as_tar(docker_old(ONE, TWO)), "oci-archive": as_tar(oci(ONE, TWO))}


@pytest.fixture(params=TWO_IN)
def two(request: pytest.FixtureRequest) -> bytes:
    """Two images that share their lowest layer, which the archive holds once."""
    return TWO_IN[request.param]


def test_several_images_are_listed_with_how_to_choose(two: bytes, tmp_path: Path) -> None:
    archive = save(tmp_path / "two.tar", two)
    for run in (
        imgscan(archive),
        imgscan("ls", archive),
        imgscan("cat", archive, "/etc/passwd"),
        imgscan("layers", archive),
        imgscan("-", stdin=two),
    ):
        assert run.code == 2
        assert run.out == b""
        assert run.err.startswith("imgscan: 2 images; choose one with --image NAME, DIGEST or @N, or take all with")
        assert "@0  example.test/one:1" in run.err
        assert "@1  example.test/two:2" in run.err
        assert digest(TWO.config()) in run.err or digest(manifest_of(TWO)) in run.err


_CONFIG_ID = digest(TWO.config())


@pytest.mark.parametrize("choice", ["@1", "example.test/two:2", _CONFIG_ID, _CONFIG_ID[7:19], _CONFIG_ID[:30]])
def test_an_image_is_chosen_by_name_digest_or_place(choice: str, two: bytes, tmp_path: Path) -> None:
    archive = save(tmp_path / "two.tar", two)
    for run in (
        imgscan(archive, "--image", choice, "-f", "json"),
        imgscan("-", "--image", choice, "-f", "json", stdin=two),
    ):
        assert run.code == 0
        assert run.report["image"]["references"] == ["example.test/two:2"]


def test_an_image_is_chosen_by_its_manifests_digest(tmp_path: Path) -> None:
    archive = save(tmp_path / "two.tar", TWO_IN["oci-archive"])
    run = imgscan(archive, "--image", digest(manifest_of(TWO)), "-f", "json")
    assert run.report["image"]["references"] == ["example.test/two:2"]


@pytest.mark.parametrize("choice", ["@2", "@x", "example.test/three", "", "sha256:0000", digest(b"")])
def test_a_choice_that_fits_nothing_lists_what_there_is(choice: str, two: bytes, tmp_path: Path) -> None:
    run = imgscan(save(tmp_path / "two.tar", two), "--image", choice)
    assert run.code == 2
    assert run.err.startswith("imgscan: no image ")
    assert "@0  example.test/one:1" in run.err


def test_all_images_are_reported_each_as_if_it_were_alone(two: bytes, tmp_path: Path) -> None:
    archive = save(tmp_path / "two.tar", two)
    alone = [imgscan(archive, "--image", f"@{number}", "-f", "json").report for number in (0, 1)]
    for run in (
        imgscan(archive, "--all-images", "-f", "json"),
        imgscan("-", "--all-images", "-f", "json", stdin=two),
    ):
        assert run.code == 0
        assert run.report["schema"] == "imgscan.reports/1"
        reports = run.report["reports"]
        for report, single in zip(reports, alone, strict=True):
            report["image"]["source"] = single["image"]["source"]
        assert reports == alone


def test_a_layer_that_two_images_share_is_read_once(two: bytes, tmp_path: Path) -> None:
    read: list[library.Progress] = []
    reports = library.scan_all(save(tmp_path / "two.tar", two), progress=read.append)
    assert len(reports) == 2
    assert max(news.done for news in read if news.stage is library.Stage.READ) == len(BASE) + len(CHANGES)


def test_images_without_a_name_are_still_chosen_from(tmp_path: Path) -> None:
    first, second = (image_of(layer, references=()) for layer in (BASE, LAST))
    archive = save(tmp_path / "two.tar", as_tar(oci(first, second)))
    assert "@1  (no name)" in imgscan(archive).err
    assert imgscan(archive, "--image", "@1").code == 0


def test_the_library_lists_images_in_its_error_too(two: bytes, tmp_path: Path) -> None:
    with pytest.raises(SelectionError, match=r"@1  example\.test/two:2"):
        library.scan(save(tmp_path / "two.tar", two))


# Platforms


def of_platform(name: str) -> ImageBuilder:
    return image_of(TarBuilder().file("platform", name.encode()).build(), platform=name, references=())


def platforms(*names: str, nested: bool = True) -> Files:
    """Return a layout of one name for several platforms; with ``nested`` they have an index of their own."""
    images = tuple(map(of_platform, names))
    return {**(oci_files(Index(images)) if nested else oci_files(*images))}


def platform_of(archive: Path, *words: str) -> bytes:
    run = imgscan("cat", archive, "/platform", *words)
    assert run.code == 0, run.err
    return run.out


def host() -> str:
    machine = platform.machine().lower()
    return {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}.get(machine, f"linux/{machine}")


def test_the_hosts_platform_is_taken_when_it_is_there(tmp_path: Path) -> None:
    files = platforms(host(), "linux/riscv64", "linux/s390x")
    assert platform_of(save(tmp_path / "image.tar", as_tar(files))) == host().encode()


@pytest.mark.parametrize("wanted", ["linux/s390x", "linux/arm/v6", "LINUX/S390X", "linux/arm/v7"])
@pytest.mark.parametrize("nested", [False, True])
def test_a_platform_is_chosen(wanted: str, nested: bool, tmp_path: Path) -> None:
    files = platforms("linux/s390x", "linux/arm/v6", "linux/arm/v7", host(), nested=nested)
    archive = save(tmp_path / "image.tar", as_tar(files))
    assert platform_of(archive, "--platform", wanted) == wanted.lower().encode()
    assert platform_of(as_folder(files, tmp_path / "folder"), "--platform", wanted) == wanted.lower().encode()


def test_the_only_platform_is_taken_whatever_the_host(tmp_path: Path) -> None:
    assert platform_of(save(tmp_path / "image.tar", as_tar(platforms("linux/s390x")))) == b"linux/s390x"


def test_several_platforms_without_the_hosts_are_listed(tmp_path: Path) -> None:
    run = imgscan(save(tmp_path / "image.tar", as_tar(platforms("linux/s390x", "linux/riscv64"))))
    assert run.code == 2
    assert run.err.startswith("imgscan: several platforms; choose one with --platform OS/ARCH[/VARIANT]")
    assert "linux/s390x" in run.err
    assert "linux/riscv64" in run.err


def test_a_variant_that_several_have_must_be_named(tmp_path: Path) -> None:
    archive = save(tmp_path / "image.tar", as_tar(platforms("linux/arm/v6", "linux/arm/v7")))
    run = imgscan(archive, "--platform", "linux/arm")
    assert run.code == 2
    assert "linux/arm/v6" in run.err


@pytest.mark.parametrize("wanted", ["windows/amd64", "linux", "linux/s390x/v9", "a/b/c/d", "linux/\x1b[31m"])
def test_a_platform_that_is_not_there_lists_what_is(wanted: str, tmp_path: Path) -> None:
    archive = save(tmp_path / "image.tar", as_tar(platforms("linux/s390x", "linux/riscv64")))
    run = imgscan(archive, "--platform", wanted)
    assert run.code == 2
    assert run.err.startswith("imgscan: no image for ")
    assert "linux/riscv64" in run.err
    assert "\x1b" not in run.err


def test_all_images_takes_every_platform(tmp_path: Path) -> None:
    archive = save(tmp_path / "image.tar", as_tar(platforms("linux/s390x", "linux/riscv64")))
    run = imgscan(archive, "--all-images", "-f", "json")
    found = [report["image"]["platform"] for report in run.report["reports"]]
    assert (run.code, found) == (0, ["linux/s390x", "linux/riscv64"])


def test_a_platform_whose_blobs_were_not_saved_does_not_stand_in_the_way(tmp_path: Path) -> None:
    # docker save of one platform keeps the whole index.
    files = platforms("linux/s390x", "linux/riscv64")
    for name in blobs(of_platform("linux/s390x")):
        files.pop(name, None)
    run = imgscan(save(tmp_path / "image.tar", as_tar(files)), "-f", "json")
    assert run.code == 0
    assert run.report["image"]["platform"] == "linux/riscv64"
    assert codes(run.report) == ["absent-manifest"]


# Indexes in indexes, and manifests that are no images


def named(data: bytes, name: str) -> dict[str, Any]:
    return descriptor(data, MANIFEST, annotations={"org.opencontainers.image.ref.name": name})


def test_an_index_three_levels_deep_is_read(tmp_path: Path) -> None:
    inner = index(named(manifest_of(IMAGE), NAME))
    middle = index(descriptor(inner, INDEX))
    files = blobs(IMAGE) | {blob(inner): inner, blob(middle): middle, "oci-layout": LAYOUT}
    files["index.json"] = index(descriptor(middle, INDEX))
    run = imgscan(save(tmp_path / "image.tar", as_tar(files)), "-f", "json")
    assert (run.code, run.report["image"]["references"]) == (0, [NAME])


def test_attestations_signatures_and_sboms_are_no_images(tmp_path: Path) -> None:
    image = image_of(BASE)
    image.attestation = b'{"_type": "https://in-toto.io/Statement/v0.1"}'
    subject = manifest_of(image)
    signature, signed = artifact(b"{}", CONFIG, "application/vnd.dev.cosign.simplesigning.v1+json")
    spdx = "application/spdx+json"
    sbom, described = artifact(
        b"{}", "application/vnd.oci.empty.v1+json", spdx, artifactType=spdx, subject=descriptor(subject, MANIFEST)
    )
    files = {**oci(image), **signed, **described}
    listed = loads(files["index.json"])["manifests"]
    tag = digest(subject).replace(":", "-") + ".sig"
    files["index.json"] = index(*listed, named(signature, tag), descriptor(sbom, MANIFEST))

    run = imgscan(save(tmp_path / "image.tar", as_tar(files)), "-f", "json")

    assert run.code == 0, run.err
    assert run.report["image"]["references"] == [NAME]
    assert run.report["problems"] == []


def test_a_layout_of_artifacts_alone_is_refused(tmp_path: Path) -> None:
    manifest, files = artifact(b"{}", "application/vnd.oci.empty.v1+json", "application/spdx+json")
    files |= {"oci-layout": LAYOUT, "index.json": index(descriptor(manifest, MANIFEST))}
    run = imgscan(save(tmp_path / "image.tar", as_tar(files)))
    assert run.code == 3
    assert "lists no image" in run.err


def test_a_manifest_json_that_names_other_images_than_the_index_is_told(tmp_path: Path) -> None:
    files = docker_hybrid(IMAGE)
    other = image_of(BASE, references=("example.test/other:1",))
    files |= {**blobs(other), "index.json": oci(IMAGE, other)["index.json"]}
    run = imgscan(save(tmp_path / "image.tar", as_tar(files)), "-f", "json")
    assert run.report["image"]["references"] == [NAME]
    assert "index-disagrees" in codes(run.report)


@pytest.mark.parametrize("tags", [None, []])
def test_docker_manifests_may_leave_the_tag_out(tags: list[str] | None, tmp_path: Path) -> None:
    files = docker_old(IMAGE)
    files["manifest.json"] = orjson.dumps([{**loads(files["manifest.json"])[0], "RepoTags": tags}])
    run = imgscan(save(tmp_path / "image.tar", as_tar(files)), "-f", "json")
    assert (run.code, run.report["image"]["references"]) == (0, [])


def test_layers_are_told_as_they_are_stored(tmp_path: Path) -> None:
    run = imgscan(save(tmp_path / "image.tar", as_tar(oci(image("zstd")))), "-f", "json")
    for layer in run.report["layers"]:
        assert (layer["media_type"], layer["compression"]) == (LAYER + "+zstd", "zstd")
        assert layer["verified"] == {"digest": True, "diff_id": True}


def test_more_images_than_the_bound_of_reports_are_refused_together_and_read_one_by_one(tmp_path: Path) -> None:
    archive = save(tmp_path / "images.tar", as_tar(oci(IMAGE, image_of(BASE, references=("example.test/other:1",)))))
    bounded = library.ScanOptions(limits=library.Limits(reports=1))

    with pytest.raises(SelectionError, match=r"2 images, more than limits\.reports \(1\)"):
        library.scan_all(archive, bounded)

    assert len(library.scan_all(archive)) == 2
    assert len(library.scan_all(archive, library.ScanOptions(limits=library.Limits(reports=1), image=NAME))) == 1
