"""Commands to CI agents in names, labels and history of an image: shown, and obeyed by none."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from imgscan.testing import ImageBuilder, TarBuilder, program

from .made import as_tar, docker_old, image_of, save
from .support import imgscan

COMMANDS = ("::warning::x", "##vso[task.complete]", "##teamcity[x]", "##[error]x", "section_start:1:x")
_OBEYED = re.compile(r"^\s*::[a-z]|##(vso|teamcity)?\[|section_(start|end):", re.MULTILINE)


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Two images, and both in one archive."""
    folder = tmp_path_factory.mktemp("agents")
    tar = TarBuilder()
    for word in COMMANDS:
        tar.file(f"{word}/{word}", b"\x7fELF", mode=0o4755)
        tar.symlink(f"{word}.link", word * 900)  # too long: a problem that names it
    settings = {
        "Labels": {word: word for word in COMMANDS},
        "Env": [f"{word}=password" for word in COMMANDS],
        "Entrypoint": list(COMMANDS),
        "User": COMMANDS[0],
    }
    hostile = ImageBuilder(settings=settings, references=tuple(f"{word}/a:1" for word in COMMANDS))
    hostile.layer(tar, created_by="".join(f"{word} RUN {word}\n" * 20 for word in COMMANDS))
    plain = image_of(TarBuilder().file("app", b"").build(), references=("plain:1",))
    return (
        save(folder / "hostile.tar", as_tar(docker_old(hostile))),
        save(folder / "plain.tar", as_tar(docker_old(plain))),
        save(folder / "both.tar", as_tar(docker_old(hostile, plain))),
    )


@pytest.mark.parametrize(
    "words",
    [
        ["HOSTILE"],
        ["HOSTILE", "-v"],
        ["HOSTILE", "-f", "markdown"],
        ["layers", "HOSTILE"],
        ["ls", "HOSTILE"],
        ["ls", "HOSTILE", "--all-layers"],
        ["diff", "PLAIN", "HOSTILE", "-v"],
        ["diff", "PLAIN", "HOSTILE", "-f", "markdown"],
        ["harden", "HOSTILE"],
        ["BOTH"],
        ["BOTH", "--image", "##vso[x]"],
        ["cat", "HOSTILE", "##vso[task.complete]"],
        ["HOSTILE", "--skip", "##vso[x]"],
        ["explain", "##vso[x]"],
        ["##vso[x]"],
        ["HOSTILE", "--config", "##vso[x]"],
        ["HOSTILE", "-f", "json=none/##vso[x]/file"],
        ["--##vso[x]"],
    ],
)
def test_no_output_for_people_has_a_command(words: list[str], archives: tuple[Path, Path, Path]) -> None:
    named = dict(zip(("HOSTILE", "PLAIN", "BOTH"), archives, strict=True))

    run = imgscan(*(named.get(word, word) for word in words))

    assert run.out or run.err
    assert _OBEYED.findall(run.text + "\n" + run.err) == []


@pytest.mark.parametrize("word", COMMANDS)
def test_what_a_program_says_of_itself_has_none(word: str, tmp_path: Path) -> None:
    lines = f"x\n{word}"
    content = program(needed=(word, lines), soname=lines, rpath=lines, interpreter=lines, imports=(word, lines))
    image = image_of(TarBuilder().file(f"{word}/{lines}", content, mode=0o755).build())
    path = save(tmp_path / "image.tar", as_tar(docker_old(image)))

    run = imgscan("elf", path, f"/{word}/{lines}", "-v")

    assert run.code == 0, run.err
    assert _OBEYED.findall(run.text + "\n" + run.err) == []


def test_what_advisories_say_has_none(archives: tuple[Path, Path, Path], tmp_path: Path) -> None:
    package = {"ecosystem": "PyPI", "name": COMMANDS[1]}
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": f"\n{COMMANDS[0]}"}]}]
    said = "\n".join(COMMANDS)
    record = {"id": "CVE-2026-1", "modified": said, "summary": said, "aliases": list(COMMANDS)}
    folder = tmp_path / "##vso[x]"
    folder.mkdir()
    (folder / "good.json").write_text(json.dumps({**record, "affected": [{"package": package, "ranges": ranges}]}))
    (folder / "bad").write_text('{"id": {}}')
    database = str(tmp_path / "advisories.db")

    runs = [
        imgscan("db", "import", "--db", database, folder / "good.json"),
        imgscan("db", "info", "--db", database),
        imgscan("explain", "CVE-2026-1", "--db", database),
        imgscan(archives[0], "--db", database, "-v"),
        imgscan("db", "import", "--db", database, folder / "bad"),
        imgscan("trust", archives[0]),
        imgscan("checks"),
    ]

    assert [run.code for run in runs] == [0, 0, 0, 4, 2, 4, 0]  # the image has names that are too long
    assert [_OBEYED.findall(run.text + "\n" + run.err) for run in runs] == [[]] * len(runs)


def test_programs_read_names_as_they_are(archives: tuple[Path, Path, Path]) -> None:
    listed = {row["path"] for row in imgscan("ls", archives[0], "-f", "jsonl").rows}
    report = imgscan(archives[0], "-f", "json").report

    assert {f"{word}/{word}" for word in COMMANDS} <= listed
    assert set(report["image"]["labels"]) == set(COMMANDS)
    assert {f"/{word}/{word}" for word in COMMANDS} <= {item["path"] for item in report["inventory"]["setuid"]}
