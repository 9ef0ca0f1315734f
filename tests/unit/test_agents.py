"""What agents of CI take for commands: made inert in what people read, and nothing else is touched."""

from __future__ import annotations

import pytest

from imgscan.agents import inert


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::warning::x", r"\x3a:warning::x"),
        ("  \t::error file=a,line=1::x", "  \t" + r"\x3a:error file=a,line=1::x"),
        ("a\n::stop-commands::x", "a\n" + r"\x3a:stop-commands::x"),
        ("\x1b[31m::add-mask::x", "\x1b[31m" + r"\x3a:add-mask::x"),
        ("a ##vso[task.complete]", r"a #\x23vso[task.complete]"),
        ("a ##VSO[task.complete]", r"a #\x23VSO[task.complete]"),
        ("x ##[error]y", r"x #\x23[error]y"),
        ("##teamcity[buildStop]", r"#\x23teamcity[buildStop]"),
        ("###teamcity[buildStop]", r"##\x23teamcity[buildStop]"),
        ("section_start:1:a", r"section\x5fstart:1:a"),
        ("a section_end:1:a", r"a section\x5fend:1:a"),
        ("Section_Start:1:a", r"Section\x5fStart:1:a"),
        ("travis_fold:start:a", r"travis\x5ffold:start:a"),
        ("^^^ +++", r"\x5e^^ +++"),
    ],
)
def test_a_command_becomes_text(text: str, shown: str) -> None:
    assert inert(text) == shown
    assert inert(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a ::warning::",
        "a::b",
        "std::string",
        "## heading",
        "#vso[x]",
        "# #vso[x]",
        "section_starts",
        "::",
        ":: x",
        "^^",
    ],
)
def test_what_is_no_command_stays(text: str) -> None:
    assert inert(text) == text
