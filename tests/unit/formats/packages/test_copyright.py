"""Licences in the copyright files of Debian packages."""

from __future__ import annotations

import pytest

from imgscan.formats.packages.copyright import parse_copyright
from imgscan.formats.packages.licenses import licenses_in_text, spdx_name

DEP5 = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
FILES = "Files: {}\nCopyright: 2020 Somebody\nLicense: {}\n The text.\n\n"


@pytest.mark.parametrize(
    ("field", "expression"),
    [
        ("GPL-2+", "GPL-2.0-or-later"),
        ("GPL-3", "GPL-3.0-only"),
        ("LGPL-2.1+ and Expat", "LGPL-2.1-or-later AND MIT"),
        ("Artistic or GPL-1+", "Artistic-1.0-Perl OR GPL-1.0-or-later"),
        ("BSD-3-clause", "BSD-3-Clause"),
        ("public-domain", "public-domain"),
    ],
)
def test_a_short_name_is_an_spdx_expression(field: str, expression: str) -> None:
    assert parse_copyright((DEP5 + FILES.format("*", field)).encode()) == expression


def test_licences_of_several_files_are_all_of_them() -> None:
    text = DEP5 + FILES.format("*", "GPL-2+") + FILES.format("debian/*", "Expat or ISC") + "License: GPL-2+\n Text.\n"

    assert parse_copyright(text.encode()) == "GPL-2.0-or-later AND (MIT OR ISC)"


@pytest.mark.parametrize(
    "fields",
    [
        "FILES: *\nLICENSE: Expat\n",  # in any case
        "Files: *\nLicense: Expat\nLicense: ISC\n",  # of one that stands twice the first
        "Files: *\nLicense: Expat\n License: ISC\n",  # behind a blank it goes on
        "License: Expat\nFiles: *\n\nLicense: ISC\n Text.\n",  # the text of a licence alone
        "Files: *\r\nLicense: Expat\r\n\r\nLicense: ISC\r\n",
    ],
)
def test_a_paragraph_on_files_names_one_licence(fields: str) -> None:
    assert parse_copyright((DEP5 + fields).encode()) == "MIT"


@pytest.mark.parametrize(
    "fields", ["Files: *\nLicense : ISC\n", "Files: *\n License: ISC a b c d e (f)\n", "Files: *\n"]
)
def test_a_paragraph_without_a_license_field_names_none(fields: str) -> None:
    assert parse_copyright((DEP5 + fields).encode()) == ""


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            (
                "either version 2 of the License, or (at your option) any later version. See\n"
                "`/usr/share/common-licenses/GPL-2'."
            ),
            "GPL-2.0-or-later",
        ),
        ("The complete text is in /usr/share/common-licenses/Apache-2.0.", "Apache-2.0"),
        ("Permission is hereby granted, free of\ncharge, to any person", "MIT"),
        ("Redistribution and use in source and binary forms, with or\nwithout; endorse or promote", "BSD-3-Clause"),
        ("Redistribution and use in source and binary forms, with", "BSD-2-Clause"),
        ("Nobody knows whose this is.", ""),
    ],
)
def test_a_free_text_is_known_by_what_it_refers_to(text: str, names: str) -> None:
    assert parse_copyright(text.encode()) == names


def test_the_text_of_a_gnu_licence_without_its_number_is_any_version() -> None:
    assert licenses_in_text("see /usr/share/common-licenses/LGPL") == ("LGPL-2.0-or-later",)


@pytest.mark.parametrize("text", ["", "BSD-like", "see the file", "GPLX"])
def test_an_unknown_name_has_no_spdx_name(text: str) -> None:
    assert spdx_name(text) == ""
