from __future__ import annotations

from pathlib import Path

import pytest

from imgscan.cli.writing import outputs_of, style_of, write_all
from imgscan.errors import UsageError

from .support import parsed


def outputs(*words: str) -> list[tuple[str, str | None]]:
    arguments = parsed("scan", "image.tar", *words)
    return outputs_of(arguments, arguments.format, str, ("image.tar",))


def test_text_to_standard_output_is_the_default() -> None:
    assert outputs() == [("text", None)]


def test_each_format_has_its_file() -> None:
    assert outputs("-f", "json=a", "-f", "text") == [("json", "a"), ("text", None)]
    assert outputs("-f", "json", "-o", "a") == [("json", "a")]
    assert outputs("-f", "json=a", "-f", "text", "-q") == [("json", "a")]


@pytest.mark.parametrize(
    "words",
    [
        ("-f", "json", "-f", "text"),
        ("-f", "json=a", "-f", "text=a"),
        ("-f", "json=image.tar"),
        ("-f", "json=a", "-o", "b"),
    ],
)
def test_outputs_that_contradict_are_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        outputs(*words)


def test_files_are_written_all_or_none(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")

    with pytest.raises(UsageError, match="cannot be written"):
        write_all([(b"new", str(tmp_path / "a")), (b"x", str(tmp_path / "no/b"))])

    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_file_has_no_colours() -> None:
    assert not style_of(parsed("scan", "x"), "file").color
