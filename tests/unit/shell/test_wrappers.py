"""Wrappers: which words are the command that they start, and as whom it runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.shell.wrappers import Changes, changes, is_wrapper, runs_as, wrapped


@pytest.mark.parametrize(
    ("line", "inner"),
    [
        ("tini -g -- app -x", "app -x"),
        ("/sbin/tini -e 143 -p SIGTERM -- java -jar a", "java -jar a"),
        ("dumb-init --rewrite 15:3 -- app", "app"),
        ("nice -n 10 app", "app"),
        ("nice -10 app", "app"),
        ("env -u HOME A=1 B=2 app", "app"),
        ("env -S python3 -u", "python3 -u"),
        ("env -iS python3 -u", "python3 -u"),
        ("env -Spython3 -u", "python3 -u"),
        ("env --split-string python3 -u", "python3 -u"),
        ("env --split-string=python3 x", "python3 x"),
        ("env -S A=1 python3 -u", "python3 -u"),
        ("env", ""),
        ("timeout -k 5 30 app", "app"),
        ("taskset -c 0,1 app", "app"),
        ("stdbuf -oL -e 0 app", "app"),
        ("gosu app:app nginx -g off", "nginx -g off"),
        ("setpriv --reuid app --clear-groups --init-groups app2", "app2"),
        ("runuser -u app -- server x", "server x"),
        ("runuser - app", ""),
        ("chpst -u app:app -m 100 server", "server"),
        ("s6-setuidgid app server", "server"),
        ("chroot --userspec=app:app / server", "server"),
        ("sudo -E -u app A=1 server", "server"),
        ("xargs -n 1 apt-get install -y", "apt-get install -y"),
        ("exec -a name server", "server"),
        ("flock -w 5 /lock server", "server"),
        ("sudo -EHu app node x", "node x"),
        ("sudo -Eu app -- node", "node"),
        ("chpst -uapp node", "node"),
        ("env - PATH=/bin id", "id"),
        ("flock /lock -c id", "sh -c id"),
        ("dbus-run-session --config-file /x -- node", "node"),
        ("exec -la foo node", "node"),
        ("xargs -I{} -n1 node {}", "node {}"),
    ],
)
def test_the_command_stands_behind_options_and_their_values(line: str, inner: str) -> None:
    assert wrapped(line.split()) == inner.split()


@pytest.mark.parametrize(
    "words", [["su", "app", "-s", "/bin/sh", "-c", "server x"], ["su", "-", "app", "--command=server x"]]
)
def test_su_hands_a_text_to_a_shell(words: list[str]) -> None:
    assert wrapped(words) == ["sh", "-c", "server x"]


@pytest.mark.parametrize(
    ("line", "user"),
    [
        ("gosu app x", "app"),
        ("gosu root x", None),
        ("su-exec 1000:1000 x", "1000:1000"),
        ("su-exec 0:0 x", None),
        ("su app -c x", "app"),
        ("su - app", "app"),
        ("su -s /bin/sh -c x app", "app"),
        ("su -c x", None),
        ("su - root -c x", None),
        ("runuser -u app -- x", "app"),
        ("setpriv --reuid=app x", "app"),
        ("setpriv --no-new-privs x", None),
        ("chroot --userspec=app / x", "app"),
        ("chroot / x", None),
        ("chpst -u app x", "app"),
        ("chpst -uapp x", "app"),
        ("sudo -EHu app x", "app"),
        ("su -lc x app", "app"),
        ("su -lcx", None),
        ("chpst -n 5 x", None),
        ("sudo -u app x", "app"),
        ("sudo x", None),
        ("s6-setuidgid app x", "app"),
        ("tini -- x", None),
        ("server -u app", None),
    ],
)
def test_who_the_command_runs_as(line: str, user: str | None) -> None:
    assert runs_as(line.split()) == user


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("env PATH=/srv x", Changes(moved=False, searched=True, login=False)),
        ("env A=1 x PATH=/srv", Changes(moved=False, searched=False, login=False)),
        ("env -C /srv x", Changes(moved=True, searched=False, login=False)),
        ("env --chdir=/srv x", Changes(moved=True, searched=False, login=False)),
        ("su - app -c x", Changes(moved=True, searched=False, login=True)),
        ("su app -c x", Changes(moved=False, searched=False, login=False)),
        ("tini -- x -C", Changes(moved=False, searched=False, login=False)),
    ],
)
def test_what_a_wrapper_changes_for_its_command(line: str, told: Changes) -> None:
    assert changes(line.split()) == told


_WORDS = ["su", "env", "gosu", "-", "--", "-c", "-S", "-u", "=", "", "--userspec=", "A=1", "runuser", "chroot", "x"]


@given(st.lists(st.sampled_from(_WORDS) | st.text(max_size=5), min_size=1, max_size=12))
def test_any_words_are_read_and_come_to_an_end(words: list[str]) -> None:
    runs_as(words)
    if is_wrapper(words[0].rpartition("/")[2]):
        changes(words)
    steps = 0
    while words and is_wrapper(words[0].rpartition("/")[2]):
        words = wrapped(words)
        steps += 1
    assert steps <= 12
