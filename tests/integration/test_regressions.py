"""What made other scanners fail (FACTS 5.1, by its numbers), end to end; number 1 is all of test_sources.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imgscan.testing import TarBuilder

from .made import as_tar, docker_old, image_of, loads, oci, save
from .support import Row, codes, imgscan, problems


def written(tmp_path: Path, *layers: TarBuilder) -> Path:
    """Write an image of these layers and return where it is."""
    return save(tmp_path / "image.tar", as_tar(docker_old(image_of(*(layer.build() for layer in layers)))))


def listing(path: Path) -> dict[str, Row]:
    return imgscan("ls", path, "-f", "jsonl", "--digests").by_path


def entries(path: Path) -> list[tuple[str, int, str, int | None]]:
    rows = imgscan("ls", path, "-f", "jsonl", "--all-layers").rows
    return [(row["path"], row["layer"], row["state"], row["removed_in"]) for row in rows]


def findings(path: Path, analyzer: str = "setuid") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = imgscan(path, "-f", "json", "-a", analyzer).report["findings"]
    return found


# 3. The same path, two different tokens in two layers.


def test_3_both_contents_of_one_path_are_listed_and_can_be_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        TarBuilder().file("root/.token", b"token-of-the-first-layer"),
        TarBuilder().file("root/.token", b"token-of-the-second-layer"),
    )
    assert [row for row in entries(path) if row[0] == "root/.token"] == [
        ("root/.token", 0, "overwritten", 1),
        ("root/.token", 1, "visible", None),
    ]
    assert imgscan("cat", path, "/root/.token").out == b"token-of-the-second-layer"
    assert imgscan("cat", path, "/root/.token", "--layer", "0").out == b"token-of-the-first-layer"


def test_3_a_deleted_content_is_still_listed_and_can_be_read(tmp_path: Path) -> None:
    path = written(tmp_path, TarBuilder().file("root/.token", b"token"), TarBuilder().whiteout("root/.token"))
    assert "root/.token" not in listing(path)
    assert ("root/.token", 0, "deleted", 1) in entries(path)
    assert imgscan("cat", path, "/root/.token", "--layer", "0").out == b"token"


# 8. Whiteouts of every kind.


def test_8_an_opaque_folder_does_not_reach_through_a_lower_symlink(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        TarBuilder().directory("target").file("target/keep.conf", b"keep").symlink("link", "/target"),
        TarBuilder().directory("link").opaque("link").file("link/new.conf", b"new"),
    )
    rows = listing(path)
    assert "target/keep.conf" in rows
    assert rows["link"]["type"] == "dir"
    assert [name for name in rows if name.startswith("link/")] == ["link/new.conf"]


def test_8_an_opaque_marker_alone_does_not_reach_through_a_lower_symlink_either(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        TarBuilder().directory("target").file("target/keep.conf", b"keep").symlink("link", "/target"),
        TarBuilder().opaque("link"),
    )
    assert "target/keep.conf" in listing(path)


def test_8_a_folder_replaced_by_a_symlink_loses_its_children(tmp_path: Path) -> None:
    first = TarBuilder().directory("opt/app").file("opt/app/old", b"old").directory("usr/share/app")
    path = written(tmp_path, first, TarBuilder().symlink("opt/app", "/usr/share/app"))
    rows = listing(path)
    assert rows["opt/app"]["type"] == "symlink"
    assert "opt/app/old" not in rows
    assert ("opt/app/old", 0, "deleted", 1) in entries(path)


def test_8_a_folder_replaced_by_a_file_loses_its_children(tmp_path: Path) -> None:
    path = written(tmp_path, TarBuilder().file("a/b/c", b"old"), TarBuilder().file("a", b"now a file"))
    assert sorted(listing(path)) == [".", "a"]


@pytest.mark.parametrize("name", [".wh.", ".wh..", ".wh..."])
def test_8_a_whiteout_of_nothing_deletes_nothing(name: str, tmp_path: Path) -> None:
    first = TarBuilder().file("etc/passwd", b"root").file("etc/group", b"root").file("bin/sh", b"sh")
    path = written(tmp_path, first, TarBuilder().file(f"etc/{name}"))
    rows = listing_of_a_faulty(path)
    assert {"etc/passwd", "etc/group", "bin/sh"} <= rows
    report = imgscan(path, "-f", "json").report
    assert codes(report) == ["invalid-whiteout"]
    assert report["problems"][0]["path"] == f"/etc/{name}"


def listing_of_a_faulty(path: Path) -> set[str]:
    run = imgscan("ls", path, "-f", "jsonl")
    assert run.code == 4
    return set(run.by_path)


def test_8_a_name_that_only_begins_like_an_opaque_marker_deletes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, TarBuilder().file("etc/passwd", b"root"), TarBuilder().file("etc/.wh..wh..opqX"))
    assert sorted(listing(path)) == [".", "etc", "etc/passwd"]
    assert codes(imgscan(path, "-f", "json").report) == ["whiteout-metadata"]


def test_8_a_whiteout_of_a_hidden_folder_is_a_whiteout(tmp_path: Path) -> None:
    first = TarBuilder().directory("root/.ssh").file("root/.ssh/id_rsa", b"key").file("root/.sshrc", b"rc")
    path = written(tmp_path, first, TarBuilder().file("root/.wh..ssh"))
    assert sorted(listing(path)) == [".", "root", "root/.sshrc"]
    assert ("root/.ssh/id_rsa", 0, "deleted", 1) in entries(path)


# 9. A hardlink to a file that is deleted later.


def test_9_a_hardlink_keeps_content_and_mode_of_a_file_deleted_later(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        TarBuilder().file("bin/su", b"content of su", mode=0o4755).hardlink("bin/copy", "bin/su", mode=0o4755),
        TarBuilder().whiteout("bin/su"),
    )
    rows = listing(path)
    assert "bin/su" not in rows
    assert (rows["bin/copy"]["type"], rows["bin/copy"]["size"], rows["bin/copy"]["mode"]) == ("file", 13, "4755")
    assert "nlink" not in rows["bin/copy"]
    assert imgscan("cat", path, "/bin/copy").out == b"content of su"
    assert [(item["path"], item["state"]) for item in findings(path)] == [("/bin/copy", "visible")]


def test_9_a_hardlink_keeps_the_content_of_a_file_replaced_later(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        TarBuilder().file("a", b"old").hardlink("b", "a"),
        TarBuilder().file("a", b"new content"),
    )
    assert imgscan("cat", path, "b").out == b"old"
    assert (listing(path)["a"]["size"], listing(path)["b"]["size"]) == (11, 3)


# 10. SUID that a later layer takes away.


def test_10_suid_removed_by_a_later_chmod_is_no_visible_finding(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        TarBuilder().file("bin/su", b"su", mode=0o4755).file("bin/mount", b"mount", mode=0o4755),
        TarBuilder().file("bin/su", b"su", mode=0o755),
        TarBuilder().whiteout("bin/mount"),
    )
    assert [(item["path"], item["state"], item["removed_in"]["index"]) for item in findings(path)] == [
        ("/bin/mount", "deleted", 2),
        ("/bin/su", "overwritten", 1),
    ]
    assert all(item["severity"] == "INFO" and item["remediation"] == "" for item in findings(path))
    assert imgscan(path, "-f", "json").report["inventory"]["setuid"] == []


def test_10_suid_given_by_a_later_chmod_is_found_where_it_was_given(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        TarBuilder().file("usr/bin/python3", b"python", mode=0o755),
        TarBuilder().file("usr/bin/python3", b"python", mode=0o4755),
    )
    (finding,) = findings(path)
    assert (finding["state"], finding["layer"]["index"]) == ("visible", 1)
    assert finding["layer"]["created_by"] == "RUN step 1"
    assert finding["remediation"] == "RUN chmod u-s /usr/bin/python3"


def test_10_modes_are_written_as_an_auditor_writes_them(tmp_path: Path) -> None:
    tar = TarBuilder().file("a", mode=0o4755).file("b", mode=0o2711).file("c", mode=0o6755).directory("d", mode=0o1777)
    path = written(tmp_path, tar)
    assert {name: row["mode"] for name, row in listing(path).items() if name != "."} == {
        "a": "4755",
        "b": "2711",
        "c": "6755",
        "d": "1777",
    }
    assert [(item["path"], item["evidence"]["mode"]) for item in findings(path)] == [
        ("/a", "4755"),  # the gravest first: SGID alone is the least
        ("/c", "6755"),
        ("/b", "2711"),
    ]


# 11. File capabilities, revisions 2 and 3.

V2 = bytes.fromhex("0100000200200000000000000000000000000000")  # cap_net_raw=ep
V3 = bytes.fromhex("0100000380000000000000000000000000000000a0860100")  # cap_setuid=ep, rootid 100000


@pytest.mark.parametrize("key", ["SCHILY.xattr.security.capability", "LIBARCHIVE.xattr.security.capability"])
def test_11_capabilities_are_decoded_from_either_kind_of_record(key: str, tmp_path: Path) -> None:
    import base64

    raw = [V2, V3] if key.startswith("SCHILY") else [base64.b64encode(value).rstrip(b"=") for value in (V2, V3)]
    tar = TarBuilder().pax({key: raw[0]}).file("bin/ping", b"ping", mode=0o755)
    path = written(tmp_path, tar.pax({key: raw[1]}).file("bin/newuidmap", b"map", mode=0o755))
    rows = listing(path)
    assert rows["bin/ping"]["xattrs"] == {"security.capability": V2.hex()}
    assert rows["bin/ping"]["capabilities"] == "cap_net_raw=ep"
    items = {item["path"]: item for item in imgscan(path, "-f", "json").report["inventory"]["capabilities"]}
    assert (items["/bin/ping"]["revision"], items["/bin/ping"]["permitted"]) == (2, ["cap_net_raw"])
    assert (items["/bin/newuidmap"]["revision"], items["/bin/newuidmap"]["rootid"]) == (3, 100_000)
    severities = {item["path"]: item["severity"] for item in findings(path, "capabilities")}
    assert severities["/bin/newuidmap"] != severities["/bin/ping"]  # cap_setuid amounts to root


def test_11_a_file_replaced_without_attributes_drops_its_capabilities(tmp_path: Path) -> None:
    first = TarBuilder().file("bin/ping", b"ping", {"security.capability": V2}, mode=0o755)
    path = written(tmp_path, first, TarBuilder().file("bin/ping", b"ping", mode=0o755))
    assert "xattrs" not in listing(path)["bin/ping"]
    assert imgscan(path, "-f", "json").report["inventory"]["capabilities"] == []
    assert [item["state"] for item in findings(path, "capabilities")] == ["overwritten"]


# 13. A wrong diff_id, a wrong blob digest, a missing blob, a truncated tar: never silent (each alone: test_broken.py).


def test_13_a_tampered_layer_is_never_silent(tmp_path: Path) -> None:
    honest = TarBuilder().file("etc/motd", b"welcome").build()
    tampered = TarBuilder().file("etc/motd", b"w3lcome").build()
    for form in (docker_old, oci):
        files = form(image_of(honest))
        name = next(name for name, content in files.items() if content == honest)
        for content in (tampered, honest[:-2000], honest[:100], b""):
            files[name] = content
            run = imgscan(save(tmp_path / "image.tar", as_tar(files)), "-f", "json")
            assert run.code == 4
            assert problems(run.report)
            assert run.report["layers"][0]["verified"]["diff_id"] is not True
        del files[name]
        assert imgscan(save(tmp_path / "image.tar", as_tar(files))).code == 4


# 14. Names: escape sequences, newlines, climbing out, absolute (never raw: test_cli.py).


def test_14_names_are_taken_inside_the_image(tmp_path: Path) -> None:
    tar = TarBuilder().file("../../etc/escape.conf", b"x", mode=0o4755).file("/abs/olute", b"y").file("./dot", b"z")
    path = written(tmp_path, tar.file("esc\x1b[31m", mode=0o4755).file("new\nline", mode=0o4755))
    assert {"etc/escape.conf", "abs/olute", "dot", "esc\x1b[31m", "new\nline"} <= listing(path).keys()
    assert [item["path"] for item in findings(path)] == ["/esc\\x1b[31m", "/etc/escape.conf", "/new\\x0aline"]
    assert b"\x1b" not in imgscan(path).out
    assert "path-escapes" in codes(imgscan(path, "-f", "json").report)


def test_14_a_whiteout_reaches_nothing_outside_what_its_cleaned_name_says(tmp_path: Path) -> None:
    first = TarBuilder().file("etc/passwd", b"root").file("etc/keep", b"keep")
    path = written(tmp_path, first, TarBuilder().file("../../etc/.wh.passwd").file("/x/../etc/.wh.other"))
    assert sorted(name for name in listing(path) if name.startswith("etc")) == ["etc", "etc/keep"]


# 16. Two images that share layers.


def test_16_two_images_that_share_layers_inherit_nothing_from_each_other(tmp_path: Path) -> None:
    shared = TarBuilder().file("bin/su", b"su", mode=0o4755).build()
    one = image_of(shared, references=("example.test/one:1",))
    two = image_of(shared, TarBuilder().whiteout("bin/su").build(), references=("example.test/two:1",))
    two.history[0]["created_by"] = "ADD another-base"
    path = save(tmp_path / "two.tar", as_tar(docker_old(one, two)))
    first, second = imgscan(path, "--all-images", "-f", "json").report["reports"]
    assert [(item["state"], item["layer"]["created_by"]) for item in first["findings"]] == [("visible", "RUN step 0")]
    assert [(item["state"], item["layer"]["created_by"]) for item in second["findings"]] == [
        ("deleted", "ADD another-base")
    ]
    assert first["findings"][0]["fingerprint"] == second["findings"][0]["fingerprint"]


# 4 in passing: an image without history is read all the same.


@pytest.mark.parametrize("history", [None, [], [{}]])
def test_4_without_history_layers_have_no_instruction(history: Any, tmp_path: Path) -> None:
    image = image_of(TarBuilder().file("bin/su", mode=0o4755).build(), TarBuilder().file("x").build())
    image.extra["history"] = history
    assert loads(image.config())["history"] == history
    report = imgscan(save(tmp_path / "image.tar", as_tar(docker_old(image))), "-f", "json").report
    assert [layer["created_by"] for layer in report["layers"]] == [None, None]
    assert report["findings"][0]["layer"]["created_by"] is None
