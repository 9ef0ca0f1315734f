"""What is done about which finding, and how the image is run then."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from jsonschema_rs import validator_for
from msgspec.structs import replace

from imgscan.errors import UsageError
from imgscan.harden.hardening import harden
from imgscan.harden.plain import hardening_schema
from imgscan.harden.plan import Hardening
from imgscan.harden.writers import hardening_writer
from imgscan.model.finding import Finding, LayerPoint, Severity, State, Suppression, fingerprint
from imgscan.model.image import ImageConfig, ImageManifest
from imgscan.report.document import Coverage, Report, Tool
from imgscan.report.writers import Style

LAYER = LayerPoint(3, "sha256:a", "RUN make")
SHELL = {"path": "/bin/sh", "names": ["/bin/sh"], "applets": []}
HOSTILE = "x\n# y=1\nRUN reboot \\\n\x1b[31m\u202e"


def finding(rule: str, path: str | None = None, remediation: str = "", **more: Any) -> Finding:
    fields: dict[str, Any] = {
        "rule": rule,
        "analyzer": rule.partition(".")[0],
        "severity": Severity.MEDIUM,
        "message": f"message of {rule}",
        "path": path,
        "layer": LAYER if path is not None else None,
        "remediation": remediation,
        "state": State.VISIBLE if path is not None else State.CONFIG,
    }
    return Finding(**{**fields, **more})


def suid(path: str = "bin/su", mode: str = "4755", reason: str = "as shipped", package: str | None = None) -> Finding:
    evidence = {"mode": mode, "names": ["/" + path], "reasons": [reason], "package": package}
    return finding("setuid.suid-file", path, "RUN chmod u-s ...", evidence=evidence)


def report(*findings: Finding, inventory: dict[str, Any] | None = None, complete: bool = True, **config: Any) -> Report:
    image = ImageManifest(
        references=("app:1",),
        manifest_digest=None,
        image_id="sha256:1",
        platform=None,
        config=ImageConfig(present=True, **config),
        layers=(),
    )
    return Report(
        source="image.tar",
        format="oci-layout",
        tool=Tool("imgscan", "1", {}),
        image=image,
        layers=(),
        merged_bytes=0,
        files=0,
        findings=findings,
        inventory={"shells": (SHELL,), **(inventory or {})},
        problems=(),
        coverage=Coverage(complete=complete, layers=0, entries=0, bytes_read=0, bytes_matched=0),
    )


def texts(hardening: Hardening) -> list[str]:
    return [item.text() for item in hardening.commands]


def written(hardening: Hardening, name: str) -> str:
    return hardening_writer(name)(hardening, Style()).decode()


# Commands


@pytest.mark.parametrize(
    ("item", "command"),
    [
        (suid(), "chmod u-s /bin/su"),
        (suid(mode="6755"), "chmod ug-s /bin/su"),
        (suid(mode="2755"), "chmod g-s /bin/su"),
        (suid(mode="4777"), "chmod u-s,go-w /bin/su"),
        (suid(reason="a copy of /bin/sh", package="login 1"), "chmod u-s /bin/su"),
        (suid(reason="a copy of /bin/sh"), "rm -f /bin/su"),
        (suid("bin/a b"), "chmod u-s '/bin/a b'"),
        (suid("bin/a\nb"), "chmod u-s \"$(printf '/bin/a\\012b')\""),
        (
            finding("permissions.world-writable-file", "srv/x", "RUN chmod o-w /srv/x", evidence={"count": 1}),
            "chmod o-w /srv/x",
        ),
        (
            finding("permissions.world-writable-directory", "srv", "RUN chmod -R o-w /srv", evidence={"count": 3}),
            "chmod -R o-w /srv",
        ),
        (
            finding("programs.network-tool", "bin/nc", "RUN rm -f /bin/nc /bin/n", evidence={"names": ["/bin/n"]}),
            "rm -f /bin/nc /bin/n",
        ),
        (
            finding(
                "programs.network-tool",
                "bin/busybox",
                "RUN rm -f /bin/wget  # /bin/busybox has them all the same",
                evidence={"names": ["/bin/wget"]},
            ),
            "rm -f /bin/wget",
        ),
        (finding("leftovers.apt-index", "var/lib/apt/lists", "RUN x <packages>"), "rm -rf /var/lib/apt/lists/*"),
        (finding("leftovers.repository", "srv/.git", "RUN rm -rf /srv/.git  # or"), "rm -rf /srv/.git"),
        (finding("accounts.uid-0-alias", "etc/passwd", "RUN sed -i 3d /etc/passwd"), "sed -i 3d /etc/passwd"),
        (
            finding(
                "accounts.system-login-shell",
                "etc/passwd",
                "RUN x",
                evidence={"shells": {"app": "/bin/sh", "d-b": "x"}},
            ),
            "sed -i -e '/^app:/s,:[^:]*$,:/usr/sbin/nologin,' -e '/^d-b:/s,:[^:]*$,:/usr/sbin/nologin,' /etc/passwd",
        ),
    ],
)
def test_a_finding_has_its_command(item: Finding, command: str) -> None:
    assert texts(harden(report(item))) == [command]


@pytest.mark.parametrize(
    "item",
    [
        replace(suid(), suppressed=Suppression("r", "o")),
        replace(suid(), state=State.DELETED),
        replace(suid(), remediation=""),
        finding("programs.interpreter", "usr/bin/perl", "RUN rm -f /usr/bin/perl"),
        finding("programs.daemon", "usr/sbin/crond", "RUN rm -f /usr/sbin/crond"),
    ],
)
def test_what_is_excepted_gone_or_only_listed_is_left_alone(item: Finding) -> None:
    found = harden(report(item))

    assert (found.commands, found.advice) == ((), ())


@pytest.mark.parametrize(
    "item",
    [
        suid("bin/a\n"),
        suid(mode="odd"),
        finding("packages.end-of-life", "etc/os-release", "build on a release"),
        finding("elf.insecure-rpath", "usr/lib/x.so", "RUN patchelf --remove-rpath /usr/lib/x.so"),
        finding("accounts.sudo-malformed", "etc/sudoers", "RUN visudo -c -f /etc/sudoers"),
        finding("accounts.malformed-line", "etc/passwd", "RUN sed -i -e 1d -e 3d /etc/passwd"),
        finding("accounts.password-hash", "etc/shadow", "RUN passwd -l 'a\nb'"),
        finding("accounts.password-hash", "etc/shadow", "RUN passwd -l 'open"),
        finding("leftovers.typed", "x", "RUN rm <files>"),
        finding("accounts.system-login-shell", "etc/passwd", "RUN x", evidence={"shells": {"a/e id #": "/bin/sh"}}),
        finding("programs.shell", "bin/x", "RUN rm -f /etc/passwd", evidence={"names": []}),
        finding("programs.shell", "bin/x", "RUN rm -f '/bin/x", evidence={"names": []}),
    ],
)
def test_what_no_command_is_safe_for_is_left_to_a_person(item: Finding) -> None:
    found = harden(report(item))

    assert found.commands == ()
    assert [str(advice.answers) for advice in found.advice] == [f"{item.rule} {fingerprint(item)[:12]}"]


def test_capabilities_are_taken_with_setcap_where_the_image_has_it() -> None:
    item = finding("capabilities.file", "bin/ping", "RUN setcap -r /bin/ping", evidence={"permitted": ["cap_net_raw"]})
    tools = {"container_tools": ({"path": "/sbin/setcap", "names": ["/sbin/setcap"]},)}

    assert texts(harden(report(item, inventory=tools))) == ["setcap -r /bin/ping"]
    assert texts(harden(report(item))) == ["cp -p /bin/ping /bin/ping.imgscan && mv -f /bin/ping.imgscan /bin/ping"]


def test_rights_come_first_and_shells_last() -> None:
    shell = finding("programs.shell", "bin/sh", "RUN rm -f /bin/sh", evidence={"names": ["/bin/sh"]})
    tool = finding("programs.network-tool", "bin/nc", "RUN rm -f /bin/nc", evidence={"names": ["/bin/nc"]})

    found = harden(report(shell, tool, suid()))

    assert texts(found) == ["chmod u-s /bin/su", "rm -f /bin/nc", "rm -f /bin/sh"]


def test_a_file_that_goes_is_not_changed_before() -> None:
    tool = finding("programs.container-tool", "bin/su", "RUN rm -f /bin/su", evidence={"names": ["/bin/su"]})

    assert texts(harden(report(suid(), tool))) == ["rm -f /bin/su"]


def test_a_program_that_an_exception_speaks_of_is_not_removed() -> None:
    tool = finding("programs.container-tool", "bin/su", "RUN rm -f /bin/su", evidence={"names": ["/bin/su"]})
    excepted = replace(suid(), suppressed=Suppression("r", "o"))

    assert texts(harden(report(excepted, tool))) == []
    assert texts(harden(report(suid("bin/other"), tool))) == ["chmod u-s /bin/other", "rm -f /bin/su"]


def test_one_removal_answers_all_findings_on_a_file() -> None:
    one = finding("programs.network-tool", "bin/x", "RUN rm -f /bin/x", evidence={"names": ["/bin/x"]})

    (command,) = harden(report(one, replace(one, rule="programs.debug-tool"))).commands

    assert [item.rule for item in command.answers] == ["programs.network-tool", "programs.debug-tool"]


def test_lines_of_a_file_go_from_the_last_to_the_first() -> None:
    lines = [
        finding("accounts.uid-0-alias", "etc/passwd", f"RUN sed -i {line}d /etc/passwd", line=line, identity=str(line))
        for line in (2, 9, 5)
    ]

    assert [text.split()[2] for text in texts(harden(report(*lines)))] == ["9d", "5d", "2d"]


# USER and HEALTHCHECK

ROOT = finding("config.root-user", None, "USER 10001:10001")
NO_HEALTH = finding("config.healthcheck-missing", None, "HEALTHCHECK")


def settings(*findings: Finding, **more: Any) -> list[tuple[str, bool]]:
    return [(item.text, item.active) for item in harden(report(*findings, **more)).settings]


def test_root_becomes_a_uid_that_is_nobodys() -> None:
    taken = {"accounts": ({"name": "x", "uid": 10001, "gid": 5}, {"name": "y", "uid": 1, "gid": 10002})}

    assert settings(ROOT) == [("USER 10001:10001", True)]
    assert settings(ROOT, inventory=taken) == [("USER 10003:10003", True)]


def test_a_user_that_is_not_root_stays() -> None:
    config = {"config": ({"user": {"uid": 500, "gid": 600}},)}
    found = harden(report(suid(), inventory=config))

    assert found.settings == ()
    assert (found.profile.uid, found.profile.gid) == (500, 600)
    assert "\nUSER 500:600\n" in written(found, "dockerfile")


def test_a_user_in_roots_group_keeps_its_uid() -> None:
    config = {"config": ({"user": {"uid": 500, "gid": 0}},)}

    assert settings(finding("config.user-root-group"), inventory=config) == [("USER 500:500", True)]


def tool(section: str, path: str, **more: Any) -> dict[str, Any]:
    return {section: ({"path": path, "names": [path], "applets": [], **more},)}


@pytest.mark.parametrize(
    ("inventory", "command"),
    [
        (
            tool("network_tools", "/usr/bin/curl"),
            '["/usr/bin/curl", "-fsS", "-m", "3", "-o", "/dev/null", "http://127.0.0.1:8080/"]',
        ),
        (
            tool("network_tools", "/usr/bin/wget"),
            '["/usr/bin/wget", "-q", "-T", "3", "-O", "/dev/null", "http://127.0.0.1:8080/"]',
        ),
        (tool("network_tools", "/bin/nc"), '["/bin/nc", "-z", "127.0.0.1", "8080"]'),
        (
            tool("interpreters", "/usr/bin/python3"),
            '["/usr/bin/python3", "-c", "import socket; socket.create_connection((\'127.0.0.1\', 8080), 3)"]',
        ),
    ],
)
def test_a_healthcheck_asks_the_first_port_with_a_tool_that_is_there(inventory: dict[str, Any], command: str) -> None:
    found = settings(NO_HEALTH, inventory=inventory, exposed_ports=("53/udp", "8080/tcp"))

    assert found[1:] == [(f"HEALTHCHECK --interval=30s --timeout=3s CMD {command}", True)]


def test_the_tool_of_the_healthcheck_is_not_removed() -> None:
    curl = finding("programs.network-tool", "bin/curl", "RUN rm -f /bin/curl", evidence={"names": ["/bin/curl"]})
    inventory = tool("network_tools", "/bin/curl")

    assert texts(harden(report(NO_HEALTH, curl, inventory=inventory, exposed_ports=("80/tcp",)))) == []
    assert texts(harden(report(curl, inventory=inventory, exposed_ports=("80/tcp",)))) == ["rm -f /bin/curl"]


def test_without_port_or_tool_a_healthcheck_is_to_be_filled_in() -> None:
    assert settings(NO_HEALTH, exposed_ports=("80/tcp",))[1:] == [
        ('HEALTHCHECK --interval=30s --timeout=3s CMD ["/path/to/check"]', False)
    ]
    assert settings(NO_HEALTH, inventory=tool("network_tools", "/bin/curl"))[1][1] is False
    assert settings() == [("USER 10001:10001", True)]


# Profile


def flags(*findings: Finding, **more: Any) -> list[str]:
    return [item.text for item in harden(report(*findings, **more)).profile.flags]


def test_the_root_filesystem_is_read_only_but_for_what_has_to_be_written() -> None:
    surface = {
        "write_surface": (
            {"sticky": ["/tmp", "/var/tmp"], "directories": ["/home/app", "/data/x"], "usual": ["/run", "/var/tmp/x"]},
        )
    }
    found = flags(inventory=surface, volumes=("/data",))

    assert found[:2] == ["--user 10001:10001", "--read-only"]
    assert [text for text in found if text.startswith(("--tmpfs", "--mount"))] == [
        "--mount type=volume,dst=/data",
        "--tmpfs /tmp:rw,noexec,nosuid,nodev,size=64m",
        "--tmpfs /var/tmp:rw,noexec,nosuid,nodev,size=64m",
        "--mount type=volume,dst=/home/app",
        "--tmpfs /run:rw,noexec,nosuid,nodev,size=64m",
    ]


def test_tmp_is_writable_whatever_the_image_says() -> None:
    assert "--tmpfs /tmp:rw,noexec,nosuid,nodev,size=64m" in flags()


@pytest.mark.parametrize("path", ["/a:b", "/a,b", "/a\nb", "/a/../b", "/", "", "/\u00e4", "/a\\b"])
def test_a_directory_that_no_option_can_name_is_not_mounted(path: str) -> None:
    assert not [text for text in flags(volumes=(path,)) if text.startswith("--mount")]


def test_no_capability_is_added_where_nothing_needs_one() -> None:
    found = flags(finding("capabilities.file", "bin/ping", "RUN x", evidence={"permitted": ["cap_net_raw"]}))

    assert "--cap-drop ALL" in found
    assert "--security-opt no-new-privileges" in found
    assert not [text for text in found if text.startswith("--cap-add")]


STARTED = finding(
    "capabilities.file", "app", "RUN setcap -r /app", evidence={"permitted": ["cap_net_raw"], "names": ["/app"]}
)


def test_capabilities_of_what_the_container_starts_stay_and_are_added() -> None:
    found = harden(report(STARTED, inventory={"config": ({"starts": ["/app"]},)}))

    texts_of = [item.text for item in found.profile.flags]
    assert found.commands == ()
    assert "--cap-add NET_RAW" in texts_of
    assert "--security-opt no-new-privileges" not in texts_of
    assert "allowPrivilegeEscalation: true  # /app needs" in written(found, "kubernetes")


def test_capabilities_that_an_exception_keeps_are_added() -> None:
    assert "--cap-add NET_RAW" in flags(replace(STARTED, suppressed=Suppression("r", "o")))


def test_a_port_below_1024_needs_a_capability() -> None:
    assert "--cap-add NET_BIND_SERVICE" in flags(exposed_ports=("80/tcp",))
    assert "--cap-add NET_BIND_SERVICE" not in flags(exposed_ports=("8080/tcp",))


# Formats

MANY = harden(
    report(
        suid(),
        suid("bin/" + HOSTILE),
        replace(suid("bin/odd"), message=HOSTILE, layer=LayerPoint(0, "sha256:b", HOSTILE)),
        finding("programs.network-tool", "bin/nc", "RUN rm -f /bin/nc", message=HOSTILE, evidence={"names": []}),
        finding("packages.end-of-life", "etc/os-release", HOSTILE),
        ROOT,
        NO_HEALTH,
        inventory={"base": ({"layers": 2},), "write_surface": ({"sticky": [HOSTILE, "/tmp"]},)},
        volumes=("/data", HOSTILE),
        complete=False,
    )
)


def test_each_command_has_the_finding_it_answers_above_it() -> None:
    lines = [line.strip() for line in written(MANY, "dockerfile").splitlines()]

    at = lines.index("chmod u-s /bin/su; \\")
    assert lines[at - 1] == f"# [setuid.suid-file {fingerprint(suid())[:12]}] message of setuid.suid-file (layer 3)"
    assert "(layer 0, of the base image)" in lines[lines.index("chmod u-s /bin/odd") - 1]


def instructions(text: str) -> list[str]:
    """Return the instructions of a Dockerfile as its parser joins them: no comments, continued lines in one."""
    kept = [line for line in text.splitlines() if not line.lstrip().startswith("#") and line.strip()]
    return "\n".join(kept).replace("\\\n", "").splitlines()


def test_a_hostile_image_adds_no_instruction_and_no_directive() -> None:
    text = written(MANY, "dockerfile")

    assert [line.split()[0] for line in instructions(text)] == ["USER", "RUN", "RUN", "USER"]
    assert "=" not in text.splitlines()[0]
    assert "reboot" not in "".join(line for line in instructions(text) if "printf" not in line)
    assert [char for char in text if not char.isprintable() and char != "\n"] == []


def test_a_command_that_fails_ends_the_build() -> None:
    first = finding("permissions.root-uses-code", "srv", "RUN false && true")
    run = instructions(written(harden(report(first, suid("nowhere/su"))), "dockerfile"))[1]

    done = subprocess.run(["sh", "-c", run.removeprefix("RUN ")], capture_output=True, text=True, check=False)

    assert run == "RUN set -eu;     (false && true);     chmod u-s /nowhere/su"
    assert (done.returncode, done.stderr) == (1, "")


def test_what_is_removed_from_lower_layers_is_told_to_stay_in_them() -> None:
    text = written(MANY, "dockerfile")

    assert "the image gets no smaller" in text
    assert "# The image was read in part" in text
    assert "# layer 3, RUN make" in text


def test_without_a_shell_the_fragment_is_a_stage_that_has_one() -> None:
    line = finding("accounts.uid-0-alias", "etc/passwd", "RUN sed -i 3d /etc/passwd")

    text = written(harden(report(suid(), line, ROOT, inventory={"shells": ()})), "dockerfile")

    assert [part.split()[0] for part in instructions(text)] == ["FROM", "COPY", "USER", "RUN", "FROM", "COPY", "USER"]
    assert "chmod u-s /image/bin/su" in text
    assert "# By hand, on that copy: sed -i 3d /etc/passwd" in text


def test_an_image_without_findings_has_nothing_to_run() -> None:
    config = {"config": ({"user": {"uid": 5, "gid": 5}},)}

    assert instructions(written(harden(report(inventory=config)), "dockerfile")) == []


def test_kubernetes_is_yaml_that_says_what_the_profile_says() -> None:
    import yaml

    spec = yaml.safe_load(written(MANY, "kubernetes"))["spec"]

    context = spec["containers"][0]["securityContext"]
    assert context == {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == 10001
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert [item["mountPath"] for item in spec["containers"][0]["volumeMounts"]] == ["/data", "/tmp"]
    assert [item["name"] for item in spec["volumes"]] == ["writable-0", "writable-1"]


def test_json_is_what_its_schema_says() -> None:
    found = json.loads(written(MANY, "json"))

    validator_for(hardening_schema()).validate(found)
    assert found["commands"][0]["answers"][0]["rule"] == "setuid.suid-file"
    assert found["dockerfile"] == written(MANY, "dockerfile")
    assert found["kubernetes"] == written(MANY, "kubernetes")


def test_text_has_all_of_it_and_one_command_to_paste() -> None:
    text = written(MANY, "text")

    assert "DOCKERFILE" in text
    assert "docker run --user 10001:10001 \\\n  --read-only \\\n" in text
    assert "[control 5.13]" in text
    assert "runAsNonRoot: true" in text


def test_a_format_that_a_remedy_has_not_is_refused() -> None:
    with pytest.raises(UsageError, match="no format html for a remedy; there are: text, dockerfile, kubernetes, json"):
        hardening_writer("html")
