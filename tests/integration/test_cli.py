"""The command line: exit codes, formats, what each command says, and that nothing of an image acts on a terminal."""

from __future__ import annotations

import base64
import json
import re
import sys
from pathlib import Path

import orjson
import pytest

from imgscan.analyzers.catalog import RULES
from imgscan.testing import ImageBuilder, TarBuilder
from imgscan.version import __version__

from .made import NET_RAW, PACKS, artifact, as_folder, as_tar, blob, docker_old, image_of, manifest_of, oci, save
from .support import ALPINE, ROOT, child, codes, imgscan

HOLE = 2_000_000
BIG = bytes(range(256)) * 16_000  # four windows

LAYERS = (
    TarBuilder()
    .directory("bin")
    .file("bin/su", b"su", mode=0o4755)
    .file("bin/wall", b"wall", mode=0o2755)
    .file("bin/gone", b"gone", mode=0o4755)
    .file("bin/ping", b"ping", {"security.capability": NET_RAW}, mode=0o755)
    .directory("etc")
    .file("etc/secret", b"first")
    .file("etc/big", BIG)
    .sparse("1.0", "etc/sparse", [(0, b"head"), (HOLE, b"tail")], HOLE + 4)
    .build(),
    TarBuilder()
    .whiteout("bin/gone")
    .file("etc/secret", b"second")
    .hardlink("etc/hard", "etc/secret")
    .symlink("etc/soft", "hard")
    .symlink("run", "/etc")
    .build(),
    TarBuilder().whiteout("etc/secret").directory("etc", mode=0o700).build(),
)
IMAGE = image_of(*LAYERS)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("cli") / "image.tar", as_tar(docker_old(IMAGE)))


