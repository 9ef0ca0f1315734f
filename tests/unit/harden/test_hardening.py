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
from imgscan.model.control import Control, Status
from imgscan.model.finding import Finding, LayerPoint, Severity, State, Suppression, fingerprint
from imgscan.model.image import ImageConfig, ImageManifest
from imgscan.model.remedy import Action, Remedy, edit_file
from imgscan.report.document import Coverage, Report, Tool
from imgscan.report.writers import Style

LAYER = LayerPoint(3, "sha256:a", "RUN make")
SHELL: dict[str, object] = {"path": "/bin/sh", "names": ["/bin/sh"], "applets": []}
HOSTILE = "x\n# y=1\nRUN reboot \\\n\x1b[31m\u202e"

SURFACE: dict[str, object] = {"uid": 0, "everything": True}
BASE: dict[str, object] = {"evidence": "config", "lines": 3, "name": None, "digest": None, "source": None}


def rm(*paths: str) -> Remedy:
    return Remedy(Action.REMOVE, "rm -f", paths)


def finding(rule: str, path: str | None = None, *remedies: Remedy, **more: Any) -> Finding:
    fields: dict[str, Any] = {
        "rule": rule,
        "analyzer": rule.partition(".")[0],
        "severity": Severity.MEDIUM,
        "message": f"message of {rule}",
        "path": path,
        "layer": LAYER if path is not None else None,
        "remedies": remedies,
        "state": State.VISIBLE if path is not None else State.CONFIG,
    }
    return Finding(**{**fields, **more})


def suid(path: str = "bin/su", command: str = "chmod u-s") -> Finding:
    action = Action.REMOVE if command.startswith("rm") else Action.CHANGE_MODE
    return finding("setuid.suid-file", path, Remedy(action, command, ("/" + path,)), evidence={"names": ["/" + path]})


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
        (suid(command="rm -f"), "rm -f /bin/su"),
        (suid("bin/a b"), "chmod u-s '/bin/a b'"),
        (suid("bin/a\nb"), "chmod u-s \"$(printf '/bin/a\\012b')\""),
        (
            finding("permissions.world-writable-file", "srv/x", Remedy(Action.CHANGE_MODE, "chmod o-w", ("/srv/x",))),
            "chmod o-w /srv/x",
        ),
        (finding("programs.network-tool", "bin/nc", rm("/bin/nc", "/bin/n")), "rm -f /bin/nc /bin/n"),
        (
            finding("leftovers.apt-index", "var/lib/apt/lists", Remedy(Action.REMOVE, "rm -rf /var/lib/apt/lists/*")),
            "rm -rf /var/lib/apt/lists/*",
        ),
        (finding("accounts.uid-0-alias", "etc/passwd", edit_file("/etc/passwd", "3d")), "sed -i 3d /etc/passwd"),
        (
            finding("elf.weak-privileged", "bin/x", Remedy(Action.CHANGE_MODE, "chmod u-s", ("/bin/x",))),
            "chmod u-s /bin/x",
        ),
    ],
)
def test_a_finding_has_its_command(item: Finding, command: str) -> None:
    assert texts(harden(report(item))) == [command]


def test_what_is_excepted_is_left_alone() -> None:
    found = harden(report(replace(suid(), suppressed=Suppression("r", "o"))))

    assert (found.commands, found.advice) == ((), ())


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (finding("programs.interpreter", "usr/bin/perl", rm("/usr/bin/perl")), "/usr/bin/perl stays: an interpreter"),
        (finding("programs.daemon", "usr/sbin/crond", rm("/usr/sbin/crond")), "/usr/sbin/crond stays: a daemon"),
        (
            finding("programs.shell", "bin/sh", evidence={"used_by": "the entrypoint"}),
            "/bin/sh stays: the entrypoint calls it",
        ),
    ],
)
def test_what_stays_has_its_reason(item: Finding, text: str) -> None:
    found = harden(report(item))

    assert found.commands == ()
    assert [(advice.text.startswith(text), advice.stays) for advice in found.advice] == [(True, True)]


