"""A hostile policy of sudo is judged or told, never an error; an expanded list means what its aliases mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from imgscan.analyzers.accounts.aliases import Aliases, covers, granted, positions, signed
from imgscan.analyzers.accounts.analyzer import Accounts
from imgscan.formats.accounts.sudoers import SudoAlias
from imgscan.testing import conclude

_NAMES = ("A", "B", "C", "D", "a", "b", "ALL")
members = st.lists(st.builds(str.__add__, st.sampled_from(["", "!", "!!"]), st.sampled_from(_NAMES)), max_size=5)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[str]]:
    """Aliases A to D, each of names and of aliases that come after it: no circles."""
    found = {}
    for name in "ABCD":
        found[name] = [word for word in draw(members) if signed(word)[1] not in _NAMES[: _NAMES.index(name) + 1]]
    return found


def decided(words: Sequence[str], table: Mapping[str, Sequence[str]], user: str) -> bool | None:
    """Return what a list says of a user, as sudo looks through it: from the end, alias by alias."""
    for word in reversed(words):
        negated, name = signed(word)
        said = decided(table[name], table, user) if name in table else (True if name in (user, "ALL") else None)
        if said is not None:
            return said is not negated
    return None


@given(tables(), members)
def test_an_expanded_list_is_about_the_same_users(table: dict[str, list[str]], words: list[str]) -> None:
    lines = [SudoAlias(1, "User_Alias", name, tuple(members)) for name, members in table.items()]
    expanded = Aliases(lines).expand("User_Alias", words)
    for user in ("a", "b", "c"):
        assert covers(positions(expanded), {user, "ALL"}) is (decided(words, table, user) is True)
    assert not {signed(word)[1] for word in expanded} & set(table)
    assert bool(granted(expanded)) >= covers(positions(expanded), {"a", "ALL"})


_WORDS = st.sampled_from(
    [
        *_NAMES,
        "!",
        "!!",
        "!A",
        ",",
        " = ",
        ":",
        "=",
        "(",
        ")",
        "NOPASSWD:",
        "sha256:aGk=",
        "/bin/bash",
        "/usr/*/",
        "^.*$",
    ]
)
_HEADS = st.sampled_from(
    "User_Alias |Cmnd_Alias A=|Runas_Alias B = |Host_Alias |Defaults:|Defaults!|Defaults |@include |@includedir |"
    "a ALL=|A A=(B) NOPASSWD: |Include |Match ".split("|")
)
_LINES = st.builds(lambda head, words: head + "".join(words), _HEADS, st.lists(_WORDS, max_size=8))
_TEXTS = st.lists(st.one_of(_LINES, st.sampled_from(["@includedir /etc/sudoers.d", "Include *.conf"])), max_size=8)


@given(st.lists(_TEXTS, min_size=5, max_size=5))
def test_every_policy_is_judged(texts: list[list[str]]) -> None:
    paths = ("etc/sudoers", "etc/sudoers.d/a", "etc/sudoers.x", "etc/ssh/sshd_config", "etc/ssh/a.conf")
    layer = {path: "\n".join(text).encode() for path, text in zip(paths, texts, strict=True)}
    found = conclude(Accounts(), {**layer, "etc/passwd": b"a:x:7:7::/:\n", "etc/group": b"g:x:7:\n"})
    assert found.problems == ()
