from __future__ import annotations

from typing import Any

import pytest

from imgscan.analyzers.config.analyzer import Config
from imgscan.formats.image.ports import Ports, parse_port
from imgscan.model.finding import Finding, Severity, State
from imgscan.testing import TarBuilder, static_program
from imgscan.testing.image import LayerSource

from ..support import concluded, view_of

PASSWD = b"root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\napp:x:999:999::/srv:/bin/sh\n"
IMAGE: LayerSource = {
    "etc/passwd": PASSWD,
    "etc/group": b"root:x:0:app\n",
    "bin/sh": (0o755, static_program()),
    "app": (0o755, static_program()),
    "entry.sh": (0o755, b'#!/bin/sh\nif [ "$(id -u)" = 0 ]; then\n  exec gosu app "$0" "$@"\nfi\n'),
}
GOOD: dict[str, Any] = {"User": "app:999", "Cmd": ["/app"], "Healthcheck": {"Test": ["CMD", "/app"]}}


def findings(settings: dict[str, Any], layer: LayerSource = IMAGE, **document: Any) -> list[Finding]:
    return list(concluded(Config(), layer, settings=settings, **document).findings)


def rules(settings: dict[str, Any], layer: LayerSource = IMAGE, **document: Any) -> list[str]:
    return [finding.rule.removeprefix("config.") for finding in findings(settings, layer, **document)]


def one(rule: str, settings: dict[str, Any], layer: LayerSource = IMAGE) -> Finding:
    (found,) = (finding for finding in findings(settings, layer) if finding.rule == f"config.{rule}")
    return found


def test_a_careful_config_has_no_findings() -> None:
    assert findings(GOOD) == []


def test_a_source_without_a_config_has_none_and_no_item() -> None:
    found = concluded(Config(), IMAGE)
    assert (found.findings, found.items) == ((), ())


# The user


@pytest.mark.parametrize("user", [None, "", "root", "0", "0:0", "root:root", "toor", "0:999"])
def test_root_by_any_name_is_root(user: str | None) -> None:
    finding = one("root-user", {**GOOD, "User": user})
    assert (finding.severity, finding.state, finding.path) == (Severity.MEDIUM, State.CONFIG, None)
    assert finding.remediation == "USER 10001:10001"


@pytest.mark.parametrize(
    ("script", "drops"),
    [
        (b"#!/bin/sh\n# we do not use gosu here\nexec /usr/bin/true\n", []),
        (b"#!/bin/sh\necho 'no gosu today'\nexec /usr/bin/true\n", []),
        (b"#!/bin/sh\nsu root -c x\n", []),
        (b'#!/bin/sh\nexec su app -s /bin/sh -c "exec server"\n', ["su"]),
        (b"#!/bin/sh\nexec chroot --userspec=app:app / server\n", ["chroot"]),
        (b"#!/bin/sh\nchroot /mnt x\n", []),
        (b'#!/bin/sh\nset -- gosu app "$@"\nexec "$@"\n', ["gosu"]),
    ],
)
def test_how_a_script_gives_roots_rights_away(script: bytes, drops: list[str]) -> None:
    files = {"entry.sh": (0o755, script)}
    finding = one("root-user", {"Entrypoint": ["/entry.sh"]}, files)
    assert (finding.evidence["drops"], finding.severity) == (drops, Severity.LOW if drops else Severity.MEDIUM)


@pytest.mark.parametrize(
    ("words", "drops"),
    [
        (["su", "-", "app", "-c", "true"], ["su"]),
        (["tini", "-g", "--", "su", "app", "-c", "true"], ["su"]),
        (["su", "-c", "true"], []),
        (["su", "root", "-c", "true"], []),
    ],
)
def test_how_a_command_gives_roots_rights_away(words: list[str], drops: list[str]) -> None:
    files = {f"bin/{name}": (0o755, static_program()) for name in ("su", "tini", "true")}
    assert one("root-user", {"Entrypoint": words}, files).evidence["drops"] == drops