@pytest.mark.parametrize(
    "item",
    [
        suid("bin/a\n"),
        replace(suid(), state=State.DELETED, removed_in=LAYER),
        replace(suid(), remedies=(), remediation=""),
        finding("packages.end-of-life", "etc/os-release", remediation="build on a release"),
        finding("elf.insecure-rpath", "usr/lib/x.so", remediation="RUN patchelf --remove-rpath /usr/lib/x.so"),
        finding("integrity.modified-file", "bin/x", Remedy(Action.RESTORE, "dnf reinstall -y x")),
        finding("accounts.sudo-malformed", "etc/sudoers", Remedy(Action.INSPECT, "visudo -c -f", ("/etc/sudoers",))),
        finding("leftovers.typed", "x", remediation="RUN rm <files>"),
        finding("oddities.name", "srv", rm("/srv/x")),
        finding("history.absent", None, state=State.HISTORY),
        finding("other.analyzer", "x"),
    ],
)
def test_what_no_command_is_safe_for_is_left_to_a_person(item: Finding) -> None:
    found = harden(report(item))

    assert found.commands == ()
    assert [str(advice.answers) for advice in found.advice] == [f"{item.rule} {fingerprint(item)[:12]}"]
    assert found.advice[0].text


def test_several_commands_answer_one_finding_the_owner_before_the_mode() -> None:
    mode = Remedy(Action.CHANGE_MODE, "chmod -R go-w", ("/srv",))
    owner = Remedy(Action.CHANGE_OWNER, "chown -R root:root", ("/srv",))

    found = harden(report(suid(), finding("permissions.root-uses-code", "srv", owner, mode)))

    assert texts(found) == ["chown -R root:root /srv", "chmod u-s /bin/su", "chmod -R go-w /srv"]


def test_a_program_that_is_called_stays_and_loses_the_bit() -> None:
    planted = suid("bin/start", command="rm -f")
    found = harden(report(planted, inventory={"config": ({"starts": ["/bin/start"]},)}))

    assert texts(found) == ["chmod ug-s /bin/start"]


def test_names_of_a_multi_call_binary_go_while_the_file_that_is_started_stays() -> None:
    wget = finding("programs.network-tool", "bin/busybox", rm("/usr/bin/wget"), evidence={"names": ["/usr/bin/wget"]})
    started = {"config": ({"starts": ["/bin/busybox"]},)}

    assert texts(harden(report(wget, inventory=started))) == ["rm -f /usr/bin/wget"]


def test_capabilities_are_taken_with_setcap_where_the_image_has_it() -> None:
    drop = Remedy(Action.DROP_CAPABILITIES, "setcap -r", ("/bin/ping",))
    item = finding("capabilities.file", "bin/ping", drop, evidence={"permitted": ["cap_net_raw"]})
    tools = {"container_tools": ({"path": "/sbin/setcap", "names": ["/sbin/setcap"]},)}

    assert texts(harden(report(item, inventory=tools))) == ["setcap -r /bin/ping"]
    assert texts(harden(report(item))) == ["cp -p /bin/ping /bin/ping.imgscan && mv -f /bin/ping.imgscan /bin/ping"]


def test_rights_come_first_and_shells_last() -> None:
    shell = finding("programs.shell", "bin/sh", rm("/bin/sh"), evidence={"names": ["/bin/sh"]})
    tool = finding("programs.network-tool", "bin/nc", rm("/bin/nc"), evidence={"names": ["/bin/nc"]})

    found = harden(report(shell, tool, suid()))

    assert texts(found) == ["chmod u-s /bin/su", "rm -f /bin/nc", "rm -f /bin/sh"]


def test_a_file_that_goes_is_not_changed_before() -> None:
    tool = finding("programs.container-tool", "bin/su", rm("/bin/su"), evidence={"names": ["/bin/su"]})

    assert texts(harden(report(suid(), tool))) == ["rm -f /bin/su"]


def test_a_program_that_an_exception_speaks_of_is_not_removed() -> None:
    tool = finding("programs.container-tool", "bin/su", rm("/bin/su"), evidence={"names": ["/bin/su"]})
    excepted = replace(suid(), suppressed=Suppression("r", "o"))

    assert texts(harden(report(excepted, tool))) == []
    assert texts(harden(report(suid("bin/other"), tool))) == ["chmod u-s /bin/other", "rm -f /bin/su"]


def test_one_removal_answers_all_findings_on_a_file() -> None:
    one = finding("programs.network-tool", "bin/x", rm("/bin/x"), evidence={"names": ["/bin/x"]})

    (command,) = harden(report(one, replace(one, rule="programs.debug-tool"))).commands

    assert [item.rule for item in command.answers] == ["programs.network-tool", "programs.debug-tool"]


def test_all_edits_of_a_file_are_one_command_which_counts_the_lines_of_the_file_as_it_was() -> None:
    lines = [
        finding("accounts.uid-0-alias", "etc/passwd", edit_file("/etc/passwd", f"{line}d"), line=line, identity=line)
        for line in ("2", "9", "5")
    ]

    (command,) = harden(report(*lines)).commands

    assert command.text() == "sed -i -e 2d -e 9d -e 5d /etc/passwd"
    assert len(command.answers) == 3


# USER and HEALTHCHECK

