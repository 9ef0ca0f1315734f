from __future__ import annotations

import json
from pathlib import Path

import pytest

from imgscan.cli.elf import report_on, run_elf, text_lines
from imgscan.errors import ElfError, UsageError
from imgscan.image import open_image
from imgscan.model.options import ScanOptions
from imgscan.system.elf.observer import ElfContents
from imgscan.testing import ImageBuilder
from imgscan.testing.elf import elf, program
from tests.unit.cli.support import parsed

LIBC = elf(soname="libc.so.6")
LOADER = elf(soname="ld-linux-x86-64.so.2")
FILES = {
    "usr/bin/app": (0o755, program(needed=("libc.so.6", "libgone.so.1", "libmid.so"))),
    "usr/lib/libc.so.6": (0o755, LIBC),
    "usr/lib/libmid.so": (0o755, elf(needed=("libdeep.so",), soname="libmid.so")),
    "lib64/ld-linux-x86-64.so.2": (0o755, LOADER),
    "etc/passwd": (0o644, b"root:x:0:0::/:/bin/sh\n"),
    "usr/bin/hostile": (0o755, b"\x7fELF" + b"\xff" * 60),
    "usr/bin/cut": (0o755, program(exports=("a\x1b[31m",), sections=False)[:700]),
}


@pytest.fixture
def path(tmp_path: Path) -> str:
    target = tmp_path / "image.tar"
    target.write_bytes(ImageBuilder().layer(FILES).docker_archive())
    return str(target)


def test_libraries_are_where_the_loader_of_the_image_finds_them(path: str) -> None:
    with open_image(path, ScanOptions(), None, (ElfContents(),)) as image:
        report = report_on(image.filesystem(), "/usr/bin/app")

    places = {item.name: item.path for item in report.libraries}
    assert places["libc.so.6"] == "/usr/lib/libc.so.6"
    assert places["libgone.so.1"] is None
    assert [item.through for item in report.libraries if item.name == "libdeep.so"] == ["/usr/lib/libmid.so"]


def test_libraries_of_libraries_are_listed_once_and_circles_end(path: str) -> None:
    files = {
        "usr/bin/app": (0o755, program(needed=("liba.so", "libb.so"))),
        "usr/lib/liba.so": (0o755, elf(needed=("libb.so", "libc.so.6", "liba.so"), soname="liba.so")),
        "usr/lib/libb.so": (0o755, elf(needed=("liba.so", "libc.so.6"), soname="libb.so")),
        "usr/lib/libc.so.6": (0o755, LIBC),
    }
    Path(path).write_bytes(ImageBuilder().layer(files).docker_archive())
    with open_image(path, ScanOptions(), None, (ElfContents(),)) as image:
        report = report_on(image.filesystem(), "usr/bin/app")

    assert [(item.name, item.path, item.through) for item in report.libraries] == [
        ("liba.so", "/usr/lib/liba.so", None),
        ("libb.so", "/usr/lib/libb.so", None),
        ("libc.so.6", "/usr/lib/libc.so.6", "/usr/lib/liba.so"),
    ]


def test_text_has_the_parts_and_json_is_a_document(path: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run_elf(parsed("elf", path, "usr/bin/app")) == 0
    text = capfdbinary.readouterr().out.decode()
    for heading in ("HARDENING", "LIBRARIES", "SEGMENTS", "DYNAMIC SECTION", "IMPORTED SYMBOLS", "NOTES"):
        assert f"\n{heading}\n" in text
    assert "SECTIONS" not in text

    assert run_elf(parsed("elf", path, "usr/bin/app", "-f", "json")) == 0
    document = json.loads(capfdbinary.readouterr().out)
    assert document["schema"] == "imgscan.elf/1"
    assert document["path"] == "/usr/bin/app"
    assert {line["name"] for line in document["hardening"]} >= {"PIE", "NX", "RELRO"}


def test_verbose_shows_all_symbols_and_the_sections(path: str) -> None:
    many = ImageBuilder().layer({"lib.so": (0o755, elf(exports=tuple(f"name{n}" for n in range(100))))})
    Path(path).write_bytes(many.docker_archive())
    with open_image(path, ScanOptions(), None, (ElfContents(),)) as image:
        report = report_on(image.filesystem(), "lib.so")

    short, long = list(text_lines(report, False)), list(text_lines(report, True))
    assert any("76 lines more (-v)" in line for line in short)
    assert not any("more (-v)" in line for line in long)
    assert sum("name" in line for line in long) == 100
    assert "SECTIONS" in long


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("etc/passwd", UsageError, "/etc/passwd: not an ELF file"),
        ("usr/bin", UsageError, "a dir, not a file"),
        ("nothing", UsageError, "no such file in the image"),
        ("usr/bin/hostile", ElfError, "ELF"),
    ],
)
def test_what_cannot_be_shown_is_a_clear_error(path: str, name: str, error: type[Exception], words: str) -> None:
    with open_image(path, ScanOptions(), None, (ElfContents(),)) as image, pytest.raises(error, match=words):
        report_on(image.filesystem(), name)


def test_a_damaged_file_is_shown_as_far_as_it_goes(path: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run_elf(parsed("elf", path, "usr/bin/cut")) == 4

    text = capfdbinary.readouterr().out
    assert b"malformed: " in text or b"not read to the end: " in text
    assert b"\x1b" not in text