@pytest.fixture(scope="module")
def partial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image with one layer missing."""
    files = docker_old(image_of(*LAYERS[:2]))
    del files[next(name for name, content in files.items() if content == LAYERS[1])]
    return save(tmp_path_factory.mktemp("cli") / "partial.tar", as_tar(files))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    image = image_of(TarBuilder().file("app", b"app", mode=0o755).build())
    return save(tmp_path_factory.mktemp("cli") / "clean.tar", as_tar(docker_old(image)))


def with_image(words: list[str], image: Path) -> list[str | Path]:
    """Return a command line with ``image`` for IMAGE."""
    return [image if word == "IMAGE" else word for word in words]


# Exit codes


def test_0_is_read_whole_whatever_was_found(archive: Path, clean: Path) -> None:
    assert imgscan(archive).code == 0
    assert imgscan(clean).code == 0
    assert imgscan(clean, "--fail-on", "info", "-a", "setuid,capabilities,programs").code == 0


@pytest.mark.parametrize(("level", "code"), [("info", 1), ("low", 1), ("medium", 1), ("MEDIUM", 1), ("critical", 0)])
def test_1_is_a_finding_at_or_above_the_level(level: str, code: int, archive: Path) -> None:
    run = imgscan(archive, "--fail-on", level)
    assert run.code == code
    assert run.out  # the report comes all the same


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--no-such-option"],
        ["IMAGE", "-f", "yaml"],
        ["IMAGE", "-f", "text", "-f", "json"],
        ["IMAGE", "-f", "text=a", "-f", "json=b", "-o", "c"],
        ["IMAGE", "-f", "text=a", "-o", "c"],
        ["IMAGE", "-o", "/nowhere/file"],
        ["IMAGE", "-o", "/"],
        ["IMAGE", "-f", "json=/nowhere/file"],
        ["IMAGE", "--fail-on", "awful"],
        ["IMAGE", "--jobs", "x"],
        ["IMAGE", "--jobs", "-1"],
        ["IMAGE", "-a", "nonesuch"],
        ["IMAGE", "--skip", "setuid,nonesuch"],
        ["IMAGE", "--image", "nonesuch"],
        ["IMAGE", "--platform", "plan9/mips"],
        ["ls", "IMAGE", "/nonesuch"],
        ["ls", "IMAGE", "-f", "json"],
        ["cat", "IMAGE"],
        ["cat", "IMAGE", "/nonesuch"],
        ["cat", "IMAGE", "/etc"],
        ["cat", "IMAGE", "/etc/secret", "--layer", "9"],
        ["cat", "IMAGE", "/etc/secret", "--layer", "-1"],
        ["cat", "IMAGE", "/bin/su", "--layer", "1"],
        ["layers"],
    ],
    ids=" ".join,
)
def test_2_is_a_usage_error_told_on_standard_error(words: list[str], archive: Path) -> None:
    run = imgscan(*with_image(words, archive))
    assert (run.code, run.out) == (2, b"")
    assert run.err.splitlines()[-1].startswith(("imgscan: ", "imgscan scan: ", "imgscan cat: ", "  @0  ")) or (
        ": error: " in run.err
    )
    assert "Traceback" not in run.err


def test_3_is_an_image_that_could_not_be_read(tmp_path: Path) -> None:
    assert imgscan(tmp_path / "nothing.tar").code == 3


def test_4_is_an_image_read_in_part(partial: Path) -> None:
    run = imgscan(partial, "-f", "json")
    assert (run.code, codes(run.report)) == (4, ["missing-layer"])
    assert [finding["path"] for finding in run.report["findings"]]
    for words in (["ls", "IMAGE"], ["layers", "IMAGE"], ["cat", "IMAGE", "/bin/su"]):
        run = imgscan(*with_image(words, partial))
        assert run.code == 4
        assert run.out
        assert "has no blob in the archive" in run.err


def test_1_goes_before_4(partial: Path) -> None:
    assert imgscan(partial, "--fail-on", "medium").code == 1
    assert imgscan(partial, "--fail-on", "critical").code == 4


def test_all_images_give_the_gravest_code(tmp_path: Path) -> None:
    files = docker_old(IMAGE, image_of(TarBuilder().file("other").build(), references=("b:1",)))
    archive = save(tmp_path / "two.tar", as_tar(files))
    assert imgscan(archive, "--all-images").code == 0
    assert imgscan(archive, "--all-images", "--fail-on", "medium").code == 1


# Reports and where they go


def test_text_is_the_default_report(archive: Path) -> None:
    run = imgscan(archive)
    assert run.text == imgscan("scan", archive).text == imgscan(archive, "-f", "text").text
    assert "/bin/su" in run.text
    assert "\x1b" not in run.text  # no colour: not a terminal
    assert run.err == ""


def test_verbose_says_more_and_quiet_nothing(archive: Path, tmp_path: Path) -> None:
    brief, verbose = imgscan(archive).text, imgscan(archive, "-v").text
    assert "RUN step 0" in verbose
    assert "RUN step 0" not in brief
    assert "chmod u-s /bin/su" in verbose
    assert imgscan(archive, "-q", "--fail-on", "medium") == (1, b"", "")
    quiet = imgscan(archive, "-q", "-f", f"json={tmp_path / 'report.json'}")
    assert quiet == (0, b"", "")
    assert orjson.loads((tmp_path / "report.json").read_bytes())["findings"]


def test_several_formats_go_to_files_of_their_own(archive: Path, tmp_path: Path) -> None:
    report, text = tmp_path / "report.json", tmp_path / "report.txt"
    run = imgscan(archive, "-f", "text", "-f", f"json={report}")
    assert run.out == imgscan(archive).out
    assert report.read_bytes() == imgscan(archive, "-f", "json").out
    run = imgscan(archive, "-f", f"text={text}", "-f", f"json={report}")
    assert run.out == b""
    assert text.read_bytes() == imgscan(archive).out


@pytest.mark.parametrize("name", ["text", "json"])
def test_o_names_the_file_of_one_report(name: str, archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "report"
    assert imgscan(archive, "-f", name, "-o", target).out == b""
    assert target.read_bytes() == imgscan(archive, "-f", name).out


def test_analyzers_are_chosen_and_left_out(archive: Path) -> None:
    def ran(*words: str) -> list[str]:
        return list(imgscan(archive, "-f", "json", *words).report["tool"]["analyzers"])

    everything = ran()
    assert {"setuid", "capabilities", "programs"} <= set(everything)
    assert ran("-a", "setuid") == ["setuid"]
    assert ran("-a", "capabilities, setuid") == ["setuid", "capabilities"]
    assert ran("--skip", "setuid") == [name for name in everything if name != "setuid"]
    assert ran("-a", "setuid,programs", "--skip", "programs") == ["setuid"]


def test_an_analyzer_left_out_finds_nothing(archive: Path) -> None:
    report = imgscan(archive, "-f", "json", "--skip", "setuid").report
    assert {finding["analyzer"] for finding in report["findings"]} & {"setuid"} == set()
    assert report["inventory"]["setuid"] == []


def test_an_unknown_analyzer_is_answered_with_those_there_are(archive: Path) -> None:
    assert "no analyzer nonesuch; there are: setuid, " in imgscan(archive, "-a", "nonesuch").err


@pytest.mark.parametrize("words", [[], ["-v"], ["-f", "json"], ["-v", "--all-images"]])
def test_two_runs_give_the_same_bytes_with_any_number_of_jobs(words: list[str], archive: Path) -> None:
    outputs = {imgscan(archive, *words, "--jobs", jobs).out for jobs in ("0", "1", "2", "8") for _ in range(2)}
    assert len(outputs) == 1


def test_two_processes_give_the_same_bytes(archive: Path) -> None:
    assert (
        child([archive, "-f", "json"]).out == child([archive, "-f", "json"]).out == imgscan(archive, "-f", "json").out
    )


def test_the_report_says_what_the_image_is(archive: Path) -> None:
    report = imgscan(archive, "-f", "json").report
    image = report["image"]
    assert image["source"] == str(archive)
    assert image["references"] == ["example.test/app:1"]
    assert image["user"] == "app"
    assert image["cmd"] == ["/bin/sh"]
    assert image["platform"] == "linux/amd64"
    assert [layer["created_by"] for layer in report["layers"]] == ["RUN step 0", "RUN step 1", "RUN step 2"]
    assert report["tool"]["version"] == __version__
    assert report["coverage"]["complete"]


# ls


def test_ls_lists_the_merged_filesystem(archive: Path) -> None:
    run = imgscan("ls", archive)
    assert (run.code, run.err.count("\n")) == (0, 0)
    paths = [re.split(r" (?=/)", line)[1].split(" ")[0] for line in run.text.splitlines()]
    assert paths == sorted(paths)
    assert {"/", "/bin/su", "/etc/hard", "/etc/soft", "/run"} <= set(paths)
    assert not {"/bin/gone", "/etc/secret"} & set(paths)
    assert "4755 file     0:0                 2 /bin/su\n" in run.text
    assert "0777 symlink  0:0                 - /etc/soft -> hard\n" in run.text
    assert "/bin/ping  [cap_net_raw=ep]" in run.text
    assert "0700 dir " in run.text


def test_ls_of_a_path_lists_it_and_what_lies_below(archive: Path) -> None:
    below_etc = ["etc", "etc/big", "etc/hard", "etc/soft", "etc/sparse"]
    for path in ("/etc", "etc", "etc/", "/run", "/run/", "/etc/../etc/."):
        assert [row["path"] for row in imgscan("ls", archive, path, "-f", "jsonl").rows] == below_etc
    assert [row["path"] for row in imgscan("ls", archive, "/bin/su", "-f", "jsonl").rows] == ["bin/su"]
    assert imgscan("ls", archive, "/").out == imgscan("ls", archive).out


def test_a_path_is_no_prefix_of_a_name(tmp_path: Path) -> None:
    tar = TarBuilder().file("lib/x").file("lib64/y").file("lib.d/z").build()
    path = save(tmp_path / "rootfs.tar", tar)
    assert [row["path"] for row in imgscan("ls", path, "/lib", "-f", "jsonl").rows] == ["lib", "lib/x"]


def test_ls_of_all_layers_says_what_became_of_each_entry(archive: Path) -> None:
    run = imgscan("ls", archive, "--all-layers", "--digests", "-f", "jsonl")
    states = [(row["path"], row["layer"], row["state"], row["removed_in"]) for row in run.rows]
    assert ("bin/gone", 0, "deleted", 1) in states
    assert ("bin/.wh.gone", 1, "whiteout", None) in states
    assert ("etc/secret", 0, "overwritten", 1) in states
    assert ("etc/secret", 1, "deleted", 2) in states
    assert ("etc", 0, "overwritten", 2) in states
    assert ("etc", 2, "visible", None) in states
    assert ("bin/su", 0, "visible", None) in states
    assert ("etc/hard", 1, "visible", None) in states
    assert states == sorted(states, key=lambda row: row[:2])
    secrets = [row["sha256"] for row in run.rows if row["path"] == "etc/secret"]
    assert len(set(secrets)) == 2
    text = imgscan("ls", archive, "/bin", "--all-layers").text
    assert "/bin/gone  (layer 0, deleted in layer 1)\n" in text
    assert "/etc" not in text


def test_digests_are_told_when_asked_for(archive: Path) -> None:
    assert "sha256" not in imgscan("ls", archive, "-f", "jsonl").by_path["bin/su"]
    rows = imgscan("ls", archive, "-f", "jsonl", "--digests").by_path
    assert all(("sha256" in row) == (row["type"] == "file") for row in rows.values())


# cat


@pytest.mark.parametrize(
    ("words", "content"),
    [
        (["/bin/su"], b"su"),
        (["bin/su"], b"su"),
        (["/etc/hard"], b"second"),
        (["/etc/soft"], b"second"),
        (["/run/soft"], b"second"),
        (["/etc/big"], BIG),
        (["/etc/sparse"], b"head" + bytes(HOLE - 4) + b"tail"),
        (["/bin/gone", "--layer", "0"], b"gone"),
        (["/etc/secret", "--layer", "0"], b"first"),
        (["/etc/secret", "--layer", "1"], b"second"),
        (["/etc/hard", "--layer", "1"], b"second"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.parametrize("pack", ["none", "gzip", "zstd"])
def test_cat_writes_a_files_bytes_from_any_layer(words: list[str], content: bytes, pack: str, tmp_path: Path) -> None:
    image = image_of(*LAYERS, pack=pack)
    path, *more = words
    for source in (
        save(tmp_path / "image.tar", as_tar(docker_old(image))),
        save(tmp_path / "image.tar.gz", PACKS["gzip"](as_tar(oci(image)))),
        as_folder(oci(image), tmp_path / "layout"),
    ):
        run = imgscan("cat", source, path, *more)
        assert (run.code, run.out, run.err) == (0, content, "")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["/bin/gone"], "no such file in the image, layer 1 removed it; layer 0 has it"),
        (["/bin/gone", "--layer", "1"], "no such file in layer 1; layer 0 has it"),
        (["/bin/none"], "no such file in the image"),
        (["/bin/none", "--layer", "1"], "no such file in layer 1"),
    ],
)
def test_cat_names_the_layer_that_has_a_removed_file(archive: Path, words: list[str], why: str) -> None:
    run = imgscan("cat", archive, *words)

    assert (run.code, run.err) == (2, f"imgscan: {words[0]}: {why}\n")


def test_cat_of_a_root_filesystem(tmp_path: Path) -> None:
    (tmp_path / "root" / "etc").mkdir(parents=True)
    (tmp_path / "root" / "etc" / "motd").write_bytes(BIG)
    assert imgscan("cat", tmp_path / "root", "/etc/motd").out == BIG
    tar = TarBuilder().file("etc/motd", BIG).build()
    assert imgscan("cat", save(tmp_path / "rootfs.tar.xz", PACKS["xz"](tar)), "/etc/motd").out == BIG


def test_cat_follows_links_inside_the_image_only(archive: Path, tmp_path: Path) -> None:
    tar = TarBuilder().symlink("passwd", "/etc/passwd").symlink("up", "../../../../etc/passwd").directory("etc").build()
    path = save(tmp_path / "rootfs.tar", tar)
    for name in ("passwd", "up", "../../../etc/passwd"):
        assert imgscan("cat", path, name).code == 2


def test_standard_input_shows_a_file_but_once(archive: Path) -> None:
    run = imgscan("cat", "-", "/bin/su", stdin=archive.read_bytes())
    assert (run.code, run.out) == (3, b"")
    assert "standard input can be read but once" in run.err


# layers


def test_layers_lists_sizes_instructions_and_whether_digests_verify(archive: Path) -> None:
    run = imgscan("layers", archive)
    assert run.code == 0
    assert run.text.count("diff_id sha256:") == run.text.count("  verified\n") == 3
    assert "by      RUN step 2" in run.text
    layers = json.loads(imgscan("layers", archive, "-f", "json").out)
    assert layers == imgscan(archive, "-f", "json").report["layers"]
    assert [layer["entries"] for layer in layers] == [9, 5, 2]


def test_layers_says_what_cannot_be_verified(tmp_path: Path) -> None:
    tar = TarBuilder().file("f").build()
    assert "not verifiable" in imgscan("layers", save(tmp_path / "rootfs.tar", tar)).text


# Help


def test_version_is_told() -> None:
    assert imgscan("--version") == (0, f"imgscan {__version__}\n".encode(), "")
    assert child(["--version"]).text == f"imgscan {__version__}\n"


@pytest.mark.parametrize(
    "words", [["--help"], ["-h"], ["scan", "--help"], ["ls", "-h"], ["cat", "-h"], ["layers", "-h"]]
)
def test_help_is_told_with_the_exit_codes(words: list[str]) -> None:
    run = imgscan(*words)
    assert (run.code, run.err) == (0, "")
    assert "exit codes: 0 read whole, 1 findings" in " ".join(run.text.split())


def test_without_words_the_commands_are_told() -> None:
    run = imgscan()
    assert run.code == 2
    assert "usage: imgscan" in run.err


def test_telling_the_version_loads_nothing_heavy() -> None:
    heavy = ["orjson", "msgspec", "hyperscan", "zstandard", "isal", "tqdm", "magic", "elftools", "concurrent.futures"]
    code = f"import sys; from imgscan.cli.main import main; main(['--version']); print(set({heavy}) & set(sys.modules))"
    done = child([], shell=f'--version; {sys.executable} -c "{code}"')
    assert done.text.splitlines()[-1] == "set()"


# Pipes and full disks


@pytest.mark.parametrize(
    "words",
    [["ls", "IMAGE"], ["ls", "IMAGE", "-f", "jsonl"], ["IMAGE", "-v"], ["IMAGE", "-f", "json"], ["layers", "IMAGE"]],
)
def test_a_reader_that_goes_away_is_no_fault(words: list[str]) -> None:
    run = child(with_image(words, ALPINE), shell="| head -n 1; exit 0")
    assert run.text.count("\n") == 1
    assert run.err == ""


def test_cat_into_a_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    tar = TarBuilder().file("zeros", bytes(5_000_000)).build()
    path = save(tmp_path / "rootfs.tar", tar)
    run = child(["cat", path, "zeros"], shell="| head -c 10; exit 0")
    assert (run.out, run.err) == (bytes(10), "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("words", [["ls", "IMAGE"], ["IMAGE", "-f", "json"], ["IMAGE"]])
def test_a_full_disk_is_told_in_one_line(words: list[str]) -> None:
    run = child(with_image(words, ALPINE), shell="> /dev/full")
    assert (run.code, run.err) == (2, "imgscan: standard output cannot be written (No space left on device)\n")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_change_no_exit_code(closed: str) -> None:
    assert child([ALPINE], shell=closed).code == 0
    assert child(["/nowhere"], shell=closed).code == 3


# Names that would act on a terminal

NASTY = [
    "esc\x1b[2Jape",
    "new\nline",
    "carriage\rreturn",
    "bell\x07",
    "c1\x9b31m",
    "bidi\u202egnp.exe",
    "zero\u200bwidth",
    "line\u2028separator",
]
RAW = [b"latin-\xe9", b"cut-\xe2\x82", b"csi-\x9b31m"]
NAMES = [*map(str.encode, NASTY), *RAW]
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image in which every text that its maker chooses is hostile."""
    worst = "".join(NASTY)
    tar = TarBuilder()
    for name in NAMES:
        tar.file(name, b"x", mode=0o4755).symlink(b"to-" + name, name)
        tar.file(b"caps-" + name, b"", {f"user.{worst}": b"x", "security.capability": NET_RAW})
        tar.hardlink(b"hard-" + name, b"nowhere-" + name)
        tar.file(b"bin/" + name + b"/sh", b"\x7fELF", mode=0o755).file(b"../../" + name)
    image = ImageBuilder(
        references=(f"example.test/{worst}:1", worst),
        platform=f"linux/{worst}",
        settings={"User": worst, "Cmd": [worst], "Labels": {worst: worst}, "ExposedPorts": {worst: {}}, "Env": [worst]},
        extra={"created": worst, "variant": worst},
    )
    image.layer(tar, created_by=worst).layer(TarBuilder().whiteout(NASTY[0]), created_by=worst, media_type=worst)
    files = oci(image)
    files |= artifact(b"{}", worst, worst)[1]
    return save(tmp_path_factory.mktemp("nasty") / "image.tar", as_tar(files))