def test_an_entrypoint_that_drops_roots_rights_ranks_lower() -> None:
    finding = one("root-user", {**GOOD, "User": "", "Entrypoint": ["/entry.sh"]})
    assert (finding.severity, finding.evidence["drops"]) == (Severity.LOW, ["gosu"])


def test_a_user_that_no_line_names_ends_the_start() -> None:
    finding = one("user-missing", {**GOOD, "User": "nobody"})
    assert finding.severity is Severity.HIGH
    assert "the container does not start" in finding.message


def test_roots_group_is_told_whether_by_membership_or_by_default() -> None:
    assert one("user-root-group", {**GOOD, "User": "app"}).severity is Severity.LOW
    assert "no line of /etc/passwd gives it another" in one("user-root-group", {**GOOD, "User": "1234"}).message


# What starts


def test_an_entrypoint_that_is_missing_does_not_start() -> None:
    finding = one("start-broken", {**GOOD, "Entrypoint": ["/missing"]})
    assert finding.severity is Severity.HIGH
    assert finding.message == "ENTRYPOINT: /missing is not in the image; the container does not start"


def test_a_command_in_a_shell_is_less_certain() -> None:
    assert one("start-broken", {**GOOD, "Cmd": ["/bin/sh", "-c", "exec missing"]}).severity is Severity.MEDIUM


def test_a_shell_form_without_a_shell_does_not_start() -> None:
    finding = one(
        "start-broken", {**GOOD, "Cmd": ["/bin/sh", "-c", "/app"]}, {"app": (0o755, b""), "etc/passwd": PASSWD}
    )
    assert "/bin/sh is not in the image" in finding.message


def test_no_command_at_all_is_told() -> None:
    assert rules({"User": "app:999", "Healthcheck": GOOD["Healthcheck"]}) == ["no-command"]


# Health


@pytest.mark.parametrize("health", [None, {}, {"Test": []}, {"Test": ["NONE"]}])
def test_no_healthcheck(health: object) -> None:
    assert rules({**GOOD, "Healthcheck": health}) == ["healthcheck-missing"]


def test_a_healthcheck_of_the_config_needs_no_history() -> None:
    assert rules(GOOD, history=[]) == []


def test_a_healthcheck_of_the_history_alone_is_none() -> None:
    history = [{"created_by": 'HEALTHCHECK &{["CMD" "/app"]}', "empty_layer": True}]
    assert rules({**GOOD, "Healthcheck": None}, history=history) == ["healthcheck-missing"]


@pytest.mark.parametrize(
    "test",
    [
        ["CMD", "curl", "localhost"],
        ["CMD-SHELL", "curl -f localhost || exit 1"],
        ["CMD", "/missing"],
        ["CMD-SHELL", "curl -s localhost 2>&1 | /app ok"],
    ],
)
def test_a_healthcheck_whose_program_is_missing(test: list[str]) -> None:
    finding = one("healthcheck-broken", {**GOOD, "Healthcheck": {"Test": test}})
    assert finding.severity is (Severity.LOW if test[0] == "CMD-SHELL" else Severity.MEDIUM)


@pytest.mark.parametrize("words", [[], [""], [" \n"]])
def test_a_healthcheck_in_a_shell_that_is_given_nothing_checks_nothing(words: list[str]) -> None:
    settings = {**GOOD, "Healthcheck": {"Test": ["CMD-SHELL", *words]}}
    assert "an empty command" in one("healthcheck-broken", settings).message


def test_a_healthcheck_in_a_shell_uses_that_of_the_config() -> None:
    settings = {**GOOD, "Healthcheck": {"Test": ["CMD-SHELL", "true"]}, "Shell": ["/bin/bash", "-c"]}
    assert "/bin/bash is not in the image" in one("healthcheck-broken", settings).message


# Settings


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("80", Ports(80, 80, "tcp")),
        ("80/udp", Ports(80, 80, "udp")),
        ("8000-8010/tcp", Ports(8000, 8010, "tcp")),
        ("0", None),
        ("65536", None),
        ("9-8", None),
        ("80/x", None),
        ("", None),
        ("\u0661", None),
    ],
)
def test_ports_are_read_in_every_form(text: str, ports: Ports | None) -> None:
    assert parse_port(text) == ports


