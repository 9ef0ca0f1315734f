from __future__ import annotations

import pytest

from imgscan.analyzers.accounts.analyzer import Accounts
from imgscan.system.accounts.runtime_user import Lookup, RuntimeUser, runtime_user
from tests.unit.analyzers.support import view_of

PASSWD = b"root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\napp:x:999:998::/srv:/bin/sh\nodd:x:abc:5::/:\nshort\n"
GROUP = b"root:x:0:\napp:x:998:\n# comment\nlog:x:4:app,me\nweb:x:33:app\n"


def user_of(spec: str | None, passwd: bytes | None = PASSWD, group: bytes | None = GROUP) -> RuntimeUser:
    layer = {"etc/passwd": passwd, "etc/group": group}
    files = {name: content for name, content in layer.items() if content is not None}
    view = view_of(files, analyzers=(Accounts(),), settings={} if spec is None else {"User": spec})
    return runtime_user(view)


@pytest.mark.parametrize(
    ("spec", "uid", "gid", "groups"),
    [
        (None, 0, 0, ()),
        ("", 0, 0, ()),
        ("root", 0, 0, ()),
        ("0", 0, 0, ()),
        ("0:0", 0, 0, ()),
        ("root:root", 0, 0, ()),
        ("toor", 0, 0, ()),
        ("app", 999, 998, (4, 33)),
        ("999", 999, 998, (4, 33)),
        ("app:log", 999, 4, ()),
        ("app:7", 999, 7, ()),
        ("1234", 1234, 0, ()),
        ("1234:1234", 1234, 1234, ()),
        (":log", 0, 4, ()),
        ("+999", 999, 998, (4, 33)),
    ],
)
def test_a_user_is_looked_up_as_runtimes_do(spec: str, uid: int, gid: int, groups: tuple[int, ...]) -> None:
    found = user_of(spec)
    assert (found.lookup, found.uid, found.gid, found.groups) == (Lookup.FOUND, uid, gid, groups)


@pytest.mark.parametrize("spec", ["nobody", "app:nogroup", "-1", "2147483648", "99999999999", "999x"])
def test_what_is_not_there_ends_the_start(spec: str) -> None:
    assert user_of(spec).lookup is Lookup.REFUSED


def test_a_uid_that_is_no_number_is_root_to_a_runtime() -> None:
    assert user_of("odd").is_root
    assert user_of("short").is_root


def test_without_passwd_a_number_is_found_and_a_name_is_not() -> None:
    assert (user_of("1000", None, None).uid, user_of("1000", None, None).gid) == (1000, 0)
    assert user_of("app", None, None).lookup is Lookup.REFUSED
    assert user_of("1000:app", PASSWD, None).lookup is Lookup.REFUSED


def test_without_a_config_the_user_is_unknown() -> None:
    found = runtime_user(view_of({"etc/passwd": PASSWD}))
    assert (found.lookup, found.is_root) == (Lookup.UNKNOWN, False)


def test_without_the_analyzer_of_accounts_a_name_is_unknown_and_a_number_is_not() -> None:
    named = runtime_user(view_of({"etc/passwd": PASSWD}, settings={"User": "app"}))
    numbered = runtime_user(view_of({"etc/passwd": PASSWD}, settings={"User": "0"}))
    assert (named.lookup, named.reason) == (Lookup.UNKNOWN, "/etc/passwd was not read")
    assert numbered.is_root


def test_windows_has_other_accounts() -> None:
    found = runtime_user(view_of({"a": b""}, settings={"User": "ContainerUser"}, os="windows"))
    assert found.lookup is Lookup.UNKNOWN


def test_passwd_behind_a_symlink_is_found() -> None:
    from imgscan.testing import TarBuilder

    layer = TarBuilder().symlink("etc/passwd", "../usr/etc/passwd").file("usr/etc/passwd", PASSWD)
    assert runtime_user(view_of(layer, analyzers=(Accounts(),), settings={"User": "app"})).uid == 999


MANY = b",".join(b"u%d" % number for number in range(1000))


@pytest.mark.parametrize(
    "group",
    [b"root:x:0:" + MANY + b",app\n", b"a:x:7:\n" * 20_000 + b"root:x:0:app\n", b"a" * 257 + b":x:7:\nroot:x:0:app\n"],
    ids=["members", "lines", "name"],
)
def test_a_group_file_beyond_what_is_read_tells_nobody_that_root_is_not_among_the_groups(group: bytes) -> None:
    assert (user_of("app", group=group).lookup, user_of("app", group=group).uid) == (Lookup.UNKNOWN, 999)
    assert user_of("app:log", group=group).lookup is Lookup.UNKNOWN
    assert user_of("app:7", group=group).lookup is Lookup.FOUND
    assert user_of("root", group=group).is_root


def test_a_group_file_at_the_bounds_is_read() -> None:
    members = b"root:x:0:" + MANY + b"\n" + b"#" * 300 + b"\n" + b"a:x:7:\n" * 19_997 + b"log:x:4:app\n"
    assert user_of("app", group=members).groups == (4,)


def test_a_passwd_file_with_a_name_that_is_cut_names_nobody() -> None:
    cut = b"a" * 300 + b":x:999:999::/:\n" + b"a" * 256 + b":x:0:0::/:\n"
    assert user_of("a" * 256, passwd=cut).lookup is Lookup.UNKNOWN


def test_a_group_file_that_a_link_leads_away_from_is_unknown() -> None:
    from imgscan.testing import TarBuilder

    layer = TarBuilder().file("etc/passwd", PASSWD).symlink("etc/group", "../usr/g").file("usr/g", b"root:x:0:app\n")
    assert runtime_user(view_of(layer, analyzers=(Accounts(),), settings={"User": "app"})).lookup is Lookup.UNKNOWN