@pytest.mark.parametrize(
    "words",
    [
        ["scan", "IMAGE"],
        ["scan", "IMAGE", "-v"],
        ["scan", "IMAGE", "-f", "json"],
        ["scan", "IMAGE", "--all-images", "-f", "json"],
        ["ls", "IMAGE"],
        ["ls", "IMAGE", "-f", "jsonl"],
        ["ls", "IMAGE", "--all-layers"],
        ["ls", "IMAGE", "--all-layers", "-f", "jsonl"],
        ["layers", "IMAGE"],
        ["layers", "IMAGE", "-f", "json"],
        ["scan", "IMAGE", "--image", "nonesuch"],
        ["scan", "IMAGE", "--platform", "x/y"],
    ],
    ids=" ".join,
)
def test_no_name_of_an_image_acts_on_a_terminal(words: list[str], nasty: Path) -> None:
    run = imgscan(*with_image(words, nasty))
    assert run.code in (2, 4)  # hardlinks to nowhere are told
    assert "Traceback" not in run.err
    assert UNSAFE.findall(run.text) == []
    assert UNSAFE.findall(run.err) == []
    assert r"\x1b[2J" in run.text + run.err or r"\u001b[2J" in run.text


def test_a_refusal_shows_no_name_raw(tmp_path: Path) -> None:
    folder = as_folder(oci(IMAGE), tmp_path / "esc\x1b[31m\nape")
    (folder / blob(manifest_of(IMAGE))).unlink()
    for run in (imgscan(folder), imgscan(tmp_path / "no\x1bwhere"), imgscan("cat", folder.parent, "/x\x1b[31m")):
        assert run.code in (2, 3)
        assert len(run.err.splitlines()) == 1
        assert UNSAFE.findall(run.err.rstrip("\n")) == []


