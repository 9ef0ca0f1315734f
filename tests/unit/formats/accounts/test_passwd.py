from __future__ import annotations

from imgscan.formats.accounts.crypt import PasswordKind
from imgscan.formats.accounts.passwd import MAX_LINES, is_nis, parse_group, parse_gshadow, parse_passwd, parse_shadow


def test_a_good_line_of_passwd_has_all_its_fields() -> None:
    (line,) = parse_passwd(b"app:x:999:998:An App,,,:/srv/app:/bin/sh\n")
    assert (line.name, line.uid, line.gid, line.gecos) == ("app", 999, 998, "An App,,,")
    assert (line.home, line.shell, line.number, line.fault) == ("/srv/app", "/bin/sh", 1, "")
    assert line.password.kind is PasswordKind.SHADOWED


def test_a_line_with_one_field_is_a_value_with_a_fault() -> None:
    (line,) = parse_passwd(b"broken\n")
    assert (line.name, line.uid, line.fault) == ("broken", None, "1 fields instead of 7")


def test_a_uid_that_is_no_number_is_a_fault_and_not_zero() -> None:
    for text in (b"abc", b"", b"-1", b"+1", b" 1", b"4294967296", b"99999999999999999999", "\u0661".encode()):
        (line,) = parse_passwd(b"a:x:" + text + b":1::/:/bin/sh")
        assert (line.uid, line.fault) == (None, "the uid is no number"), text


def test_the_largest_uid_is_a_number() -> None:
    (line,) = parse_passwd(b"a:x:4294967295:0::/:")
    assert (line.uid, line.fault) == (4294967295, "")


def test_comments_and_blank_lines_are_no_lines_and_keep_their_number() -> None:
    lines = parse_group(b"# comment\n\nroot:x:0:\n")
    assert [(line.name, line.number, line.fault) for line in lines] == [("root", 3, "")]


def test_members_of_a_group_are_taken_apart() -> None:
    (line,) = parse_group(b"adm:x:4:a, b,,c\n")
    assert line.members == ("a", "b", "c")
    assert line.gid == 4


def test_a_group_without_a_gid_is_a_fault() -> None:
    (line,) = parse_group(b"adm:x:four:a\n")
    assert (line.gid, line.fault) == (None, "the gid is no number")


def test_lines_of_a_directory_service_are_no_faults() -> None:
    lines = parse_passwd(b"+::::::\n+@group\n-user::::::\n")
    assert [line.fault for line in lines] == ["", "", ""]
    assert all(is_nis(line.name) for line in lines)
    assert not is_nis("root")


def test_shadow_and_gshadow_have_nine_and_four_fields() -> None:
    (good,) = parse_shadow(b"root:*:19000:0:99999:7:::\n")
    (short,) = parse_shadow(b"root:*:19000\n")
    (group,) = parse_gshadow(b"adm:!::\n")
    assert (good.fault, short.fault, group.fault) == ("", "3 fields instead of 9", "")


def test_a_line_without_a_name_is_a_fault() -> None:
    (line,) = parse_shadow(b":*:::::::\n")
    assert line.fault == "no name"


def test_bytes_that_are_no_text_come_back_as_they_were() -> None:
    (line,) = parse_passwd(b"a\xff:x:1:1::/:\n")
    assert line.name.encode("utf-8", "surrogateescape") == b"a\xff"


def test_no_more_lines_are_read_than_the_bound() -> None:
    assert len(parse_passwd(b"a:x:1:1::/:\n" * (MAX_LINES + 5))) == MAX_LINES
