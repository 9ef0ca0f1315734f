"""Which daemons an image starts, which a supervisor would, and which only lie there."""

from __future__ import annotations

from typing import Any

import pytest

from imgscan.analyzers.programs.analyzer import Programs
from imgscan.model.finding import Severity
from imgscan.model.image import ImageConfig
from imgscan.testing import TarBuilder, conclude, program

UNIT = b"[Service]\nExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n"
RUN = b"#!/bin/sh\nexec /usr/sbin/sshd -D\n"
SUPERVISED = b"[supervisord]\nnodaemon=true\n[program:sshd]\ncommand=/usr/sbin/sshd -D\n"


def image(files: dict[str, bytes] | None = None, mode: int = 0o755) -> TarBuilder:
    layer = TarBuilder().file("usr/sbin/sshd", program(), mode=0o755)
    for path, content in (files or {}).items():
        layer = layer.file(path, content, mode=mode)
    return layer


def daemon(layer: TarBuilder, **config: Any) -> dict[str, Any]:
    found = conclude(Programs(), layer, config=ImageConfig(present=True, **config))
    assert found.problems == ()
    (item,) = (item.data for item in found.items if item.section == "daemons" and item.data["path"].endswith("/sshd"))
    (finding,) = (finding for finding in found.findings if finding.rule == "programs.remote-daemon")
    severities = {"started": Severity.HIGH, "enabled": Severity.MEDIUM, "present": Severity.LOW}
    assert finding.severity is severities[item["status"]]
    return item


@pytest.mark.parametrize(
    ("config", "files"),
    [
        ({"entrypoint": ("/usr/sbin/sshd", "-D")}, {}),
        ({"cmd": ("sshd", "-D")}, {}),
        ({"cmd": ("/bin/sh", "-c", "mkdir -p /run/sshd && exec /usr/sbin/sshd -D")}, {}),
        ({"entrypoint": ("/usr/bin/tini", "--", "/entry.sh")}, {"entry.sh": RUN}),
        ({"entrypoint": ("/entry.sh",), "cmd": ("sshd",)}, {"entry.sh": b'#!/bin/sh\nexec "$@"\n'}),
        ({"entrypoint": ("/a.sh",)}, {"a.sh": b"#!/bin/bash\n/b/start.sh\n", "b/start.sh": RUN}),
        ({"entrypoint": ("./entry.sh",), "working_dir": "/srv"}, {"srv/entry.sh": RUN}),
        ({"cmd": ("entry",), "env": ("PATH=/opt/bin",)}, {"opt/bin/entry": RUN}),
        ({"entrypoint": ("tini", "-e", "143", "--", "/entry.sh")}, {"entry.sh": RUN}),
        ({"entrypoint": ("/entry.sh",)}, {"entry.sh": b"#!/bin/sh\n. /lib.sh\n", "lib.sh": b"/usr/sbin/sshd\n"}),
        ({"cmd": ("foo.sh",)}, {"usr/bin/foo.sh": b"#!/bin/sh\n/usr/sbin/sshd &\nwait\n"}),
        ({"entrypoint": ("supervisord", "-c", "/app/supervisord.conf")}, {"app/supervisord.conf": SUPERVISED}),
        ({"entrypoint": ("supervisord", "-c", "/opt/services.conf")}, {"opt/services.conf": SUPERVISED}),
        ({"cmd": ("supervisord",)}, {"supervisord.conf": SUPERVISED}),
        ({"cmd": ("runsvdir", "/etc/service")}, {"etc/service/sshd/run": RUN}),
        (
            {"cmd": ("/bin/sh", "-c", "service ssh start; app")},
            {"etc/init.d/ssh": b"#!/bin/sh\nDAEMON=/usr/sbin/sshd\n"},
        ),
    ],
)
def test_a_daemon_that_the_command_leads_to_is_started(config: dict[str, Any], files: dict[str, bytes]) -> None:
    item = daemon(image(files), **config)

    assert item["status"] == "started"
    assert item["remote"] is True
    assert item["evidence"] != []


@pytest.mark.parametrize(
    ("config", "files"),
    [
        ({"cmd": ("runsvdir", "/etc/service")}, {"etc/service/sshd/run": RUN, "etc/service/sshd/down": b""}),
        ({"cmd": ("supervisord",)}, {"etc/supervisord.conf": SUPERVISED + b"autostart=false\n"}),
        ({"cmd": ("supervisord", "-c", "/a.conf")}, {"a.conf": b"[supervisord]\n", "opt/b.conf": SUPERVISED}),
        ({"cmd": ("foo",)}, {"usr/bin/foo.sh": RUN}),
    ],
)
def test_a_daemon_that_waits_to_be_started_is_present(config: dict[str, Any], files: dict[str, bytes]) -> None:
    assert daemon(image(files), **config)["status"] == "present"


