"""Names of ids."""

from __future__ import annotations

from imgscan.formats.accounts.names import parse_account_names


def test_ids_have_all_their_names() -> None:
    data = b"root:x:0:0:::\ntoor:x:0:0:::\nmail:x:8:\nshort\nbad:x:-1:\n:x:5:\n+::\n"

    assert parse_account_names(data) == {0: ("root", "toor"), 8: ("mail",)}


def test_many_names_of_one_id_are_all_known() -> None:
    data = "".join(f"u{number}:x:0:0::/:/bin/sh\n" for number in range(100_000)).encode()

    assert len(parse_account_names(data)[0]) == 100_000