def test_json_lines_carry_every_byte_of_a_name(tmp_path: Path) -> None:
    tar = TarBuilder()
    for name in NAMES:
        tar.file(name).symlink(b"to-" + name, name)
    rows = imgscan("ls", save(tmp_path / "rootfs.tar", tar.build()), "-f", "jsonl").by_path
    assert set(NASTY) <= rows.keys()
    for name in RAW:
        row = rows[name.decode("utf-8", "surrogateescape")]
        assert base64.b64decode(row["path_bytes"]) == name
        assert rows["to-" + row["path"]]["linkname"].encode("utf-8", "surrogateescape") == name
    assert all("path_bytes" not in rows[name] for name in NASTY)


def test_distinct_names_stay_distinct(tmp_path: Path) -> None:
    names = ["a", "A", "caf\u00e9", "cafe\u0301", "a ", " a", "a\n", "..."]
    tar = TarBuilder()
    for name in names:
        tar.file(name)
    rows = imgscan("ls", save(tmp_path / "rootfs.tar", tar.build()), "-f", "jsonl").by_path
    assert rows.keys() == {".", *names}


# The sample image of the README


def test_the_sample_image_gives_its_report() -> None:
    run = imgscan(ALPINE, "-f", "json")
    report = run.report
    assert (run.code, report["problems"]) == (0, [])
    assert [item["path"] for item in report["inventory"]["shells"]] == ["/bin/busybox"]
    assert [item["path"] for item in report["inventory"]["package_managers"]] == ["/sbin/apk"]
    assert "wget" in report["inventory"]["network_tools"][0]["applets"]
    assert report["inventory"]["setuid"] == []
    assert all(layer["verified"]["diff_id"] for layer in report["layers"])