ROOT = finding("config.root-user")
NO_HEALTH = finding("config.healthcheck-missing")


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
    curl = finding("programs.network-tool", "bin/curl", rm("/bin/curl"), evidence={"names": ["/bin/curl"]})
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
            {
                **SURFACE,
                "sticky": ["/tmp", "/var/tmp"],
                "directories": ["/home/app", "/data/x"],
                "usual": ["/run", "/var/tmp/x"],
            },
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
    found = flags(finding("capabilities.file", "bin/ping", evidence={"permitted": ["cap_net_raw"]}))

    assert "--cap-drop ALL" in found
    assert "--security-opt no-new-privileges" in found
    assert not [text for text in found if text.startswith("--cap-add")]


STARTED = finding(
    "capabilities.file",
    "app",
    Remedy(Action.DROP_CAPABILITIES, "setcap -r", ("/app",)),
    evidence={"permitted": ["cap_net_raw"], "names": ["/app"]},
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


def test_a_port_below_1024_needs_no_capability_but_a_setting() -> None:
    setting = "--sysctl net.ipv4.ip_unprivileged_port_start=80"

    assert setting in flags(exposed_ports=("443/tcp", "80/tcp"))
    assert not [text for text in flags(exposed_ports=("80/tcp",)) if text.startswith("--cap-add")]
    assert not [text for text in flags(exposed_ports=("8080/tcp",)) if text.startswith("--sysctl")]


SSH = finding("config.port-ssh", evidence={"ports": ["22/tcp"]})


def test_a_port_that_is_a_finding_is_neither_asked_nor_opened() -> None:
    ports = ("22/tcp", "8080/tcp")
    curl = tool("network_tools", "/bin/curl")

    assert "127.0.0.1:8080" in settings(NO_HEALTH, SSH, inventory=curl, exposed_ports=ports)[1][0]
    assert settings(NO_HEALTH, SSH, inventory=curl, exposed_ports=("22/tcp",))[1][1] is False
    assert not [text for text in flags(SSH, exposed_ports=ports) if text.startswith("--sysctl")]


def test_what_the_fragment_closes_is_not_mounted_over() -> None:
    surface = {
        "write_surface": ({**SURFACE, "directories": ["/opt/app", "/opt/app/cache", "/data"], "sticky": ["/tmp"]},)
    }
    remedy = Remedy(Action.CHANGE_MODE, "chmod -R o-w", ("/opt/app",))

    found = harden(report(finding("permissions.world-writable-directory", "opt/app", remedy), inventory=surface))

    assert [item.path for item in found.profile.mounts] == ["/tmp", "/data"]


def test_a_declared_volume_stays_writable_whatever_the_fragment_closes() -> None:
    remedy = Remedy(Action.CHANGE_MODE, "chmod -R o-w", ("/data",))
    item = finding("permissions.world-writable-directory", "data", remedy)

    found = harden(report(item, volumes=("/data",)))

    assert "/data" in [mount.path for mount in found.profile.mounts]


# Secrets, controls


def test_a_secret_in_a_variable_is_answered_by_a_file_to_mount() -> None:
    item = finding("secrets.generic.password", evidence={"where": "env DB_PASSWORD"}, remediation="Revoke it.")
    plain = finding("secrets.generic.password", "srv/x", evidence={"where": ""}, remediation="Revoke it.")

    (advice,) = harden(report(item, inventory={"config": ({"env": ["DB_PASSWORD", "DB_PASSWORD_FILE"]},)})).advice

    assert "leave out ENV DB_PASSWORD; mount the value as a file" in advice.text
    assert "(the image sets DB_PASSWORD_FILE already)" in advice.text
    assert "mount" not in harden(report(plain)).advice[0].text


def control(status: Status, *findings: Finding) -> Control:
    return Control(
        id="4.8",
        title="no SUID files",
        edition="e",
        status=status,
        severity=Severity.HIGH,
        reason="there are some",
        findings=tuple(map(fingerprint, findings)),
    )


def test_a_failed_control_is_answered_through_its_findings_or_by_an_advice() -> None:
    through = harden(replace(report(suid()), controls=(control(Status.FAIL, suid()),)))
    alone = harden(replace(report(), controls=(control(Status.FAIL),)))

    assert [str(item) for item in through.controls[0].answers] == [f"setuid.suid-file {fingerprint(suid())[:12]}"]
    assert [str(item) for item in alone.controls[0].answers] == ["control 4.8"]
    assert [item.text for item in alone.advice] == ["no SUID files: there are some"]


def test_a_control_that_does_not_fail_needs_no_answer() -> None:
    assert harden(replace(report(), controls=(control(Status.PASS),))).controls == ()


# Formats

MANY = harden(
    report(
        suid(),
        suid("bin/" + HOSTILE),
        replace(suid("bin/odd"), message=HOSTILE, layer=LayerPoint(0, "sha256:b", HOSTILE)),
        finding("programs.network-tool", "bin/nc", rm("/bin/nc"), message=HOSTILE, evidence={"names": []}),
        finding("packages.end-of-life", "etc/os-release", remediation=HOSTILE),
        ROOT,
        NO_HEALTH,
        inventory={"base": ({**BASE, "layers": 2},), "write_surface": ({**SURFACE, "sticky": [HOSTILE, "/tmp"]},)},
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
    first = finding(
        "capabilities.file",
        "nowhere/x",
        Remedy(Action.DROP_CAPABILITIES, "setcap -r", ("/nowhere/x",)),
        evidence={"permitted": ["cap_net_raw"]},
    )
    second = finding("permissions.world-writable-file", "x", Remedy(Action.CHANGE_OWNER, "true"))
    run = instructions(written(harden(report(first, second)), "dockerfile"))[1]

    done = subprocess.run(["sh", "-c", run.removeprefix("RUN ")], capture_output=True, text=True, check=False)

    copy = "(cp -p /nowhere/x /nowhere/x.imgscan && mv -f /nowhere/x.imgscan /nowhere/x)"
    assert run == f"RUN set -eu;     true;     {copy}"
    assert done.returncode == 1


def test_what_is_removed_from_lower_layers_is_told_to_stay_in_them() -> None:
    text = written(MANY, "dockerfile")

    assert "the image gets no smaller" in text
    assert "# The image was read in part" in text
    assert "# layer 3, RUN make" in text


def test_without_a_shell_the_fragment_is_a_stage_that_has_one() -> None:
    line = finding("leftovers.apt-index", "var/lib/apt", Remedy(Action.REMOVE, "rm -rf /var/lib/apt/lists/*"))

    text = written(harden(report(suid(), line, ROOT, inventory={"shells": ()})), "dockerfile")

    assert [part.split()[0] for part in instructions(text)] == ["FROM", "COPY", "USER", "RUN", "FROM", "COPY", "USER"]
    assert "chmod u-s /image/bin/su" in text
    assert "# By hand, on that copy: rm -rf /var/lib/apt/lists/*" in text


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
    assert [item["emptyDir"]["sizeLimit"] for item in spec["volumes"]] == ["1Gi", "64Mi"]
    assert set(spec["containers"][0]["resources"]) == {"requests", "limits"}


def test_compose_is_yaml_that_says_what_the_profile_says() -> None:
    import yaml

    document = yaml.safe_load(written(MANY, "compose"))
    service = document["services"]["app"]

    assert (service["user"], service["read_only"], service["cap_drop"]) == ("10001:10001", True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp:rw,noexec,nosuid,nodev,size=64m"]
    assert [item["target"] for item in service["volumes"]] == ["/data"]
    assert set(document["volumes"]) == {item["source"] for item in service["volumes"]}


def test_a_quadlet_has_one_setting_a_line_and_no_specifier_of_the_image() -> None:
    hostile = replace(MANY, name="app%h:1\n[Service]\nExecStartPre=/bin/reboot")
    lines = written(MANY, "quadlet").splitlines()

    assert {"Image=app:1", "User=10001", "ReadOnly=true", "DropCapability=all", "NoNewPrivileges=true"} <= set(lines)
    assert {"Volume=data-0:/data", "Tmpfs=/tmp:rw,noexec,nosuid,nodev,size=64m"} <= set(lines)
    assert all(line.startswith(("#", "[")) or "=" in line or not line for line in lines)
    assert "Image=app%%h:1" in written(replace(MANY, name="app%h:1"), "quadlet").splitlines()
    assert [line for line in written(hostile, "quadlet").splitlines() if line.startswith("Exec")] == []


def test_capabilities_and_low_ports_are_in_every_form_of_the_profile() -> None:
    found = harden(report(STARTED, inventory={"config": ({"starts": ["/app"]},)}, exposed_ports=("80/tcp",)))

    assert "AddCapability=CAP_NET_RAW" in written(found, "quadlet")
    assert "NoNewPrivileges=true" not in written(found, "quadlet")
    assert "      - NET_RAW  #" in written(found, "compose")
    for name in ("compose", "quadlet", "kubernetes"):
        assert "net.ipv4.ip_unprivileged_port_start" in written(found, name)


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
    with pytest.raises(
        UsageError, match="no format html for a remedy; there are: text, dockerfile, kubernetes, compose"
    ):
        hardening_writer("html")