def test_a_script_that_a_shell_is_given_needs_no_execute_bit() -> None:
    assert daemon(image({"srv/start.sh": RUN}, mode=0o644), cmd=("sh", "/srv/start.sh"))["status"] == "started"


@pytest.mark.parametrize(
    ("config", "files"),
    [
        ({}, {}),
        ({"cmd": ("nginx", "-g", "daemon off;")}, {}),
        ({"cmd": ("/bin/sh", "-c", "pkill sshd; app # sshd")}, {}),
        ({"entrypoint": ("/entry.sh",)}, {"entry.sh": b"#!/bin/sh\n# exec sshd\napt-get remove sshd\nexec app\n"}),
        ({"cmd": ("app",)}, {"other.sh": RUN}),
        ({"cmd": ("app",)}, {"etc/init.d/ssh": b"#!/bin/sh\nDAEMON=/usr/sbin/sshd\n"}),
        ({"cmd": ("systemd",)}, {"usr/lib/systemd/system/ssh.service": UNIT}),  # not enabled
    ],
)
def test_a_daemon_that_nothing_starts_is_only_present(config: dict[str, Any], files: dict[str, bytes]) -> None:
    item = daemon(image(files), **config)

    assert (item["status"], item["evidence"]) == ("present", [])


def systemd() -> TarBuilder:
    layer = image({"usr/lib/systemd/system/ssh.service": UNIT})
    return layer.symlink(
        "etc/systemd/system/multi-user.target.wants/ssh.service", "/lib/systemd/system/ssh.service"
    ).symlink("lib", "usr/lib")


def sysv() -> TarBuilder:
    layer = image({"etc/init.d/ssh": b"#!/bin/sh\nstart-stop-daemon --exec /usr/sbin/sshd\n"})
    return layer.symlink("etc/rc2.d/S01ssh", "../init.d/ssh")


def openrc() -> TarBuilder:
    layer = image({"etc/init.d/sshd": b'#!/sbin/openrc-run\ncommand="/usr/sbin/sshd"\n'})
    return layer.symlink("etc/runlevels/default/sshd", "/etc/init.d/sshd")


@pytest.mark.parametrize(
    ("layer", "init"),
    [
        (systemd(), "/lib/systemd/systemd"),
        (systemd(), "/sbin/init"),
        (sysv(), "/sbin/init"),
        (openrc(), "/sbin/openrc"),
        (image({"etc/services.d/sshd/run": RUN}), "/init"),
        (image({"etc/s6-overlay/s6-rc.d/sshd/run": b"#!/command/execlineb -P\n/usr/sbin/sshd -D\n"}), "/init"),
        (image({"etc/service/sshd/run": RUN}), "/usr/bin/runsvdir"),
        (image({"etc/supervisor/conf.d/sshd.conf": b"[program:sshd]\ncommand=/usr/sbin/sshd -D\n"}), "supervisord"),
        (image({"etc/supervisord.conf": b"[program:sshd]\ncommand = /usr/sbin/sshd -D\n"}), "/usr/bin/supervisord"),
        (image({"etc/inittab": b"::respawn:/usr/sbin/sshd -D\n"}), "/sbin/init"),
    ],
)
def test_a_supervisor_starts_what_it_is_told_when_the_image_starts_it(layer: TarBuilder, init: str) -> None:
    started = daemon(layer, cmd=(init,))
    not_started = daemon(layer, cmd=("python3", "-m", "app"))

    assert (started["status"], not_started["status"]) == ("started", "enabled")
    assert started["evidence"][0].startswith("enabled by /etc/")


def test_the_directory_of_a_supervisor_alone_enables_nothing() -> None:
    assert daemon(image({"etc/service/other/run": b"#!/bin/sh\nexec app\n"}), cmd=("runsvdir",))["status"] == "present"


def test_scripts_that_call_each_other_end_somewhere() -> None:
    files = {"a.sh": b"#!/bin/sh\n/b.sh\n", "b.sh": b"#!/bin/sh\n/a.sh\n"}

    assert daemon(image(files), cmd=("/a.sh",))["status"] == "present"


def test_a_service_daemon_ranks_low_even_when_it_is_started() -> None:
    layer = TarBuilder().file("usr/sbin/nginx", program(), mode=0o755)

    found = conclude(Programs(), layer, config=ImageConfig(present=True, cmd=("nginx",)))

    (finding,) = found.findings
    assert (finding.rule, finding.severity) == ("programs.daemon", Severity.INFO)
    assert finding.message == "a daemon, started by the image: Cmd nginx"
