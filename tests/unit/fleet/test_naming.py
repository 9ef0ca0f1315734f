from __future__ import annotations

import posixpath
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.fleet.naming import ENDINGS, ending_of, report_stem, source_id

SAFE = re.compile(r"[0-9a-f]{2}/[A-Za-z0-9][A-Za-z0-9._-]*-[0-9a-f]{16}-\d+")


@given(st.text(alphabet=st.characters(), max_size=300), st.integers(0, 10**6))
def test_a_stem_never_leads_out_of_its_folder_whatever_the_source_is_called(source: str, position: int) -> None:
    source = source.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    stem = report_stem(source, position)

    assert SAFE.fullmatch(stem)
    assert posixpath.normpath(stem) == stem
    assert len(stem) < 120


@pytest.mark.parametrize("source", ["../../etc/passwd", "/", "..", "s3://bucket/a/../../x.tar", "a/\x00b", "CON"])
def test_a_name_of_tricks_is_an_ordinary_file(source: str) -> None:
    assert SAFE.fullmatch(report_stem(source, 0))


def test_equal_names_in_other_folders_are_other_files() -> None:
    assert report_stem("a/app.tar", 0) != report_stem("b/app.tar", 0)
    assert report_stem("a/app.tar", 0) != report_stem("a/app.tar", 1)
    assert report_stem("a/app.tar", 0) == report_stem("a/app.tar", 0)


def test_people_see_which_image_a_file_is_about() -> None:
    assert "/app-1.2.tar-" in report_stem("/images/app-1.2.tar", 0)


def test_a_name_that_is_not_utf_8_has_an_id_of_its_own() -> None:
    assert source_id("\udcff.tar") != source_id("\udcfe.tar")


def test_no_two_formats_end_alike() -> None:
    assert len(set(ENDINGS.values())) == len(ENDINGS)
    assert ending_of("own/../format") == "own_.._format"
