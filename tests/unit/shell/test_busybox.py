"""The table of applets in a BusyBox binary."""

from __future__ import annotations

from imgscan.shell.busybox import busybox_applets

NAMES = (b"[", b"[[", b"acpid", b"add-shell", b"ash", b"sh", b"wget", b"zcat")


def table(*names: bytes) -> bytes:
    return b"\0" + b"".join(name + b"\0" for name in names) + b"\0"


def test_the_applets_come_in_order() -> None:
    content = b"\x7fELF" + bytes(500) + table(*NAMES) + b"more text\0"

    assert busybox_applets(content) == tuple(name.decode() for name in NAMES)


def test_the_table_ends_where_the_order_does() -> None:
    assert busybox_applets(table(b"[", b"[[", b"ash", b"sh", b"cat")) == ("[", "[[", "ash", "sh")


def test_the_table_ends_where_a_name_is_none() -> None:
    assert busybox_applets(table(b"[", b"[[", b"ash", b"Not A Name")) == ("[", "[[", "ash")
    assert busybox_applets(table(b"[", b"[[", b"ash", b"z" * 25)) == ("[", "[[", "ash")


def test_a_first_run_that_is_too_short_is_passed_over() -> None:
    assert busybox_applets(table(b"[", b"[[") + table(*NAMES))[-1] == "zcat"


def test_any_other_content_has_none() -> None:
    assert busybox_applets(b"") == ()
    assert busybox_applets(b"\x7fELF" + bytes(1000)) == ()
    assert busybox_applets(table(b"[", b"[[")) == ()
    assert busybox_applets(table(b"ash", b"sh")) == ()


def test_a_table_cut_by_the_end_of_the_content_gives_what_is_there() -> None:
    assert busybox_applets(table(*NAMES)[:30])[:3] == ("[", "[[", "acpid")


def test_many_false_starts_cost_little() -> None:
    assert busybox_applets(b"\0[\0[[\0" * 100_000) == ()
