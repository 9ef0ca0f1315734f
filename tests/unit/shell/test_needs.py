"""What a shell looks for: the commands of its text, and how it is given one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.shell.needs import BUILTINS, Call, Needed, parse_call, parse_needs


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nosuch", ["nosuch"]),
        ("set -e; exec ./run --flag", ["./run --flag"]),
        ("exec 2>&1; exec -a name run >log", ["run"]),
        ("command run -v", ["run -v"]),
        ("curl -f localhost || exit 1", ["curl -f localhost"]),
        ("if ! curl -f localhost; then exit 1; fi", ["curl -f localhost"]),
        ("curl -s x 2>&1 | grep -q ok", ["curl -s x", "grep -q ok"]),
        ("curl -s x | jq .a | grep ok || exit 1", ["curl -s x", "jq .a", "grep ok"]),
        ("echo x | nc -z localhost 80", ["nc -z localhost 80"]),
        ("{ A=b run; }", ["run"]),
        ("while :; do run; done", ["run"]),
    ],
)
def test_one_command_or_one_pipeline_is_needed(text: str, words: list[str]) -> None:
    assert [" ".join(item.words) for item in parse_needs(text)] == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "command -v ls",
        "command -v nosuch && nosuch",
        "[ -x /nosuch ] && /nosuch",
        "if test -f /x; then nosuch; fi",
        "cd /x || nosuch",
        "a && b",
        "a | b; c",
        "$A; $B",
        "$A && nosuch",
        "f() { :; }",
        "echo $((1 + 2))",
        "for x in a b; do nosuch; done",
        "case x in a) nosuch;; esac",
        "cat <<END\nnosuch\nEND",
        "nosuch <<END\nx\nEND",
        "mapfile -t a",
        "compgen -c",
        "coproc nosuch",
        "help; caller; dirs; complete; compopt; disown; enable x; fc; history; jobs; suspend; typeset x",
        *sorted(BUILTINS),
    ],
)
def test_a_script_and_what_a_shell_has_built_in_need_nothing_that_is_known(text: str) -> None:
    assert parse_needs(text) == ()


@pytest.mark.parametrize(
    ("text", "moved", "searched"),
    [
        ("cd /srv && ./run", True, False),
        ("pushd /srv; ./run", True, False),
        ("PATH=/srv:$PATH ./run", False, True),
        ("PATH=/srv; ./run", False, True),
        ("export PATH=/srv:$PATH; ./run", False, True),
        ("alias x=y; ./run", False, True),
        (". /env && ./run", True, True),
        ("export HOME=/srv; ./run", False, False),
        ("HOME=/srv exec ./run", False, False),
        ("./run cd PATH=/x", False, False),
    ],
)
def test_what_comes_before_may_change_directory_and_path(text: str, moved: bool, searched: bool) -> None:
    (item,) = parse_needs(text)
    assert (item.words[0], item.moved, item.searched) == ("./run", moved, searched)


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("sh -c x", Call("x")),
        ("/bin/sh -e -c x", Call("x")),
        ("bash -l -c x", Call("x", login=True)),
        ("bash -lc x y", Call("x", login=True)),
        ("bash --login --rcfile f -c x", Call("x", login=True)),
        ("bash -eo pipefail -c x", Call("x")),
        ("bash -o pipefail +x -c x", Call("x")),
        ("dash -c -- x", Call("x")),
        ("sh -c", None),
        ("sh x -c y", None),
        ("sh -e x", None),
        ("fish -c x", None),
        ("python -c x", None),
    ],
)
def test_the_text_stands_behind_all_options(line: str, call: Call | None) -> None:
    assert parse_call(line.split()) == call


@given(st.text(alphabet="ab $`'\"()[]{}<>|&;\n=-!2\\PATHcd") | st.text())
def test_any_text_comes_to_an_end(text: str) -> None:
    assert all(isinstance(item, Needed) and item.words for item in parse_needs(text))
    parse_call(["sh", text, "-c", text])
