"""What commands, scripts, units and inittabs start."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgscan.shell.called import inittab_starts, script_commands, script_starts, started_by, unit_starts


@pytest.mark.parametrize(
    ("text", "started"),
    [
        ('exec /usr/sbin/sshd -D -e "$@"\n', ("/usr/sbin/sshd",)),
        ("# sshd\n  # /usr/sbin/sshd\n", ()),
        ("A=1 B='2' sshd -D", ("sshd",)),
        ("mkdir -p /run && sshd || exit 1; nginx & cron", ("mkdir", "sshd", "exit", "nginx", "cron")),
        ("if [ -x /usr/sbin/sshd ]; then sshd; fi", ("[", "sshd")),
        ("long \\\n  --option\nsshd", ("long", "sshd")),
        ("service ssh start", ("service", "service:ssh")),
        ("service ssh status", ("service",)),
        ("/etc/init.d/ssh restart", ("/etc/init.d/ssh", "service:ssh")),
        ("systemctl start ssh.service cron", ("systemctl", "service:ssh", "service:cron")),
        ("systemctl stop ssh", ("systemctl",)),
        ("start-stop-daemon --start --exec /usr/sbin/sshd -- -D", ("start-stop-daemon", "/usr/sbin/sshd")),
        ("start-stop-daemon -S -x /usr/sbin/sshd", ("start-stop-daemon", "/usr/sbin/sshd")),
        ("echo $(sshd -T) `nginx -v`", ("echo", "sshd", "nginx")),
        ("while true; do sshd; done", ("true", "sshd")),
        (". /lib.sh", (".", "/lib.sh")),
        ("source ./lib.sh; x", ("source", "./lib.sh", "x")),
    ],
)
def test_words_in_command_position_are_started(text: str, started: tuple[str, ...]) -> None:
    assert tuple(name for name in script_starts(text) if not name.startswith("$")) == started


@pytest.mark.parametrize(
    ("words", "started"),
    [
        (["/usr/bin/tini", "-g", "--", "/entry.sh", "sshd"], ["/usr/bin/tini", "/entry.sh"]),
        (["gosu", "app", "nginx"], ["gosu", "nginx"]),
        (["sudo", "-u", "app", "nginx"], ["sudo", "nginx"]),
        (["env", "A=1", "sshd"], ["env", "sshd"]),
        (["tini", "-e", "143", "--", "sshd"], ["tini", "sshd"]),
        (["su", "app", "-s", "/bin/sh", "-c", "exec sshd -D"], ["su", "sh", "sshd"]),
        (["/bin/sh", "-c", "exec sshd -D"], ["/bin/sh", "sshd"]),
        (["bash", "-ec", "a", "&&", "b"], ["bash", "a", "b"]),
        (["sh", "-e", "/start.sh", "sshd"], ["sh", "/start.sh"]),
        (["bash"], ["bash"]),
        (["nohup", "setsid", "sshd"], ["nohup", "setsid", "sshd"]),
        ([], []),
    ],
)
def test_wrappers_and_shells_are_looked_through(words: list[str], started: list[str]) -> None:
    assert list(started_by(words)) == started


def test_shells_within_shells_end_somewhere() -> None:
    assert len(list(started_by(["sh", "-c"] * 50 + ["sshd"]))) < 60


def test_units_and_programs_say_what_they_start() -> None:
    unit = "[Service]\nExecStartPre=-/usr/sbin/sshd -t\nExecStart=@/usr/sbin/sshd sshd -D $OPTS\nExecReload=/bin/kill\n"
    supervised = "[program:x]\ncommand = /bin/bash -c 'exec nginx -g'\nuser=app\n"

    assert unit_starts(unit) == ("/usr/sbin/sshd",)
    assert unit_starts(supervised) == ("/bin/bash", "nginx")
    assert unit_starts("[Unit]\nDescription=ExecStart of sshd\n") == ()


@pytest.mark.parametrize(("setting", "started"), [("false", ()), ("off", ()), ("true", ("/usr/sbin/sshd",))])
def test_a_program_that_a_supervisor_does_not_start_by_itself(setting: str, started: tuple[str, ...]) -> None:
    text = f"[program:x]\ncommand=nginx\n[program:sshd]\ncommand=/usr/sbin/sshd -D\nautostart={setting}\n"

    assert unit_starts(text) == ("nginx", *started)


def test_an_inittab_says_what_it_starts() -> None:
    text = (
        "::sysinit:/sbin/openrc sysinit\n#::respawn:/bin/no\n2:off:off:/bin/never\n"
        "1:2345:respawn:/usr/sbin/sshd -D\nbad line\n"
    )

    assert inittab_starts(text) == ("/sbin/openrc", "/usr/sbin/sshd")


@given(st.text(), st.lists(st.text(max_size=8), max_size=20))
def test_any_text_is_read(text: str, words: list[str]) -> None:
    list(script_commands(text))
    script_starts(text)
    unit_starts("ExecStart=" + text)
    inittab_starts(text)
    list(started_by(words))


@pytest.mark.parametrize("unit", ["sh -c ", "a;", "( ", "exec ", "ExecStart=", "\\\n"])
def test_long_repetition_is_bounded_work(unit: str) -> None:
    text = unit * 50_000

    assert len(list(script_commands(text))) <= 2000
    unit_starts(text)
    inittab_starts(text)