def test_the_sample_image_stands_where_the_readme_says() -> None:
    readme = (ROOT / "README.md").read_text()
    assert str(ALPINE.relative_to(ROOT)) in readme or len(readme) < 100


def test_explain_says_what_a_rule_means_and_what_to_do() -> None:
    done = imgscan("explain", "setuid.suid-file")

    assert done.code == 0
    assert done.out.startswith(b"setuid.suid-file: a file runs with its owner's rights (SUID)\n")
    assert b"CIS Docker 4.8" in done.out
    assert b"\nremedy:\n  RUN find / -xdev" in done.out


def test_explain_lists_the_rules_of_an_analyzer_or_all() -> None:
    one, every = imgscan("explain", "elf"), imgscan("explain")

    assert one.out.rpartition(b"\n\n")[2] in every.out
    assert b"\n\nelf.insecure-rpath " in one.out
    assert b"secrets.*" in every.out


def test_explain_knows_the_rules_on_secrets() -> None:
    done = imgscan("explain", "secrets.github.personal-token")

    assert done.code == 0
    assert b"CIS Docker 4.10" in done.out


def test_every_control_that_a_rule_names_can_be_explained() -> None:
    controls = {control for rule in RULES.values() for control in rule.controls}

    assert len(controls) > 10
    assert [control for control in sorted(controls) if imgscan("explain", control).code] == []


def test_explain_of_an_unknown_rule_names_those_that_look_like_it() -> None:
    done = imgscan("explain", "setuid.siud-file")

    assert done.code == 2
    assert "did you mean setuid.suid-file" in done.err


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("4.8", ("Setuid and setgid", "CIS Docker 1.6.0", "FAIL: one is dangerous", "setuid.suid-file")),
        ("no-shell", ("imgscan hardening checklist", "PASS: no shell can be run")),
    ],
)
def test_explain_says_what_gives_a_control_its_status(name: str, told: tuple[str, ...]) -> None:
    run = imgscan("explain", name)

    assert run.code == 0
    assert all(text in run.text for text in told)


def test_explain_names_controls_that_look_like_an_unknown_one() -> None:
    run = imgscan("explain", "no-shel")

    assert run.code == 2
    assert "no-shell" in run.err