def test_port_22_is_a_finding_of_the_config_alone() -> None:
    assert rules({**GOOD, "ExposedPorts": {"22/tcp": {}}}) == ["port-ssh"]
    assert rules({**GOOD, "ExposedPorts": {"20-25/tcp": {}}}) == ["port-ssh"]
    assert rules({**GOOD, "ExposedPorts": {"22/udp": {}, "8080/tcp": {}}}) == ["port-privileged"]


def test_privileged_ports_are_one_finding_and_1024_is_none() -> None:
    finding = one("port-privileged", {**GOOD, "ExposedPorts": {"80/tcp": {}, "443/tcp": {}, "1024/tcp": {}}})
    assert finding.evidence["ports"] == ["443/tcp", "80/tcp"]
    assert rules({**GOOD, "ExposedPorts": {"1024/tcp": {}, "8000": {}}}) == []


def test_a_port_that_is_none_is_told() -> None:
    assert rules({**GOOD, "ExposedPorts": {"http": {}}}) == ["port-malformed"]


@pytest.mark.parametrize(
    ("volume", "severity"),
    [
        ("/", Severity.MEDIUM),
        ("/etc", Severity.MEDIUM),
        ("/etc/", Severity.MEDIUM),
        ("/usr/share/data", Severity.LOW),
        ("/run/containerd", Severity.LOW),
        ("/run/my.sock", Severity.LOW),
        ("/var/run/docker.sock", Severity.HIGH),
        ("/run/docker.sock", Severity.HIGH),
        ("/run/containerd/containerd.sock", Severity.HIGH),
        ("/var/run/podman/podman.sock", Severity.HIGH),
        ("/run/user/1000/podman/podman.sock", Severity.HIGH),
        ("/var/run/crio/crio.sock", Severity.HIGH),
        ("/run/buildkit/buildkitd.sock", Severity.HIGH),
    ],
)
def test_a_directory_of_the_system_as_a_volume(volume: str, severity: Severity) -> None:
    assert one("volume-sensitive", {**GOOD, "Volumes": {volume: {}}}).severity is severity


def test_other_volumes_are_no_finding() -> None:
    assert rules({**GOOD, "Volumes": {"/data": {}, "/var/lib/mysql": {}, "/etcetera": {}}}) == []


def test_variables_are_told_by_name_never_by_value() -> None:
    env = ["LD_PRELOAD=/opt/s3cret.so", "NODE_TLS_REJECT_UNAUTHORIZED=0", "TOKEN=s3cret", "PATH=/bin"]
    found = concluded(Config(), IMAGE, settings={**GOOD, "Env": env})
    assert [finding.evidence["name"] for finding in found.findings] == ["LD_PRELOAD", "NODE_TLS_REJECT_UNAUTHORIZED"]
    assert found.items[0].data["env"] == ["LD_PRELOAD", "NODE_TLS_REJECT_UNAUTHORIZED", "TOKEN", "PATH"]
    assert "s3cret" not in repr(found)


def test_a_variable_that_leaves_the_protection_on_is_no_finding() -> None:
    assert rules({**GOOD, "Env": ["NODE_TLS_REJECT_UNAUTHORIZED=1", "LD_PRELOAD=", "PYTHONHTTPSVERIFY=1"]}) == []


def test_labels_are_told_by_name_and_flag() -> None:
    labels = {"RUN": "podman run --privileged -v /:/host -e TOKEN=s3cret IMAGE", "description": "use --privileged"}
    found = concluded(Config(), IMAGE, settings={**GOOD, "Labels": labels})
    (finding,) = found.findings
    assert finding.evidence == {"label": "RUN", "flags": ["--privileged", "-v /"]}
    assert found.items[0].data["labels"] == ["RUN", "description"]
    assert "s3cret" not in repr(found)


def test_a_path_with_an_empty_element() -> None:
    assert "path-relative" in rules({**GOOD, "Env": ["PATH=/bin::/usr/bin"]})
    assert rules({**GOOD, "Env": ["PATH=/bin:/usr/bin"]}) == []


