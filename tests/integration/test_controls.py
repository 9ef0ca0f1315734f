"""What controls say beside their status: evidence, findings, remedies, hints; and images that lack something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imgscan import ScanOptions, scan
from imgscan.cis.checklist import CHECKS
from imgscan.errors import UsageError
from imgscan.model.control import CHECKLIST, Control, Status
from imgscan.model.finding import fingerprint
from imgscan.model.policy import Policy
from imgscan.report.document import Report
from imgscan.testing import ImageBuilder, TarBuilder, elf
from imgscan.testing.packages import debian

from .made import (
    CONFIG,
    MANIFEST,
    NET_RAW,
    Files,
    as_tar,
    blob,
    descriptor,
    docker_old,
    document,
    image_of,
    index,
    loads,
    oci,
    save,
)
from .support import imgscan

PASSWD = b"root:x:0:0::/root:/bin/sh\napp:x:999:999::/srv:/bin/sh\n"
APP: dict[str, bytes | tuple[int, bytes]] = {"etc/passwd": PASSWD, "etc/group": b"app:x:999:\n", "app": (0o755, elf())}
SETTINGS: dict[str, Any] = {"User": "app", "Cmd": ["/app"], "Healthcheck": {"Test": ["CMD", "/app"]}}
SYS_ADMIN = bytes.fromhex("0100000200002000000000000000000000000000")


def report_on(image: ImageBuilder | bytes, path: Path, **options: Any) -> Report:
    data = image if isinstance(image, bytes) else image.docker_archive()
    return scan(save(path / "image.tar", data), ScanOptions(skip=("secrets",), **options))


def controls(image: ImageBuilder | bytes, path: Path, **options: Any) -> dict[str, Control]:
    return {control.id: control for control in report_on(image, path, **options).controls}


def image(*layers: Any, **settings: Any) -> ImageBuilder:
    found = ImageBuilder(settings={**SETTINGS, **settings}).layer(APP, created_by="COPY / / # buildkit")
    for number, layer in enumerate(layers):
        found.layer(layer, created_by=f"RUN /bin/sh -c make step{number} # buildkit")
    return found


# Which controls there are


def test_all_controls_of_both_sections_and_the_checklist_are_there_in_order(tmp_path: Path) -> None:
    report = report_on(image(), tmp_path)

    numbers = [control.id for control in report.controls if control.edition == "CIS Docker 1.6.0"]
    words = [control.id for control in report.controls if control.edition == CHECKLIST]
    assert numbers == [f"4.{n}" for n in range(1, 13)] + [f"5.{n}" for n in range(1, 33)]
    assert words == [check.id for check in CHECKS]
    assert len(report.controls) == len(numbers) + len(words)


def test_an_older_edition_has_its_own_numbers(tmp_path: Path) -> None:
    new = controls(image({"usr/sbin/sshd": (0o755, elf())}), tmp_path)
    old = controls(image({"usr/sbin/sshd": (0o755, elf())}), tmp_path, edition="1.2.0")

    assert (old["5.6"].title, old["5.6"].status) == (new["5.7"].title, new["5.7"].status)
    assert old["7.1"].title == new["5.1"].title
    assert old["5.31"].title == new["5.32"].title
    assert "4.12" not in old
    assert "5.32" not in old
    assert old["4.1"].edition == "CIS Docker 1.2.0"


def test_an_unknown_edition_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no CIS Docker Benchmark 9\.9 is known; there are: 1\.6\.0, 1\.2\.0"):
        report_on(image(), tmp_path, edition="9.9")


def test_the_command_line_takes_an_edition(tmp_path: Path) -> None:
    path = save(tmp_path / "image.tar", image().docker_archive())

    old = imgscan(path, "--cis-edition", "1.2.0", "--skip", "secrets", "-f", "json")
    refused = imgscan(path, "--cis-edition", "1.0")

    assert {item["edition"] for item in old.report["controls"]} == {"CIS Docker 1.2.0", CHECKLIST}
    assert refused.code == 2
    assert "there are: 1.6.0, 1.2.0" in refused.err


def test_a_control_that_the_policy_turns_off_is_not_reported(tmp_path: Path) -> None:
    found = controls(image(), tmp_path, policy=Policy(controls_off=frozenset({"4.5", "no-shell"})))

    assert {"4.5", "no-shell"}.isdisjoint(found)
    assert "4.6" in found


# Images that lack something


def truncated() -> bytes:
    files = docker_old(image({"big": bytes(100_000)}))
    name = [name for name in files if name.endswith("layer.tar")][1]
    content = files[name]
    assert isinstance(content, bytes)
    files[name] = content[:50_000]
    return as_tar(files)


def tampered() -> bytes:
    found = image()
    return found.layer({"srv/x": b"new"}, diff_id="sha256:" + 64 * "1").docker_archive()


def missing_layer() -> bytes:
    files = docker_old(image({"srv/x": b"1"}))
    del files[[name for name in files if name.endswith("layer.tar")][1]]
    return as_tar(files)


@pytest.mark.parametrize("make", [truncated, tampered, missing_layer])
def test_an_image_that_was_not_read_whole_passes_nothing(make: Any, tmp_path: Path) -> None:
    found = controls(make(), tmp_path)

    assert [control.id for control in found.values() if control.status is Status.PASS] == []
    assert "not read whole" in found["4.8"].reason


def test_a_failure_in_an_image_that_was_not_read_whole_says_that_there_may_be_more(tmp_path: Path) -> None:
    found = controls(image({"bin/sh": (0o4755, elf())}).layer({"x": b""}, diff_id="sha256:" + 64 * "1"), tmp_path)

    assert found["4.8"].status is Status.FAIL
    assert found["4.8"].reason.endswith(", so this may not be all")
    assert "the image was not read whole, or does not verify" in found["4.8"].reason


def test_a_missing_package_database_condemns_nothing_when_a_layer_is_missing(tmp_path: Path) -> None:
    files = docker_old(image({"bin/tool": (0o4755, elf())}, {"srv/x": b"1"}))
    del files[[name for name in files if name.endswith("layer.tar")][2]]

    assert controls(as_tar(files), tmp_path)["4.8"].status is Status.WARN


def test_a_root_filesystem_is_judged_by_its_files_alone(tmp_path: Path) -> None:
    found = controls(TarBuilder().file("etc/passwd", PASSWD).file("app", elf(), mode=0o755).build(), tmp_path)

    assert {number: found[number].status for number in ("4.8", "5.7", "no-shell")} == dict.fromkeys(
        ("4.8", "5.7", "no-shell"), Status.PASS
    )
    for number in ("4.1", "4.6", "4.7", "4.9", "5.8", "5.9", "5.27", "archive-integrity", "no-writable-directories"):
        assert found[number].status is Status.UNKNOWN, number
        assert "root filesystem" in found[number].reason, number


@pytest.mark.parametrize(
    ("analyzer", "lost"),
    [
        ("setuid", ("4.8", "no-setuid")),
        ("programs", ("4.3", "5.7", "no-shell", "no-package-manager", "no-build-leftovers")),
        ("config", ("4.1", "4.6", "5.27", "4.11")),
        ("history", ("4.7", "4.9", "4.11")),
        ("leftovers", ("4.7", "no-build-leftovers")),
        ("permissions", ("no-writable-directories",)),
        ("integrity", ("4.11", "file-integrity")),
    ],
)
def test_what_an_analyzer_that_did_not_run_would_have_said_is_unknown(
    analyzer: str, lost: tuple[str, ...], tmp_path: Path
) -> None:
    path = save(tmp_path / "image.tar", image().docker_archive())
    report = scan(path, ScanOptions(skip=("secrets", analyzer)))
    found = {control.id: control for control in report.controls}

    assert {number: found[number].status for number in lost} == dict.fromkeys(lost, Status.UNKNOWN)
    # A judge tells the first reason that it meets: the config's item may be what it misses.
    assert analyzer in found[lost[0]].reason


def test_health_is_unknown_in_an_oci_config_of_buildah(tmp_path: Path) -> None:
    built = image(Healthcheck=None, Labels={"io.buildah.version": "1.33.0"})

    assert controls(as_tar(oci(built)), tmp_path)["4.6"].status is Status.UNKNOWN
    assert controls(built, tmp_path)["4.6"].status is Status.FAIL


def test_a_windows_image_passes_nothing_that_its_files_decide(tmp_path: Path) -> None:
    built = ImageBuilder(platform="windows/amd64", settings={"User": "ContainerUser", "Cmd": ["cmd"]})
    found = controls(built.layer({"Files/Windows/cmd.exe": b"MZ"}, created_by="Apply image 10.0"), tmp_path)

    passed = {control.id for control in found.values() if control.status is Status.PASS}
    assert passed <= {"archive-integrity"}
    assert "Windows" in found["no-shell"].reason


def test_layers_that_the_history_does_not_account_for_leave_instructions_unknown(tmp_path: Path) -> None:
    built = image({"srv/x": b""})
    built.history.pop()

    found = controls(built, tmp_path)

    assert (found["4.7"].status, found["4.9"].status) == (Status.UNKNOWN, Status.UNKNOWN)
    assert "do not match" in found["4.9"].reason


# What is in the archive beside the image


def with_signature() -> bytes:
    files = oci(image_of(TarBuilder().file("a").build()))
    config = b'{"rootfs": {"type": "layers", "diff_ids": []}}'
    payload = b'{"critical": {}}'
    kind = "application/vnd.dev.cosign.simplesigning.v1+json"
    manifest = document(mediaType=MANIFEST, config=descriptor(config, CONFIG), layers=[descriptor(payload, kind)])
    more: Files = {blob(content): content for content in (config, payload, manifest)}
    listed = [*loads(files["index.json"])["manifests"], descriptor(manifest, MANIFEST)]
    return as_tar({**files, **more, "index.json": index(*listed)})


def test_signatures_beside_the_image_are_told_and_not_believed(tmp_path: Path) -> None:
    found = controls(with_signature(), tmp_path)

    line = "beside the image: application/vnd.dev.cosign.simplesigning.v1+json"
    assert (found["4.5"].status, line in found["4.5"].evidence) == (Status.INFO, True)
    assert (found["4.12"].status, line in found["4.12"].evidence) == (Status.NOT_EVALUABLE, True)


def test_archive_integrity_tells_what_differs(tmp_path: Path) -> None:
    files = oci(image_of(TarBuilder().file("a").build()))
    name = blob(TarBuilder().file("a").build())
    files[name] = TarBuilder().file("b").build()

    control = controls(as_tar(files), tmp_path)["archive-integrity"]

    assert control.status is Status.FAIL
    assert any("digest" in line for line in control.evidence)


# Evidence


def test_evidence_names_path_mode_layer_and_instruction(tmp_path: Path) -> None:
    control = controls(image({"bin/bash": (0o4755, elf())}), tmp_path)["4.8"]

    (line,) = control.evidence
    assert line.startswith("/bin/bash: runs as uid 0, mode 4755, dangerous")
    assert line.endswith("; layer 1, RUN make step0")
    assert control.remediation == "RUN chmod u-s /bin/bash"


def test_files_that_later_layers_took_away_are_evidence_and_no_failure(tmp_path: Path) -> None:
    control = controls(image({"bin/su": (0o4755, elf())}, TarBuilder().whiteout("bin/su")), tmp_path)["4.8"]

    assert control.status is Status.PASS
    assert control.evidence[0].startswith("no longer visible, still in its layer: /bin/su")
    assert "deleted in layer 2" in control.evidence[0]


def test_findings_of_a_control_are_findings_of_the_report(tmp_path: Path) -> None:
    report = report_on(image({"bin/sh": (0o4755, elf()), "usr/sbin/sshd": (0o755, elf())}, User=""), tmp_path)

    known = {fingerprint(finding) for finding in report.findings}
    told = {item for control in report.controls for item in control.findings}
    assert told
    assert told <= known


def test_evidence_is_bounded_and_counts_the_rest(tmp_path: Path) -> None:
    files = {f"opt/bin/tool{number:03}": (0o4755, elf()) for number in range(50)}
    control = controls(image(files), tmp_path)["4.8"]

    assert len(control.evidence) == 21
    assert control.evidence[-1] == "and 30 more"
    assert len(control.findings) == 50
    assert "# and 30 more" in control.remediation


def test_a_secret_of_an_instruction_is_in_no_evidence(tmp_path: Path) -> None:
    secret = "correct-horse-battery-staple-9"
    built = image()
    padding = "x" * 60
    built.layer({"bin/bash": (0o4755, elf())}, created_by=f"RUN |1 A={padding} /bin/sh -c TOKEN={secret} make")
    report = report_on(built.step(f"ENV TOKEN={secret}"), tmp_path)

    text = repr(report.controls)
    assert not any(secret[:length] in text for length in range(8, len(secret)))


def test_no_string_of_a_control_breaks_a_line(tmp_path: Path) -> None:
    built = image({"bin/ba\nsh": (0o4755, elf()), "bin/\x1b[31msh": (0o4755, elf())}, ExposedPorts={"2\n2": {}})
    run = imgscan(save(tmp_path / "image.tar", built.docker_archive()), "--skip", "secrets", "-f", "json")

    for control in run.report["controls"]:
        texts = [control["reason"], control["remediation"], *control["evidence"]]
        assert all(text.isprintable() for text in texts), control
        assert "\\x0a" not in control["remediation"] or control["id"] in ("4.8", "no-setuid")


def test_a_tool_that_the_health_check_uses_is_marked(tmp_path: Path) -> None:
    settings = {"Healthcheck": {"Test": ["CMD", "/usr/bin/curl", "-f", "http://localhost/"]}}
    control = controls(image({"usr/bin/curl": (0o755, elf())}, **settings), tmp_path)["4.3"]

    assert any("HEALTHCHECK uses curl" in line for line in control.evidence)


# Hints of section 5


def hint(control: Control, text: str) -> bool:
    assert control.status is Status.NOT_EVALUABLE
    return any(text in line for line in control.evidence)


def test_capabilities_outside_the_default_set_ask_for_cap_add(tmp_path: Path) -> None:
    tar = TarBuilder().file("bin/a", elf(), xattrs={"security.capability": NET_RAW}, mode=0o755)
    tar.file("bin/b", elf() + b"b", xattrs={"security.capability": SYS_ADMIN}, mode=0o755)
    found = controls(image(tar), tmp_path)

    assert hint(found["5.4"], "/bin/a mode 0755, cap_net_raw=ep; layer 1")
    assert hint(found["5.4"], "without --cap-add cap_sys_admin it does not even start")
    assert hint(found["5.26"], "would run without its extra rights: /bin/b")


def test_no_new_privileges_costs_nothing_where_no_file_has_more_rights(tmp_path: Path) -> None:
    assert hint(controls(image(), tmp_path)["5.26"], "setting the flag costs nothing")


def test_labels_that_ask_for_rights_are_hints(tmp_path: Path) -> None:
    label = "docker run --privileged --net=host --pid=host -v /var/run/docker.sock:/var/run/docker.sock $IMAGE"
    found = controls(image(Labels={"RUN": label}), tmp_path)

    for number in ("5.5", "5.10", "5.16", "5.32"):
        assert hint(found[number], "LABEL RUN"), number
    assert found["5.6"].status is Status.WARN
    assert not hint(found["5.17"], "LABEL RUN")


def test_labels_that_ask_for_devices_or_no_confinement_are_hints(tmp_path: Path) -> None:
    label = "docker run --device=/dev/fuse --security-opt label:disable --security-opt seccomp=unconfined $IMAGE"
    found = controls(image(Labels={"INSTALL": label}), tmp_path)

    assert hint(found["5.18"], "--device=/dev/fuse")
    assert hint(found["5.3"], "label:disable")
    assert hint(found["5.22"], "seccomp=unconfined")
    assert not hint(found["5.2"], "LABEL")


def test_device_nodes_are_a_hint(tmp_path: Path) -> None:
    found = controls(image(TarBuilder().device("dev/sda", 8, 0, b"4").device("dev/null", 1, 3)), tmp_path)

    assert hint(found["5.18"], "/dev/sda (block 8:0)")
    assert not hint(found["5.18"], "/dev/null")


def test_clients_of_the_engine_and_its_socket_are_hints(tmp_path: Path) -> None:
    settings = {"Env": ["DOCKER_HOST=tcp://127.0.0.1:2375"], "Volumes": {"/var/run/docker.sock": {}}}
    found = controls(image({"usr/bin/docker": (0o755, elf())}, **settings), tmp_path)

    assert hint(found["5.32"], "/usr/bin/docker mode 0755, a client: docker")
    assert hint(found["5.32"], "ENV DOCKER_HOST is set")
    assert hint(found["5.32"], "VOLUME /var/run/docker.sock")


def test_bounds_of_runtimes_and_the_tag_latest_are_hints(tmp_path: Path) -> None:
    built = image(Env=["GOMEMLIMIT=1GiB", "GOMAXPROCS=2"])
    built.references = ("example.test/app:latest",)
    found = controls(built, tmp_path)

    assert hint(found["5.11"], "ENV GOMEMLIMIT is set")
    assert hint(found["5.12"], "ENV GOMAXPROCS is set")
    assert hint(found["5.28"], "the tag latest")


def test_what_a_read_only_root_filesystem_needs_is_told(tmp_path: Path) -> None:
    tar = TarBuilder().directory("tmp", mode=0o1777).directory("srv/data", uid=999).directory("srv/data/deep", uid=999)
    found = controls(image(tar, Volumes={"/data": {}}), tmp_path)

    assert hint(found["5.13"], "everyone may write to /tmp: a tmpfs")
    assert hint(found["5.13"], "may write to /srv/data: a tmpfs or a volume")
    assert hint(found["5.13"], "declared volumes stay writable: /data")
    assert found["5.13"].remediation == "docker run --read-only --tmpfs /tmp <image>"


def test_every_control_that_no_image_decides_says_where_to_look(tmp_path: Path) -> None:
    for control in report_on(image(), tmp_path).controls:
        if control.status is Status.NOT_EVALUABLE and control.id.startswith("5."):
            assert "look at" in control.reason or "run time" in control.reason, control.id
            assert control.remediation, control.id


def test_the_age_is_told_by_the_callers_clock_alone(tmp_path: Path) -> None:
    plain = controls(image(), tmp_path)["4.4"]
    aged = controls(image(), tmp_path, today="2024-01-31")["4.4"]

    assert plain.evidence[0] == "created: 2024-01-01T00:00:00Z"
    assert aged.evidence[0] == "created: 2024-01-01T00:00:00Z (30 days before 2024-01-31)"


def test_a_program_of_base_images_that_no_package_owns_is_no_sign(tmp_path: Path) -> None:
    files = {**debian(("util", "1", {"/usr/bin/tool": elf()})), "usr/bin/tool": elf()}
    usual = {**files, "usr/sbin/policy-rc.d": (0o755, b"#!/bin/sh\nexit 101\n")}
    odd = {**files, "usr/sbin/strange": (0o755, b"#!/bin/sh\nexit 101\n")}

    assert controls(image(usual), tmp_path)["4.11"].status is Status.NOT_EVALUABLE
    assert controls(image(odd), tmp_path)["4.11"].status is Status.WARN


def test_the_remedy_for_sshd_is_that_of_its_package_or_the_file(tmp_path: Path) -> None:
    packaged = {**debian(("openssh-server", "1", {"/usr/sbin/sshd": elf()})), "usr/sbin/sshd": (0o755, elf())}
    alone = controls(image({"usr/sbin/sshd": (0o755, elf())}), tmp_path)["5.7"]

    assert alone.remediation.startswith("RUN rm -f /usr/sbin/sshd  #")
    assert controls(image(packaged), tmp_path)["5.7"].remediation.startswith("RUN apt-get purge -y openssh-server  #")


def test_a_package_manager_inside_busybox_is_named_by_its_applet(tmp_path: Path) -> None:
    applets = b"\0[\0[[\0ar\0ash\0dpkg\0nc\0sh\0vi\0wget\0"
    busybox = elf(type=2, dynamic=False, contents={".rodata": applets})
    found = controls(image({"bin/busybox": (0o755, busybox)}), tmp_path)

    assert found["no-package-manager"].reason.endswith(": dpkg")
    assert found["no-shell"].reason.endswith(": ash, sh")
    assert found["no-build-leftovers"].status is Status.PASS  # ar as an applet is no compiler