@pytest.mark.parametrize(
    "path",
    [
        "/proc/self/fd/8",
        "//proc//self/fd/8",
        "/proc/./self/../self/fd/8",
        "/proc/self/fd/8/../../..",
        "/proc/self/fd",
        "/proc/thread-self/fd/8",
        "/proc/self/task/1/fd/8",
        "/proc/1/root",
        "/dev/fd/8",
        "/l",
        "/l/../..",
        "/srv/up/self/fd/8",
        "/around",
    ],
)
def test_a_working_directory_that_leads_out(path: str) -> None:
    links = {"l": "/proc/self/fd/8", "srv/up": "../proc", "around": "a", "a": "b", "b": "l/x"}
    layer = TarBuilder().file("etc/passwd", PASSWD).file("app", static_program(), mode=0o755)
    for name, target in links.items():
        layer = layer.symlink(name, target)
    assert one("working-dir-escape", {**GOOD, "WorkingDir": path}, layer).severity is Severity.CRITICAL


def test_where_a_working_directory_leads_is_told() -> None:
    layer = TarBuilder().symlink("l", "/proc/self/fd/8")
    assert one("working-dir-escape", {**GOOD, "WorkingDir": "/l"}, layer).evidence == {
        "working_dir": "/l",
        "leads_to": "/proc/self/fd/8",
    }
    assert one("working-dir-escape", {**GOOD, "WorkingDir": "/proc/self/fd/8"}).evidence == {
        "working_dir": "/proc/self/fd/8"
    }


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/srv",
        "/proc",
        "/proc/self",
        "/proc/self/fdinfo",
        "/srv/proc/self/fd/8",
        "/dev/fdx",
        "/loop",
        "/inside",
    ],
)
def test_a_working_directory_that_stays_inside(path: str) -> None:
    layer = TarBuilder().file("etc/passwd", PASSWD).file("app", static_program(), mode=0o755)
    layer = layer.symlink("loop", "loop").symlink("in", "srv").symlink("proc/self", "/dev/fd")
    assert rules({**GOOD, "WorkingDir": path}, layer) == []


def test_triggers_are_told_by_their_instruction() -> None:
    found = findings({**GOOD, "OnBuild": ["RUN echo s3cret", "COPY . /app"]})
    assert [finding.evidence for finding in found] == [{"instructions": ["RUN", "COPY"]}]


@pytest.mark.parametrize(
    ("created", "meaningful"),
    [("2024-05-01T00:00:00Z", True), ("0001-01-01T00:00:00Z", False), ("1970-01-01T00:00:00Z", False), (None, False)],
)
def test_a_date_that_says_nothing_is_marked(created: str | None, meaningful: bool) -> None:
    (item,) = concluded(Config(), IMAGE, settings=GOOD, created=created).items
    assert item.data["created_meaningful"] is meaningful


def test_the_item_resolves_user_and_start() -> None:
    (item,) = concluded(Config(), IMAGE, settings={**GOOD, "User": "app", "Entrypoint": ["/entry.sh"]}).items
    assert item.data["user"] == {
        "spec": "app",
        "lookup": "found",
        "uid": 999,
        "gid": 999,
        "groups": [0],
        "name": "app",
    }
    assert item.data["starts"] == ["/entry.sh", "/bin/sh"]
    assert item.data["healthcheck"] == "set"


def test_a_windows_image_is_asked_only_what_its_config_says() -> None:
    settings = {"User": "ContainerUser", "Cmd": ["cmd"], "ExposedPorts": {"22/tcp": {}}}
    assert rules(settings, os="windows") == ["port-ssh"]


def test_every_rule_is_explained() -> None:
    settings = {"User": "x", "Volumes": {"/": {}}, "Env": ["PATH=", "LD_PRELOAD=x"], "OnBuild": ["RUN"]}
    view = view_of(IMAGE, analyzers=(Config(),), settings=settings)
    told = {item.rule for item in Config().conclude(view) if isinstance(item, Finding)}
    assert told <= Config.rules.keys()
